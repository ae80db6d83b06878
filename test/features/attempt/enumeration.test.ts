/**
 * Nobody learns whether an address has an account: not by what is answered (other tests), and not by what is done for it.
 * What is done is counted: hashes, statements and packets of them, which no busy machine disturbs.
 */
import { describe, expect, it, vi } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { onServices } from '../../support/engines.ts'
import { seeStatements } from '../../support/statements.ts'

/** What a request leaves to be done, by the tables it goes to: it runs by itself, before the answer has arrived or after it. */
const BY_ITSELF = /"ledger"|e\."position" >|SKIP LOCKED|UPDATE "messages"/

const hashes = { made: 0 }
const wire = seeStatements(BY_ITSELF)

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

// what waits so that its time does not tell is proven to wait elsewhere; here the mail that leaves meanwhile would count
vi.mock('../../../src/kernel/quiet.ts', () => ({ noSoonerThan: (_: number, work: () => unknown) => work() }))

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
  const effort = async (knock: () => Promise<string>): Promise<readonly number[]> => {
    const counts = (): readonly number[] => [hashes.made, wire.statements.length, wire.packets]
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
