/** A token of each kind: how it comes about, where its link leads, and the door that takes it. */
import { expect } from 'vitest'
import type { TokenKind } from '../../src/features/one-time-token/one-time-token.ts'
import { RECOVERY_PATH, REVIEW_PATH, UNDO_PATH, VERIFICATION_PATH } from '../../src/http/links.ts'
import { addressesOf } from './addresses.ts'
import { newEmail, PASSWORD, type TestApp } from './app.ts'
import { tokenOf } from './links.ts'

/** What is known of a kind without making one. */
type Row = Readonly<{
  /** The page that its link leads to; null: it is in no link. */
  page: string | null
  door: string
  /** Whether it dies with the address it was sent to. A ticket was sent nowhere, and an undo is for an address that was left. */
  diesWithAddress: boolean
  seconds: number
}>

/** A kind that is added fails to compile until it has a row here and in `makers`. */
export const KIND_ROWS: Readonly<Record<TokenKind, Row>> = {
  'alert-report': { page: REVIEW_PATH, door: 'reportSessionAlert', diesWithAddress: true, seconds: 604_800 },
  'alert-confirm': { page: REVIEW_PATH, door: 'confirmSessionAlert', diesWithAddress: true, seconds: 604_800 },
  'email-verification': { page: VERIFICATION_PATH, door: 'verifyEmail', diesWithAddress: true, seconds: 86_400 },
  'email-undo': { page: UNDO_PATH, door: 'undoChange', diesWithAddress: false, seconds: 259_200 },
  'password-recovery': { page: RECOVERY_PATH, door: 'recoverPassword', diesWithAddress: true, seconds: 3_600 },
  'sign-in-ticket': { page: null, door: 'finishSignIn', diesWithAddress: false, seconds: 300 },
}

export const KINDS = Object.keys(KIND_ROWS) as TokenKind[] // the table's own keys

type SignUp = Readonly<Record<string, unknown>>

type Person = Awaited<ReturnType<TestApp['person']>>

/** Whose token it is, what it is, and the link that carries it. */
export type Made = Readonly<{ person: Person; accountId: string; secret: string; link: URL | null }>

const madeOf = (person: Person, secret: string, link: URL | null = null): Made => ({
  person,
  accountId: person.account.id,
  secret,
  link,
})

const linked = (person: Person, link: URL | undefined): Made =>
  madeOf(person, tokenOf(link ?? expect.fail('no such link in the mail')), link)

/** What the door is asked with. */
const inputOf = (kind: TokenKind, secret: string, { person }: Made): Record<string, unknown> => {
  if (kind === 'sign-in-ticket') return { ticket: secret, endSessionId: person.session.id }
  return kind === 'password-recovery' ? { token: secret, newPassword: `another ${PASSWORD}` } : { token: secret }
}

export const tokensOf = async (app: TestApp) => {
  const addresses = await addressesOf(app)
  const { mailbox, change, send, verify, provenPerson } = addresses

  const alerted = async (input: SignUp, position: number): Promise<Made> => {
    const person = await app.person(input)
    await app.signIn(app.browser(), person.email)
    return linked(person, (await mailbox.links(person.email, 'session-alert'))[position])
  }

  const makers: Readonly<Record<TokenKind, (input: SignUp) => Promise<Made>>> = {
    'alert-report': (input) => alerted(input, 0),
    'alert-confirm': (input) => alerted(input, 1),
    'email-verification': async (input) => {
      const person = await app.person(input)
      await send(person.browser)
      return linked(person, (await mailbox.links(person.email, 'email-verification'))[0])
    },
    'email-undo': async (input) => {
      const person = await provenPerson(input)
      const next = newEmail()
      await change(person.browser, next)
      app.clock.advance(1)
      await verify(await mailbox.token(next, 'email-verification'))
      return linked(person, (await mailbox.links(person.email, 'email-changed'))[0])
    },
    'password-recovery': async (input) => {
      const person = await app.person(input)
      const redirectUrl = `http://localhost:${new URL(app.url).port}${RECOVERY_PATH}`
      await app
        .browser()
        .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
          input: { email: person.email, redirectUrl },
        })
      return linked(person, (await mailbox.links(person.email, 'password-recovery'))[0])
    },
    'sign-in-ticket': async (input) => {
      const person = await app.person(input)
      await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
      const { ticket } = await app.trySignIn(app.browser(), { email: person.email })
      await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
      return madeOf(person, ticket)
    },
  }

  return {
    ...addresses,
    /** @param input what its owner signed up with. */
    make: (kind: TokenKind, input: SignUp = {}): Promise<Made> => makers[kind](input),
    /** Tries a token at the door of a kind, signed out unless it is said who does. @returns what that answers. */
    knock: async (kind: TokenKind, made: Made, secret = made.secret, who = app.browser()) => {
      const { door } = KIND_ROWS[kind]
      const Name = door.charAt(0).toUpperCase() + door.slice(1)
      const document = `mutation ($input: ${Name}Input!) { ${door}(input: $input) { __typename ... on UserError { code } } }`
      return (await who.gql(document, { input: inputOf(kind, secret, made) })).data[door]
    },
    isGood: (answer: Readonly<{ __typename: string }>): boolean => /Payload$/.test(answer.__typename),
    /** An operator gives the account of a token another address, which makes everything void. */
    readdress: async (accountId: string): Promise<void> => {
      const given = await (await app.key('ACCOUNTS_WRITE')).gql(
        'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
        { input: { accountId, email: newEmail() } },
      )
      expect(given.data.updateAccountAsOperator.__typename).toBe('UpdateAccountAsOperatorPayload')
    },
  }
}
