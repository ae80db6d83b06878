/** Mail servers in trouble: nothing is lost, whatever leaves twice is the same message, and operators see it meanwhile. */
import { describe, expect, it } from 'vitest'
import { RETRY } from '../../../src/features/message/message.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { enqueue, recovery, smtpEnv } from '../../support/messages.ts'
import { type Behaviour, smtpServer } from '../../support/smtp.ts'

/** The first wait, at the shortest and at the longest. */
const [SHORTEST, LONGEST] = [-1, 1].map((drawn) => RETRY.firstSeconds * (1 + drawn * RETRY.jitter)) as [number, number]

const PEOPLE = ['ada@example.com', 'barbara@example.com', 'grace@example.com'] as const
const [, BARBARA] = PEOPLE

const SENT = { 'ada@example.com': 'SENT', 'barbara@example.com': 'SENT', 'grace@example.com': 'SENT' }
const FAILED = { 'ada@example.com': 'FAILED', 'barbara@example.com': 'FAILED', 'grace@example.com': 'FAILED' }

type Trouble = Readonly<{
  behaviour: (mended: Promise<null>) => Behaviour
  /** Nobody is there at all. */
  isAway?: true
  /** What operators see while it lasts, by recipient. */
  seen: Readonly<Record<string, string>>
  /** What has become of it in the end. */
  ends: Readonly<Record<string, string>>
  /** How often each mail was taken in the end, where it was. */
  taken: number
}>

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'is dead': { behaviour: () => ({}), isAway: true, seen: FAILED, ends: SENT, taken: 1 },
  'is so slow that it takes each mail when it was given up': {
    behaviour: (mended) => ({ data: () => mended }),
    seen: FAILED,
    ends: SENT,
    taken: 2,
  },
  'does not greet': { behaviour: (mended) => ({ greeting: mended }), seen: FAILED, ends: SENT, taken: 1 },
  'refuses one recipient for now': {
    behaviour: () => ({ recipient: (address) => (address === BARBARA ? 450 : null) }),
    seen: { ...SENT, [BARBARA]: 'FAILED' },
    ends: SENT,
    taken: 1,
  },
  'refuses one recipient for good': {
    behaviour: () => ({ recipient: (address) => (address === BARBARA ? 550 : null) }),
    seen: { ...SENT, [BARBARA]: 'DEAD' },
    ends: { ...SENT, [BARBARA]: 'DEAD' },
    taken: 1,
  },
  'drops the connection after DATA': { behaviour: () => ({ dropAfterData: true }), seen: FAILED, ends: SENT, taken: 1 },
}

/** What operators see: each message's status by its recipient, and how many tries ended how. */
const seenBy = async (app: TestApp) => {
  const operator = await app.key('MESSAGES_READ')
  const { data } = await operator.gql('{ messages { nodes { to status } } }')
  const metrics = await (await fetch(`${app.url}/metrics`)).text()
  const counted = [...metrics.matchAll(/^gatehouse_messages_total\{status="(\w+)"\} (\d+)$/gm)]
  return {
    statuses: Object.fromEntries(data.messages.nodes.map(({ to, status }: { to: string; status: string }) => [to, status])),
    tries: Object.fromEntries(counted.map(([, status, count]) => [status, Number(count)])),
  }
}

const count = (statuses: Readonly<Record<string, string>>, status: string): number =>
  Object.values(statuses).filter((one) => one === status).length

describe('a mail server', () => {
  it.each(Object.entries(TROUBLES))('that %s loses nothing, and operators see it', async (_what, trouble) => {
    const { behaviour, isAway, seen, ends, taken } = trouble
    let mend = (): void => undefined
    const mended = new Promise<null>((resolve) => (mend = () => resolve(null)))
    const first = await smtpServer()
    first.behave(behaviour(mended))
    if (isAway) await first.close()
    const app = await testApp({ env: smtpEnv(first.port, '?socketTimeout=500&greetingTimeout=500') })
    const ids: string[] = []
    for (const to of PEOPLE) ids.push(await enqueue(app, recovery(to)))
    await app.app.delivered()
    const during = await seenBy(app)
    expect(during.statuses).toEqual(seen)
    expect(during.tries).toEqual({
      SENT: count(seen, 'SENT'),
      FAILED: count(seen, 'FAILED'),
      DEAD: count(seen, 'DEAD'),
    })

    mend()
    const server = isAway ? await smtpServer({}, first.port) : first
    server.behave({})
    await expect.poll(() => server.received.length).toBe(count(seen, 'SENT') + (taken - 1) * PEOPLE.length)
    app.clock.advance(SHORTEST - 1)
    await app.app.tick()
    await app.app.delivered()
    expect((await seenBy(app)).statuses).toEqual(seen) // not before its time
    app.clock.advance(LONGEST)
    await app.app.tick()
    await app.app.delivered()
    expect((await seenBy(app)).statuses).toEqual(ends)
    const arrived = ids.flatMap((id, index) =>
      ends[PEOPLE[index] ?? ''] === 'SENT' ? Array(taken).fill(`<${id}@id.example.com>`) : [],
    )
    expect(server.received.map(({ mail }) => mail.messageId).toSorted()).toEqual(arrived.toSorted())
  })
})
