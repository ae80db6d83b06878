/**
 * Nobody learns whether an address has an account: not by what is answered, and not by what is done for it.
 * What is done is counted: hashes, statements and packets of them, which no busy machine disturbs.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { onServices } from '../../support/engines.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { seeStatements } from '../../support/statements.ts'
import { teamsOf } from '../../support/teams.ts'

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
const { email: known, account } = await app.person()
const device = await app.person()
const who = app.program()

const ask = async (query: string, input: Record<string, unknown>, by = who): Promise<string> =>
  (await by.post({ query, variables: { input } })).text()

const SIGN_IN = 'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }'
const RECOVER =
  'mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename ... on UserError { message } } }'
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on UserError { message } } }'
const redirectUrl = `http://localhost:${new URL(app.url).port}/recover`

const SEEN = 'membership { id status roles account { id } userName userEmail hidden mfa invitedAt joinedAt }'
const INVITE = `mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename
  ... on InviteMemberPayload { ${SEEN} } ... on UserError { message } } }`
const RESEND = `mutation ($input: ResendInvitationInput!) { resendInvitation(input: $input) { __typename
  ... on ResendInvitationPayload { ${SEEN} } ... on UserError { message } } }`
const ACCEPT =
  'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename ... on UserError { message } } }'
const LOOK = 'query ($input: String!) { invitation(token: $input) { teamName email needsAccount } }'

const TIMES = 7

const teams = await teamsOf(app)
const { browser: owner, ...founder } = await app.person()

/** Teams of one founder, a new one for each try. @param isIn whether the known one is in them, whose address the founder may not see. */
const teamsWith = async (isIn: boolean): Promise<() => string> => {
  const left: string[] = []
  for (let made = 0; made < 2 * TIMES; made++) {
    const { teamId } = await teams.team({ browser: owner, ...founder })
    if (isIn) await teams.join(teamId, account.id, 'ringer')
    left.push(teamId)
  }
  return () => left.pop() ?? expect.fail('no team is left')
}

const inviteTo = async (isIn: boolean) => {
  const next = await teamsWith(isIn)
  return (email: string) => ask(INVITE, { teamId: next(), email, roles: ['ringer'] }, owner)
}

const inviteTwice = async (isIn: boolean) => {
  const invite = await inviteTo(isIn)
  return async (email: string) => {
    const { data } = JSON.parse(await invite(email))
    return ask(RESEND, { membershipId: data.inviteMember.membership.id }, owner)
  }
}

/** Links that were good once: used, replaced, taken back. */
const spent = await (async (): Promise<readonly string[]> => {
  const mailbox = await mailboxOf(app)
  const invited = async () => {
    const { teamId } = await teams.team({ browser: owner, ...founder })
    const email = newEmail()
    const invite = () => teams.invite(owner, { teamId, email, redirectUrl: undefined })
    const { membership } = await invite()
    return { token: await mailbox.token(email, 'invitation'), id: membership.id as string, invite }
  }
  const [used, replaced, revoked] = [await invited(), await invited(), await invited()]
  await ask(ACCEPT, { token: used.token, password: PASSWORD, transport: 'TOKEN' })
  await replaced.invite()
  await teams.dismiss(owner, revoked.id)
  return [used.token, replaced.token, revoked.token]
})()
let looks = 0

/** For the known address a link that was good once, for any other one that somebody made up. */
const useless = (email: string): string =>
  (email === known ? spent[looks++ % spent.length] : undefined) ?? randomBytes(32).toString('base64url')

const DOORS = {
  'an invitation': await inviteTo(false),
  'an invitation of a member': await inviteTo(true),
  'an invitation sent again': await inviteTwice(false),
  'an invitation of a member sent again': await inviteTwice(true),
  'an acceptance': (email: string) => ask(ACCEPT, { token: useless(email), password: PASSWORD, transport: 'TOKEN' }),
  'an acceptance, signed in': (email: string) => ask(ACCEPT, { token: useless(email) }, owner),
  'a look at an invitation': async (email: string) =>
    (await who.post({ query: LOOK, variables: { input: useless(email) } })).text(),
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

/** Where a password is looked at. */
const HASHING: readonly string[] = ['a sign-in', 'a sign-in on a device', 'a sign-up that does not tell']

/** An answer without what tells one address, and one row, from another. */
const alike = (answer: string, email: string): string => answer.replaceAll(email, 'ADDRESS').replace(/\bmem_\w{26}\b/g, 'ID')

describe('as much is done for an address with an account as for any other', () => {
  const answers = new Set<string>()

  const effort = async (knock: (email: string) => Promise<string>, email: string): Promise<readonly number[]> => {
    const counts = (): readonly number[] => [hashes.made, wire.statements.length, wire.packets]
    await settle()
    const before = counts()
    answers.add(alike(await knock(email), email))
    return counts().map((count, index) => count - (before[index] ?? 0))
  }

  /** What is done each second falls into one now and then, on a busy machine into most: it only ever adds. */
  const least = (efforts: readonly (readonly number[])[]): readonly number[] =>
    (efforts[0] ?? []).map((_, index) => Math.min(...efforts.map((counts) => counts[index] ?? 0)))

  it.each(doors)('by %s', async (name, knock) => {
    const [ones, others]: [(readonly number[])[], (readonly number[])[]] = [[], []]
    answers.clear()
    for (let time = 0; time < TIMES; time++) {
      ones.push(await effort(knock, known))
      others.push(await effort(knock, newEmail()))
    }
    const [hashed, statements] = least(ones)
    expect(hashed).toBe(HASHING.includes(name) ? 1 : 0)
    if (onServices()) expect(statements).toBeGreaterThan(0)
    expect(least(ones)).toEqual(least(others))
    expect([...answers]).toHaveLength(1)
  })
})
