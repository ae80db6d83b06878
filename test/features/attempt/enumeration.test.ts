/**
 * Nobody learns whether an address has an account: not by what is answered (other tests), and not by what is done for it.
 * What is done is counted: hashes, statements and packets of them, which no busy machine disturbs.
 */
import pg from 'pg'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { onServices } from '../../support/engines.ts'

/** The messages of pg's connection that its types leave out. */
type Wire = Record<'bind' | 'sync', (...given: unknown[]) => unknown>

const hashes = { made: 0 }

vi.mock('@node-rs/argon2', async (original) => {
  const { hashRaw, verify } = await original<typeof import('@node-rs/argon2')>()
  return {
    hashRaw: (...given: Parameters<typeof hashRaw>) => {
      hashes.made++
      return hashRaw(...given)
    },
    verify: (...given: Parameters<typeof verify>) => {
      hashes.made++
      return verify(...given)
    },
  }
})

const app = await testApp()
const { email: known } = await app.person()
const device = await app.person()
const who = app.program()

const ask = async (query: string, input: Record<string, unknown>): Promise<string> =>
  (await who.post({ query, variables: { input } })).text()

const SIGN_IN = 'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }'
const RECOVER =
  'mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename ... on UserError { message } } }'
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on UserError { message } } }'
const redirectUrl = `http://localhost:${new URL(app.url).port}/recover`

const DOORS = {
  'a sign-in': (email: string) => ask(SIGN_IN, { email, password: 'not the password' }),
  'a sign-in on a device': (email: string) =>
    ask(SIGN_IN, { email, password: 'not the password', deviceKey: device.browser.jar.get('gatehouse-device') }),
  'a request to recover': (email: string) => ask(RECOVER, { email, redirectUrl }),
  'a sign-up that does not tell': (email: string) => ask(SIGN_UP, { email, password: PASSWORD, transport: 'TOKEN' }),
} as const satisfies Record<string, (email: string) => Promise<string>>

await app.settings({ signIn: { discloseTakenEmail: false } })

/** Waits for everything that a request left to be done: mails, the log. */
const settle = async (): Promise<void> => {
  await app.app.delivered()
  await app.app.tick()
}

const doors = Object.entries(DOORS)

describe('as much is done for an address with an account as for any other', () => {
  // where PostgreSQL is a server, what goes to it can be counted: statements, and packets of them
  const wire = onServices() ? pg.Connection.prototype : null
  const counted = (['bind', 'sync'] as const).map((message) =>
    wire === null ? null : vi.spyOn(wire as unknown as Wire, message),
  )
  afterAll(() => vi.restoreAllMocks())

  const effort = async (knock: () => Promise<string>): Promise<readonly number[]> => {
    const counts = (): readonly number[] => [hashes.made, ...counted.map((spy) => spy?.mock.calls.length ?? 0)]
    await settle()
    const before = counts()
    await knock()
    return counts().map((count, index) => count - (before[index] ?? 0))
  }

  /** What is done each second falls into one now and then, on a busy machine into most: it only ever adds. */
  const least = (efforts: readonly (readonly number[])[]): readonly number[] =>
    (efforts[0] ?? []).map((_, index) => Math.min(...efforts.map((counts) => counts[index] ?? 0)))

  it.each(doors)('by %s', async (name, knock) => {
    const [ones, others]: [(readonly number[])[], (readonly number[])[]] = [[], []]
    for (let time = 0; time < 7; time++) {
      ones.push(await effort(() => knock(known)))
      others.push(await effort(() => knock(newEmail())))
    }
    const [hashed, statements] = least(ones)
    expect(hashed).toBe(name === 'a request to recover' ? 0 : 1)
    if (onServices()) expect(statements).toBeGreaterThan(3)
    expect(least(ones)).toEqual(least(others))
  })
})
