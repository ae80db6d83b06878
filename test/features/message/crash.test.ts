/** kill -9 between the commit of a message and its end: it leaves all the same, and as the same message. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config.ts'
import { LEASE_SECONDS, RETRY } from '../../../src/features/message/message.ts'
import { testClient } from '../../support/client.ts'
import { freshDatabase, onServices } from '../../support/engines.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const pathTo = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The node, in one file where dist/ would be: it starts in half the time. */
const PROGRAM = pathTo(`../../../dist/crash.${process.pid}.mjs`)
await build({
  entryPoints: [pathTo('./node.process.ts')],
  outfile: PROGRAM,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
})

/** The embedded folder belongs to one process. Each round kills every node: twenty kills on a server. */
const NAMES = onServices() ? ['a.example.com', 'b.example.com'] : ['a.example.com']
const ROUNDS = onServices() ? 10 : 3

/** Messages that each node writes in a round. */
const WRITTEN = 4

/** When a node is killed: nothing taken yet, before the recipient is answered, before DATA is, or right behind that. */
const MOMENTS = ['committed', 'recipient', 'data', 'answered'] as const

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mail-crash-'))
const database = await freshDatabase()
const server = await smtpServer()
const { DATABASE_URL: _database, REDIS_URL: _redis, NODE_ENV: _mode, ...rest } = process.env
const env = { ...database.env, DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', DEV_CLOCK: 'true' }

const running = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
  rmSync(PROGRAM, { force: true })
})

const withApp = async <T>(work: (app: Awaited<ReturnType<typeof createApp>>) => Promise<T>): Promise<T> => {
  const app = await createApp(parseConfig(env))
  return work(app).finally(app.close)
}

/** Starts a node that calls itself so. `acknowledged` hears of each message that is committed. */
const start = async (name: string, acknowledged: (node: { kill: () => Promise<void> }, address: string) => void) => {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...rest, ...env, ...smtpEnv(server.port, `?name=${name}`) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.add(child)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).finally(() => running.delete(child))
  const node = {
    name,
    url: '',
    write: (address: string): void => void child.stdin.write(`${address}\n`),
    kill: async (): Promise<void> => {
      child.kill('SIGKILL')
      await ended
    },
  }
  child.stdin.on('error', () => undefined) // it is meant to be gone at times
  let said = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = `${said}${chunk.toString()}`.split('\n')
      said = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('up ')) acknowledged(node, line)
        else node.url = `http://127.0.0.1:${line.slice(3)}`
      }
      if (node.url !== '') resolve()
    })
  })
  return node
}

describe('a node that is killed between the commit of a message and its end', () => {
  it('has lost no message that it acknowledged, and none leaves as two', { timeout: 300_000 }, async () => {
    const key = await withApp(({ operators }) =>
      operators.createKey({ name: 'crash', scopes: ['SETTINGS_WRITE'], expiresAt: null }),
    )
    const committed = new Set<string>()
    const killedAt: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const moment = MOMENTS[round % MOMENTS.length] ?? 'committed'
      const dead = new Map<string, Promise<void>>()
      const acknowledgedBy = new Map<string, number>()
      const kill = (node: { name: string; kill: () => Promise<void> }): Promise<void> => {
        const death = dead.get(node.name) ?? node.kill()
        if (!dead.has(node.name)) killedAt.push(moment)
        dead.set(node.name, death)
        return death
      }
      const nodes = await Promise.all(
        NAMES.map((name) =>
          start(name, (_, address) => {
            committed.add(address)
            acknowledgedBy.set(name, (acknowledgedBy.get(name) ?? 0) + 1)
            if (moment === 'committed') void killed(name)
          }),
        ),
      )
      const killed = async (name: string): Promise<null> => {
        const node = nodes.find((candidate) => candidate.name === name)
        if (node !== undefined) await kill(node)
        return null
      }
      server.behave({
        recipient: (_address, client) => (moment === 'recipient' ? killed(client) : null),
        data: (client) => {
          if (moment === 'answered') setImmediate(() => void killed(client))
          return moment === 'data' ? killed(client) : null
        },
      })
      for (let index = 0; index < WRITTEN; index++) for (const { name, write } of nodes) write(`round${round}.${index}@${name}`)
      await expect.poll(() => dead.size, { timeout: 20_000, interval: 5 }).toBe(NAMES.length)
      await Promise.all(dead.values())
    }
    expect(killedAt).toHaveLength(ROUNDS * NAMES.length)
    expect(committed.size).toBeGreaterThanOrEqual(ROUNDS * NAMES.length)

    server.behave({})
    const [last] = await Promise.all(NAMES.map((name) => start(name, () => undefined)))
    const operator = testClient(last?.url ?? '', { origin: null, bearer: key.secret })
    const missing = () => [...committed].filter((address) => !server.received.some(({ to }) => to.includes(address)))
    expect(missing().length).toBeGreaterThan(0) // some were killed before they left
    await expect
      .poll(
        async () => {
          const seconds = LEASE_SECONDS + RETRY.firstSeconds * 2
          await operator.gql(`mutation { moveClock(input: { seconds: ${seconds} }) { __typename } }`)
          return missing()
        },
        { timeout: 30_000, interval: 500 },
      )
      .toEqual([])

    const ids = new Map<string, Set<string>>()
    for (const { to, mail } of server.received)
      ids.set(to.join(), (ids.get(to.join()) ?? new Set()).add(mail.messageId ?? 'none'))
    expect(server.received.length).toBeGreaterThan(ids.size) // and some after, so that they left twice
    for (const [address, used] of ids) expect([...used], address).toHaveLength(1)
    expect(new Set([...ids.values()].flatMap((used) => [...used])).size).toBe(ids.size)
  })
})
