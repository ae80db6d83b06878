/**
 * Every kind of link, code and ticket at every door. A kind that is added fails to compile until it has a row, and every row is
 * tried at the doors of all the others.
 */
import { describe, expect, it } from 'vitest'
import type { TokenKind } from '../../../src/features/one-time-token/one-time-token.ts'
import { addressesOf, VOID } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'
import { tokenOf } from '../../support/links.ts'

const app = await testApp()
const { mailbox, change, send, verify, provenPerson } = await addressesOf(app)

const own = (path: string): string => `http://localhost:${new URL(app.url).port}${path}`

/** Whose token it is, and what it is. */
type Made = Readonly<{ accountId: string; email: string; secret: string; sessionId: string }>

/** How a token of a kind comes about, and the door that takes it. */
type Row = Readonly<{
  make: () => Promise<Made>
  door: string
  input: (secret: string, made: Made) => Record<string, unknown>
  /** Whether it dies with the address it was sent to. A ticket was sent nowhere, and an undo is for an address that was left. */
  diesWithAddress: boolean
  seconds: number
}>

const madeOf = ({ account, email, session }: Awaited<ReturnType<typeof app.person>>, secret: string): Made => ({
  accountId: account.id,
  email,
  secret,
  sessionId: session.id,
})

const alerted = async (position: number): Promise<Made> => {
  const person = await app.person()
  await app.signIn(app.browser(), person.email)
  const link = (await mailbox.links(person.email, 'session-alert'))[position]
  return madeOf(person, link === undefined ? '' : tokenOf(link))
}

const withToken = (secret: string) => ({ token: secret })

const ROWS = {
  'alert-report': {
    make: () => alerted(0),
    door: 'reportSessionAlert',
    input: withToken,
    diesWithAddress: true,
    seconds: 604_800,
  },
  'alert-confirm': {
    make: () => alerted(1),
    door: 'confirmSessionAlert',
    input: withToken,
    diesWithAddress: true,
    seconds: 604_800,
  },
  'email-verification': {
    make: async () => {
      const person = await app.person()
      await send(person.browser)
      return madeOf(person, await mailbox.token(person.email, 'email-verification'))
    },
    door: 'verifyEmail',
    input: withToken,
    diesWithAddress: true,
    seconds: 86_400,
  },
  'email-undo': {
    make: async () => {
      const person = await provenPerson()
      const next = newEmail()
      await change(person.browser, next)
      app.clock.advance(1)
      await verify(await mailbox.token(next, 'email-verification'))
      return madeOf(person, await mailbox.token(person.email, 'email-changed'))
    },
    door: 'undoChange',
    input: withToken,
    diesWithAddress: false,
    seconds: 259_200,
  },
  'password-recovery': {
    make: async () => {
      const person = await app.person()
      await app
        .browser()
        .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
          input: { email: person.email, redirectUrl: own('/recover') },
        })
      return madeOf(person, await mailbox.token(person.email, 'password-recovery'))
    },
    door: 'recoverPassword',
    input: (token) => ({ token, newPassword: 'another horse battery' }),
    diesWithAddress: true,
    seconds: 3_600,
  },
  'sign-in-ticket': {
    make: async () => {
      const person = await app.person()
      await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
      const { ticket } = await app.trySignIn(app.browser(), { email: person.email })
      await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
      return madeOf(person, ticket)
    },
    door: 'finishSignIn',
    input: (ticket, { sessionId }) => ({ ticket, endSessionId: sessionId }),
    diesWithAddress: false,
    seconds: 300,
  },
} as const satisfies Readonly<Record<TokenKind, Row>>

const KINDS = Object.keys(ROWS) as TokenKind[] // the table's own keys

const knock = async (kind: TokenKind, made: Made, secret = made.secret) => {
  const { door, input }: Row = ROWS[kind]
  const Name = door.charAt(0).toUpperCase() + door.slice(1)
  const document = `mutation ($input: ${Name}Input!) { ${door}(input: $input) { __typename ... on UserError { code } } }`
  return (await app.browser().gql(document, { input: input(secret, made) })).data[door]
}

const isGood = (answer: { __typename: string }): boolean => /Payload$/.test(answer.__typename)

describe.each(KINDS)('a token of the kind %s', (kind) => {
  const row: Row = ROWS[kind]

  it('is nothing at the door of any other kind, good at its own, and good there once', async () => {
    const made = await row.make()
    for (const other of KINDS.filter((candidate) => candidate !== kind))
      expect(await knock(other, made), `at the door of ${other}`).toEqual(VOID)
    const claimed = await app
      .browser()
      .gql(
        'mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) { __typename ... on UserError { code } } }',
        {
          code: made.secret,
        },
      )
    expect(claimed.data.claimSessionToken).toEqual(VOID)
    for (const spoilt of [`${made.secret}x`, made.secret.slice(1), made.secret.toLowerCase(), ` ${made.secret}`])
      expect(await knock(kind, made, spoilt), 'spoilt').toEqual(VOID)
    expect(isGood(await knock(kind, made))).toBe(true)
    expect(await knock(kind, made)).toEqual(VOID)
  })

  it('lives as long as it should, to the second', async () => {
    const [inTime, late] = [await row.make(), await row.make()]
    const { expiresAt } = await app.app.db.read.oneTimeToken.findFirstOrThrow({
      where: { accountId: inTime.accountId, kind },
      orderBy: { id: 'desc' },
    })
    const age = () => app.clock.now().getTime() - (expiresAt.getTime() - row.seconds * 1000)
    app.clock.advance(row.seconds - 1 - age() / 1000)
    expect(isGood(await knock(kind, inTime))).toBe(true)
    app.clock.advance(1 + age() / 1000) // the later one is no younger than that
    expect(await knock(kind, late)).toEqual(VOID)
  })

  it('is void while its account is blocked', async () => {
    const made = await row.make()
    await app.app.db.read.account.update({ where: { id: made.accountId }, data: { blockedAt: app.clock.now() } })
    expect(await knock(kind, made)).toEqual(VOID)
  })

  it(`${row.diesWithAddress ? 'is void' : 'is good'} once the account has moved to another address`, async () => {
    const made = await row.make()
    const browser = app.browser()
    const { email } = await app.app.db.read.account.findUniqueOrThrow({ where: { id: made.accountId } })
    await app.signIn(browser, email ?? '')
    const next = newEmail()
    expect((await change(browser, next)).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    app.clock.advance(1)
    expect(isGood(await verify(await mailbox.token(next, 'email-verification')))).toBe(true)
    expect(isGood(await knock(kind, made))).toBe(!row.diesWithAddress)
  })

  it('is void once an operator has given the account another address', async () => {
    const made = await row.make()
    const key = await app.key('ACCOUNTS_WRITE')
    const given = await key.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      { input: { accountId: made.accountId, email: newEmail() } },
    )
    expect(given.data.updateAccountAsOperator.__typename).toBe('UpdateAccountAsOperatorPayload')
    expect(await knock(kind, made)).toEqual(VOID)
  })

  it('is used up by one of twenty that try at the same moment', async () => {
    const made = await row.make()
    const answers = await Promise.all(Array.from({ length: 20 }, () => knock(kind, made)))
    expect(answers.filter(isGood)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
  })
})
