/** Every way of setting a password, as one list: what holds for one holds for all, and a new way joins by its line. */
import { newEmail, PASSWORD, type TestApp } from '../../support/app.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { removePassword } from '../../support/passwords.ts'
import { teamsOf } from '../../support/teams.ts'

export const PERSON = { name: 'Augusta Lovelace', password: PASSWORD } as const

const ANSWER = `__typename
  ... on UserError { code message }
  ... on WeakPasswordError { violations { rule message } suggestions }
  ... on InvalidInputError { fields { path } }`

/** What the path answered; `errors` hold refusals. */
export type Outcome = Readonly<{
  __typename: string | null
  rules: readonly string[]
  suggestions: readonly string[]
  /** The field of an InvalidInputError, without `input.`. */
  field: string | null
  refusal: string | null
}>

type Path = Readonly<{
  mutation: string
  /** Whether somebody had a password before, who may not take it again. */
  hasHistory: boolean
  /** The input field that holds the password. */
  field: string
  /**
   * Makes a new person, or what he needs to become one: called PERSON.name, with an address that begins with `countess.`, with
   * PERSON.password if he has a password yet. @returns how he sets a password.
   */
  prepare: (app: TestApp) => Promise<(password: string) => Promise<Outcome>>
}>

const address = (): string => newEmail().replace('person', 'countess.')

// biome-ignore lint/suspicious/noExplicitAny: whatever the server answered
const outcomeOf = (answer: any, mutation: string): Outcome => {
  const result = answer.data?.[mutation]
  return {
    __typename: result?.__typename ?? null,
    rules: (result?.violations ?? []).map(({ rule }: { rule: string }) => rule),
    suggestions: result?.suggestions ?? [],
    field: result?.fields?.[0]?.path.replace('input.', '') ?? null,
    refusal: answer.errors?.[0]?.extensions.code ?? null,
  }
}

/** Somebody who has an account at once. */
const signedUp = async (app: TestApp, email = address()) => {
  await app.settings({ signIn: { discloseTakenEmail: true } })
  return app.person({ email, ...PERSON })
}

/** @param discloseTakenEmail whether a sign-up makes its account at once, or waits for its link. */
const signUp = (discloseTakenEmail: boolean): Path => ({
  mutation: 'signUp',
  hasHistory: false,
  field: 'password',
  prepare: async (app) => {
    await app.settings({ signIn: { discloseTakenEmail } })
    return async (password) => {
      const input = { email: address(), name: PERSON.name, password }
      const document = `mutation ($input: SignUpInput!) { signUp(input: $input) { ${ANSWER} } }`
      return outcomeOf(await app.browser().gql(document, { input }), 'signUp')
    }
  },
})

/** What a path answers whose password is taken. */
export const TAKEN = /(?:Payload|^SignUpPending)$/

export const PATHS = {
  signUp: signUp(true),
  'signUp that tells nobody whether the address is taken': signUp(false),
  recoverPassword: {
    mutation: 'recoverPassword',
    hasHistory: true,
    field: 'newPassword',
    prepare: async (app) => {
      const email = address()
      await signedUp(app, email)
      const token = await app.app.operators.createAdmin(email)
      const document = `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { ${ANSWER} } }`
      return async (newPassword) =>
        outcomeOf(await app.browser().gql(document, { input: { token, newPassword } }), 'recoverPassword')
    },
  },
  changePassword: {
    mutation: 'changePassword',
    hasHistory: true,
    field: 'newPassword',
    prepare: async (app) => {
      const { browser } = await signedUp(app)
      return async (newPassword) => {
        const input = { currentPassword: PERSON.password, newPassword }
        const document = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${ANSWER} } }`
        return outcomeOf(await browser.gql(document, { input }), 'changePassword')
      }
    },
  },
  setPassword: {
    mutation: 'setPassword',
    hasHistory: false,
    field: 'newPassword',
    prepare: async (app) => {
      const { browser, account } = await signedUp(app)
      await removePassword(app, account.id)
      const document = `mutation ($input: SetPasswordInput!) { setPassword(input: $input) { ${ANSWER} } }`
      return async (newPassword) => outcomeOf(await browser.gql(document, { input: { newPassword } }), 'setPassword')
    },
  },
  createAccount: {
    mutation: 'createAccount',
    hasHistory: false,
    field: 'password',
    prepare: async (app) => {
      const operator = await app.key('ACCOUNTS_WRITE')
      const document = `mutation ($input: CreateAccountInput!) { createAccount(input: $input) { ${ANSWER} } }`
      return async (password) =>
        outcomeOf(await operator.gql(document, { input: { email: address(), name: PERSON.name, password } }), 'createAccount')
    },
  },
  acceptInvitation: {
    mutation: 'acceptInvitation',
    hasHistory: false,
    field: 'password',
    prepare: async (app) => {
      const [teams, mailbox] = [await teamsOf(app), await mailboxOf(app)]
      const { team } = await teams.create(teams.server)
      const document = `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { ${ANSWER} } }`
      return async (password) => {
        const email = address()
        await teams.invite(teams.server, { teamId: team.id, email, roles: ['owner'], name: PERSON.name })
        const token = await mailbox.token(email, 'invitation')
        return outcomeOf(await app.browser().gql(document, { input: { token, password } }), 'acceptInvitation')
      }
    },
  },
} as const satisfies Record<string, Path>
