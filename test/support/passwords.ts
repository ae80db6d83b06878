/** The ways to a password besides signing up, asked as a client would. */
import { PASSWORD, type TestApp } from './app.ts'
import type { TestClient } from './client.ts'

const ERRORS = `... on UserError { code message }
  ... on WeakPasswordError { violations { rule } }
  ... on InvalidInputError { fields { path } }`

const CHANGE = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename
  ... on ChangePasswordPayload {
    account { id hasPassword passwordChangedAt } session { id isCurrent authenticatedAt endedAt } sessionToken
    endedSessions { id endReason } }
  ${ERRORS} } }`

const SET = `mutation ($input: SetPasswordInput!) { setPassword(input: $input) { __typename
  ... on SetPasswordPayload { account { id hasPassword passwordChangedAt } } ${ERRORS} } }`

const RECOVER = `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename
  ... on RecoverPasswordPayload { endedSessions } ${ERRORS} } }`

const CREATE = `mutation ($input: CreateAccountInput!) { createAccount(input: $input) { __typename
  ... on CreateAccountPayload { account { id email emailVerified phone phoneVerified name locale labels hasPassword status } } ${ERRORS} } }`

type Input = Readonly<Record<string, unknown>>

/** The whole answer, refusals included. */
export const askToChange = (who: TestClient, input: Input) => who.gql(CHANGE, { input: { currentPassword: PASSWORD, ...input } })
export const askToSet = (who: TestClient, newPassword: string) => who.gql(SET, { input: { newPassword } })
export const askToCreate = (who: TestClient, input: Input) => who.gql(CREATE, { input })

/** What it came to: the payload or an error. */
export const changePassword = async (who: TestClient, input: Input) => (await askToChange(who, input)).data.changePassword
export const setPassword = async (who: TestClient, newPassword: string) => (await askToSet(who, newPassword)).data.setPassword
export const createAccount = async (who: TestClient, input: Input) => (await askToCreate(who, input)).data.createAccount
export const recoverPassword = async (who: TestClient, token: string, newPassword: string) =>
  (await who.gql(RECOVER, { input: { token, newPassword } })).data.recoverPassword

/** Leaves an account without a password, as the first proof of an address does, and as other ways of signing in will. */
export const removePassword = async ({ app }: Pick<TestApp, 'app'>, accountId: string): Promise<void> => {
  await app.db.read.password.deleteMany({ where: { accountId } })
}
