/** kill -9 in the middle of many sign-ins: what was acknowledged is there, and is told exactly once. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config.ts'
import { PASSWORD } from '../../support/app.ts'
import { testClient } from '../../support/client.ts'
import { freshDatabase } from '../../support/engines.ts'

const BIN = fileURLToPath(new URL('../../../src/bin.cjs', import.meta.url))
const ROUNDS = 2
const PEOPLE = 4
const SIGN_INS = 200
/** Acknowledged sign-ins after which the process is killed, with many more on their way. */
const KILLED_AFTER = 60

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'))
const database = await freshDatabase()
const { DATABASE_URL: _database, REDIS_URL: _redis, NODE_ENV: _mode, ...rest } = process.env
const env = { ...database.env, DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent' }

const running = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const gatehouse = (command: string) => {
  const child = spawn(process.execPath, [BIN, command], { env: { ...rest, ...env } })
  running.add(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => running.delete(child))
  return { child, said, ended }
}

const start = async () => {
  const server = gatehouse('start')
  const port = () => /http:\/\/localhost:(\d+)\/graphql/.exec(server.said.err)?.[1]
  await expect.poll(port, { timeout: 60_000, interval: 20 }).toBeDefined()
  return { ...server, url: `http://127.0.0.1:${port()}` }
}

const withApp = async <T>(work: (app: Awaited<ReturnType<typeof createApp>>) => Promise<T>): Promise<T> => {
  const app = await createApp(parseConfig(env))
  return work(app).finally(app.close)
}

const SIGN_UP =
  'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignInPayload { account { id } sessionToken } } }'
const SIGN_IN =
  'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ... on SignInPayload { session { id } sessionToken } } }'
const ALERTS = 'subscription ($after: ID!) { sessionAlerts(after: $after) { id session { id } } }'
const LAST = '{ account { sessionAlerts(first: 1) { nodes { id } } } }'

type Person = { email: string; accountId: string; token: string; heard: string[]; after: string }
type Acknowledged = { id: string; token: string }

const as = (url: string, bearer?: string) => testClient(url, { origin: null, ...(bearer === undefined ? {} : { bearer }) })

const signIn = async (url: string, email: string): Promise<Acknowledged> => {
  const { data } = await as(url).gql(SIGN_IN, { input: { email, password: PASSWORD, transport: 'TOKEN' } })
  const { session, sessionToken } = data.signInWithPassword
  return { id: session.id, token: sessionToken }
}

const newPerson = async (url: string, index: number): Promise<Person> => {
  const email = `crash${index}@example.com`
  const { data } = await as(url).gql(SIGN_UP, { input: { email, password: PASSWORD, transport: 'TOKEN' } })
  const token = data.signUp.sessionToken
  const { id } = await signIn(url, email)
  const after = (await as(url, token).gql(LAST)).data.account.sessionAlerts.nodes[0].id
  return { email, accountId: data.signUp.account.id, token, heard: [id], after }
}

/** Listens from where this person stopped, until the socket is lost or `enough`. */
const listen = async (url: string, person: Person, enough = () => false): Promise<void> => {
  const socket = as(url, person.token).socket({ authorization: `Bearer ${person.token}` })
  const alerts = socket.subscribe(ALERTS, { after: person.after })
  while (!enough()) {
    const answer = await alerts.next().catch(() => null)
    if (answer === null) break
    person.after = answer.data.sessionAlerts.id
    person.heard.push(answer.data.sessionAlerts.session.id)
  }
  alerts.stop()
  await socket.client.dispose()
}

/** Eight at a time, until the server is gone. */
const storm = async (url: string, people: readonly Person[], acknowledged: Acknowledged[], kill: () => void): Promise<void> => {
  let begun = 0
  const one = async (): Promise<void> => {
    while (begun < SIGN_INS) {
      const person = people[begun++ % people.length]
      const made = await signIn(url, person?.email ?? '').catch(() => null)
      if (made === null) return
      acknowledged.push(made)
      if (acknowledged.length % KILLED_AFTER === 0) kill()
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
}

describe('a server that is killed in the middle of many sign-ins', () => {
  it('has lost no session, alert or event that it acknowledged, and tells each alert once, in order, to who resumes', {
    timeout: 240_000,
  }, async () => {
    const key = await withApp(({ operators }) =>
      operators.createKey({ name: 'crash', scopes: ['SETTINGS_WRITE'], expiresAt: null }),
    )
    let server = await start()
    await as(server.url, key.secret).gql(
      'mutation { updateSecuritySettings(input: { sessions: { limit: 100 } }) { __typename } }',
    )
    const people: Person[] = []
    for (let index = 0; index < PEOPLE; index++) people.push(await newPerson(server.url, index))
    const acknowledged: Acknowledged[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const { url, child, ended } = server
      const listening = people.map((person) => listen(url, person))
      await storm(url, people, acknowledged, () => child.kill('SIGKILL'))
      expect(await ended).toBeNull()
      await Promise.all(listening)
      expect(acknowledged.length).toBeGreaterThanOrEqual(round * KILLED_AFTER)
      expect(acknowledged.length).toBeLessThan(round * KILLED_AFTER + 50)
      server = await start()
      for (const { token } of acknowledged) expect((await as(server.url, token).gql('{ account { id } }')).errors).toBeUndefined()
    }
    for (const person of people) {
      const last = (await as(server.url, person.token).gql(LAST)).data.account.sessionAlerts.nodes[0].id
      await listen(server.url, person, () => person.after === last)
    }
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)

    await withApp(async ({ db }) => {
      for (const { accountId, heard } of people) {
        const alerts = await db.read.sessionAlert.findMany({ where: { accountId }, orderBy: { sequence: 'asc' } })
        expect(heard).toEqual(alerts.map(({ sessionId }) => sessionId))
      }
      const ids = acknowledged.map(({ id }) => id)
      const opened = await db.read.event.findMany({ where: { type: 'session.opened', subjectId: { in: ids } } })
      expect(opened.map(({ subjectId }) => subjectId).toSorted()).toEqual(ids.toSorted())
      const told = people.flatMap(({ heard }) => heard)
      expect(ids.filter((id) => !told.includes(id))).toEqual([])
    })
    const verify = gatehouse('verify-events')
    expect(await verify.ended).toBe(0)
    expect(verify.said.out).toMatch(/^\d+ events, \d+ checkpoints, 0 problems\n$/)
  })
})
