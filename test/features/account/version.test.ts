/** What a node that hears of a change does when PostgreSQL fails at that moment: the one fault that no request can bring about. */
import { describe, expect, it } from 'vitest'
import { versionService } from '../../../src/features/account/version.service.ts'
import type { Bell } from '../../../src/kernel/events.ts'
import { openCopies } from '../../../src/ports/copies/index.ts'
import { memoryLog } from '../../ports/bus.contract.ts'

const OWNER = 'acc_owner'

/** A node with a copy of a session, on a PostgreSQL that answers while `isUp`. */
const openNode = async () => {
  const { log, lines } = memoryLog()
  let isUp = true
  const ask = <T>(answer: T): Promise<T> => (isUp ? Promise.resolve(answer) : Promise.reject(new Error('PostgreSQL is away')))
  const copies = await openCopies({ kind: 'embedded' }, { current: () => ask(1), next: () => ask(2) }, log)
  let ring = (_bell: Bell): void => undefined
  const needs = {
    log,
    copies,
    db: { read: { account: { findUnique: () => ask({ version: 1 }) } } },
    events: { hear: (_topic: string, listener: typeof ring) => (ring = listener) },
    installation: { epoch: () => ask(1) },
  }
  versionService(needs as never) // as much of each as hearing a bell takes
  copies.write('token', { accountId: OWNER, version: 1, text: 'live' }, 1)
  const hear = async (type: Bell['type'], accountId: string | null): Promise<void> => {
    ring({ id: 'evt', position: '1', type, accountId, subjectId: null })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const fail = (): void => {
    isUp = false
  }
  return { hear, fail, lines, believed: async () => (await copies.read('token')).text }
}

describe('a node that hears of a change', () => {
  it.each([
    ['session.ended', OWNER],
    ['settings.updated', null],
  ] as const)('by %s and cannot ask PostgreSQL about it believes no copy from before', async (type, accountId) => {
    const node = await openNode()
    await node.hear(type, accountId)
    expect(await node.believed()).toBe('live') // PostgreSQL says that nothing has changed
    node.fail()
    await node.hear('sign-in.failed', OWNER)
    expect(await node.believed()).toBe('live')
    await node.hear(type, accountId)
    expect(await node.believed()).toBeNull()
    expect(node.lines).toEqual([{ level: 'warn', message: 'a change could not be followed' }])
  })
})
