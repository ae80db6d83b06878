/** A real server on a port of its own, on the engine of the run, with a clock that stands still and cheap hashes. */
import { afterAll, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config.ts'
import { LIMITS, type LimitName, type Limits } from '../../src/policy/limits.ts'
import type { Scope } from '../../src/policy/permissions.ts'
import type { HashParameters } from '../../src/ports/hasher/index.ts'
import type { Log } from '../../src/ports/log.ts'
import { type ClientOptions, type TestClient, testClient } from './client.ts'
import { type TestClock, testClock } from './clock.ts'
import { freshDatabase, type TestDatabase } from './engines.ts'

/**
 * Real Argon2id over a thousandth of the memory that the settings ask for, so that their changes show and cost nothing. One suite of the
 * hasher runs at full price, and so do all that start the server as a process of its own.
 */
export const cheaply = ({ memoryKiB, iterations, parallelism }: HashParameters): HashParameters => ({
  memoryKiB: Math.max(8 * parallelism, Math.round(memoryKiB / 1_024)),
  iterations,
  parallelism,
})

/** Tests sign up and in from one address, often, while time stands still. Those about limits take the real ones. */
const WIDE_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, limit]) => [name, { ...limit, points: limit.points * 1_000 }]),
) as Record<LimitName, Limits[LimitName]> // the same names

const DEFAULTS = { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent' }

export const PASSWORD = 'correct horse battery'

const SIGNED_IN = `__typename
  ... on SignInPayload { account { id email } session { id } sessionToken handoverCode }
  ... on UserError { code message }`

export type SignedIn = {
  account: { id: string; email: string }
  session: { id: string }
  sessionToken: string | null
  handoverCode: string | null
}

type Options = Readonly<{
  at?: string
  env?: Readonly<Record<string, string>>
  log?: Log
  /** The limits of the product, in place of wide ones. */
  realLimits?: boolean
  /** Share a database (and a clock) with another node. */
  beside?: { database: TestDatabase; clock: TestClock }
}>

let people = 0

/** An address nobody has yet. */
export const newEmail = (): string => `person${++people}@example.com`

const startNode = async ({ at, env, log, realLimits = false, beside }: Options) => {
  const database = beside?.database ?? (await freshDatabase())
  const clock = beside?.clock ?? testClock(at)
  const config = parseConfig({ ...DEFAULTS, ...database.env, ...env })
  const inMemory =
    config.database.kind === 'embedded' ? { ...config, database: { kind: 'embedded' as const, folder: null } } : config
  const app = await createApp(inMemory, {
    clock,
    hashing: cheaply,
    ...(log === undefined ? {} : { log }),
    ...(realLimits ? {} : { limits: WIDE_LIMITS }),
    ...(database.seed === undefined ? {} : { seed: database.seed }),
  })
  const url = `http://127.0.0.1:${await app.listen()}`
  return { app, url, clock, database }
}

/** Starts a node; it stops by itself after the file's tests. */
export const testApp = async (options: Options = {}) => {
  const { app, url, clock, database } = await startNode(options)
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    await app.close()
    if (options.beside === undefined) await database.drop()
  }
  afterAll(close)

  const client = (clientOptions?: ClientOptions): TestClient => testClient(url, clientOptions)

  const signUp = async (who: TestClient, input: Record<string, unknown> = {}): Promise<SignedIn> => {
    const answer = await who.gql(`mutation ($input: SignUpInput!) { signUp(input: $input) { ${SIGNED_IN} } }`, {
      input: { email: newEmail(), password: PASSWORD, ...input },
    })
    if (answer.data?.signUp?.__typename !== 'SignInPayload') throw new Error(`sign-up failed: ${JSON.stringify(answer)}`)
    return answer.data.signUp
  }

  /** Whatever the sign-in answers: a payload or an error. */
  const trySignIn = async (who: TestClient, input: Record<string, unknown>) =>
    (
      await who.gql(
        `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ${SIGNED_IN} ... on SessionLimitReachedError { limit ticket sessions { id } } } }`,
        {
          input: { password: PASSWORD, ...input },
        },
      )
    ).data.signInWithPassword

  const signIn = async (who: TestClient, email: string, input: Record<string, unknown> = {}): Promise<SignedIn> => {
    const result = await trySignIn(who, { email, ...input })
    if (result?.__typename !== 'SignInPayload') throw new Error(`sign-in failed: ${JSON.stringify(result)}`)
    return result
  }

  const key = async (...scopes: Scope[]): Promise<TestClient> => {
    const { secret } = await app.operators.createKey({ name: 'test', scopes, expiresAt: null })
    return client({ bearer: secret, origin: null })
  }

  return {
    app,
    url,
    clock,
    database,
    close,
    /** A browser with cookies of its own. */
    browser: client,
    /** A program without Origin, optionally with a bearer credential. */
    program: (bearer?: string): TestClient => client({ origin: null, ...(bearer === undefined ? {} : { bearer }) }),
    signUp,
    signIn,
    trySignIn,
    /** A client with an API key of these scopes. */
    key,
    /** A person, signed up, in a browser of his own. */
    person: async (input: Record<string, unknown> = {}) => {
      const browser = client()
      const signedIn = await signUp(browser, input)
      return { browser, ...signedIn, email: signedIn.account.email }
    },
    /** A browser in which somebody with the label "admin" has just signed in. */
    admin: async () => {
      const email = newEmail()
      const token = await app.operators.createAdmin(email)
      const browser = client()
      await browser.gql('mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }', {
        input: { token, newPassword: PASSWORD },
      })
      const signedIn = await signIn(browser, email)
      return { browser, email, ...signedIn }
    },
    /** Subscribes over a socket of its own and waits until the server listens. */
    subscribe: async (
      who: TestClient,
      query: string,
      variables: Record<string, unknown> = {},
      connectionParams?: Record<string, unknown>,
    ) => {
      const before = app.listening()
      const socket = who.socket(connectionParams)
      const subscription = socket.subscribe(query, variables)
      // the socket itself, and the operation
      await vi.waitUntil(() => app.listening() >= before + 2 || subscription.isOver() || socket.closed.length > 0, {
        timeout: 5_000,
        interval: 5,
      })
      return { ...subscription, closed: socket.closed, client: socket.client }
    },
    /** Changes settings as an operator's key would. */
    settings: async (input: Record<string, unknown>): Promise<void> => {
      const operator = await key('SETTINGS_WRITE')
      const answer = await operator.gql(
        'mutation ($input: UpdateSecuritySettingsInput!) { updateSecuritySettings(input: $input) { __typename ... on UserError { message } } }',
        { input },
      )
      if (answer.data?.updateSecuritySettings?.__typename !== 'UpdateSecuritySettingsPayload')
        throw new Error(JSON.stringify(answer))
    },
    /** Another node on the same database and Redis, with variables of its own. Services only. */
    node: (env: Options['env'] = {}) => testApp({ ...options, env: { ...options.env, ...env }, beside: { database, clock } }),
  }
}

export type TestApp = Awaited<ReturnType<typeof testApp>>
