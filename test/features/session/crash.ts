/** Real servers to kill, and people whose sign-ins and alerts are counted across their deaths. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config.ts'
import { cheaply, PASSWORD } from '../../support/app.ts'
import { testClient } from '../../support/client.ts'
import { freshDatabase } from '../../support/engines.ts'
import { patiently } from '../../support/patience.ts'

const BIN = fileURLToPath(new URL('../../../src/bin.cjs', import.meta.url))

const SIGN_UP =
  'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignInPayload { account { id } sessionToken } } }'
const SIGN_IN =
  'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ... on SignInPayload { session { id } sessionToken } } }'
const ALERTS = 'subscription ($after: ID!) { sessionAlerts(after: $after) { id session { id } } }'
const LAST = '{ account { sessionAlerts(first: 1) { nodes { id } } } }'

/** `heard`: the sessions of the alerts that were delivered, in order; `after`: the last of these alerts. */
export type Person = { email: string; accountId: string; token: string; heard: string[]; after: string }

export type Acknowledged = Readonly<{ id: string; token: string }>

/** A program at the server, with or without a credential. */
export const as = (url: string, bearer?: string) => testClient(url, { origin: null, ...(bearer === undefined ? {} : { bearer }) })

let networks = 0

/**
 * Somebody from a network of his own: from one of them only so many sign up in an hour, and a sign-in that a dead server had
 * begun counts as a failure of its network.
 */
const newcomer = (url: string) => {
  const at = ++networks
  return testClient(url, { origin: null, headers: { 'x-forwarded-for': `198.18.${at >> 8}.${at & 255}` } })
}

/** @throws if the server goes away before it has answered. */
export const signIn = async (url: string, email: string): Promise<Acknowledged> => {
  const input = { email, password: PASSWORD, transport: 'TOKEN' }
  const { data, errors } = await patiently(() => newcomer(url).gql(SIGN_IN, { input }))
  expect(errors).toBeUndefined()
  const { session, sessionToken } = data.signInWithPassword
  return { id: session.id, token: sessionToken }
}

export const lastAlert = async (url: string, { token }: Pick<Person, 'token'>): Promise<string> =>
  (await as(url, token).gql(LAST)).data.account.sessionAlerts.nodes[0].id

/** Signed up, with one alert behind which everything else is to be heard. */
export const newPerson = async (url: string, email: string): Promise<Person> => {
  const { data } = await newcomer(url).gql(SIGN_UP, { input: { email, password: PASSWORD, transport: 'TOKEN' } })
  const token = data.signUp.sessionToken
  const { id } = await signIn(url, email)
  return { email, accountId: data.signUp.account.id, token, heard: [id], after: await lastAlert(url, { token }) }
}

/** Listens from where this person stopped, until the socket is lost or `enough`. */
export const listen = async (url: string, person: Person, enough = () => false): Promise<void> => {
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

/** A database of its own, on the engine of the run, and ways to run the server and its commands on it. */
export const openScene = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'))
  const database = await freshDatabase()
  const { DATABASE_URL: _database, REDIS_URL: _redis, NODE_ENV: _mode, ...rest } = process.env
  const env = {
    ...database.env,
    DATA_DIR: folder,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    TRUSTED_PROXIES: '127.0.0.1',
  }
  const running = new Set<ChildProcess>()

  const command = (...words: string[]) => {
    const child = spawn(process.execPath, [BIN, ...words], { env: { ...rest, ...env } })
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

  return {
    command,
    /** The server as people run it, in a process of its own. */
    start: async () => {
      const server = command('start')
      const port = () => /http:\/\/localhost:(\d+)\/graphql/.exec(server.said.err)?.[1]
      await expect.poll(port, { timeout: 60_000, interval: 20 }).toBeDefined()
      return { ...server, url: `http://127.0.0.1:${port()}` }
    },
    /** The server in this process, while none of the others runs. */
    here: async <T>(work: (app: Awaited<ReturnType<typeof createApp>>, url: string) => Promise<T>): Promise<T> => {
      const app = await createApp(parseConfig(env), { hashing: cheaply })
      return work(app, `http://127.0.0.1:${await app.listen()}`).finally(app.close)
    },
    close: async (): Promise<void> => {
      for (const child of running) child.kill('SIGKILL')
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
