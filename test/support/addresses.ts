/** Addresses of an account, changed and proven as people do it. */
import { expect } from 'vitest'
import { newEmail, type TestApp } from './app.ts'
import type { TestClient } from './client.ts'
import { mailboxOf } from './mailbox.ts'

/** What a link that is good for nothing answers, at every door. */
export const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }

const ACCOUNT = 'account { id email pendingEmail emailVerified hasPassword }'

export const addressesOf = async (app: TestApp) => {
  const mailbox = await mailboxOf(app)
  const ownPage = `http://localhost:${new URL(app.url).port}/email/verify`

  const change = (who: TestClient, email: string) =>
    who.gql(
      `mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { __typename
        ... on ChangeEmailPayload { ${ACCOUNT} } ... on UserError { code } ... on InvalidInputError { fields { path } } } }`,
      { input: { email } },
    )

  const send = async (who: TestClient, redirectUrl = ownPage) =>
    (
      await who.gql(
        `mutation ($input: SendEmailVerificationInput!) { sendEmailVerification(input: $input) { __typename
          ... on SendEmailVerificationPayload { sentTo } ... on InvalidInputError { fields { path } } } }`,
        { input: { redirectUrl } },
      )
    ).data.sendEmailVerification

  const verify = async (token: string, who: TestClient = app.browser()) =>
    (
      await who.gql(
        `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename
          ... on VerifyEmailPayload { ${ACCOUNT} } ... on UserError { code } } }`,
        { input: { token } },
      )
    ).data.verifyEmail

  const undo = async (token: string, who: TestClient = app.browser()) =>
    (
      await who.gql(
        `mutation ($input: UndoChangeInput!) { undoChange(input: $input) { __typename
          ... on UndoChangePayload { endedSessions passwordResetRequired } ... on UserError { code } } }`,
        { input: { token } },
      )
    ).data.undoChange

  /** Changes to an address and proves it. @returns the new one. */
  const move = async (who: TestClient, email = newEmail()): Promise<string> => {
    expect((await change(who, email)).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    app.clock.advance(1)
    expect((await verify(await mailbox.token(email, 'email-verification'))).__typename).toBe('VerifyEmailPayload')
    return email
  }

  /** Somebody who has proven his address. */
  const provenPerson = async (input: Record<string, unknown> = {}) => {
    const person = await app.person(input)
    await send(person.browser)
    expect((await verify(await mailbox.token(person.email, 'email-verification'), person.browser)).account.emailVerified).toBe(
      true,
    )
    return person
  }

  return { mailbox, change, send, verify, undo, move, provenPerson }
}
