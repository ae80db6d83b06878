/** Somebody with an open link, code or ticket of each kind, and what each of them answers at its own door. */
import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import { linkIn, linksOf, mailsTo, tokenOf } from './links.ts'
import type { smtpServer } from './smtp.ts'

const NAME = '{ __typename ... on UserError { code } }'

const DOORS = {
  recovery: `mutation ($token: String!) { recoverPassword(input: { token: $token, newPassword: "yet another battery" }) ${NAME} }`,
  verification: `mutation ($token: String!) { verifyEmail(input: { token: $token }) ${NAME} }`,
  confirm: `mutation ($token: String!) { confirmSessionAlert(input: { token: $token }) ${NAME} }`,
  report: `mutation ($token: String!) { reportSessionAlert(input: { token: $token }) ${NAME} }`,
  ticket: `mutation ($token: String!, $id: ID!) { finishSignIn(input: { ticket: $token, endSessionId: $id }) ${NAME} }`,
} as const

export type Door = keyof typeof DOORS

/** `other` is the session on another device that the owner's mail is about. The mails leave through `smtp`. */
export const withOpenTokens = async (app: TestApp, smtp: Awaited<ReturnType<typeof smtpServer>>) => {
  const owner = await app.person()
  const { browser, email, session } = owner
  const other = app.browser()
  await app.signIn(other, email)
  await linkIn(smtp, email)
  const [report = '', confirm = ''] = linksOf(mailsTo(smtp, email)[0] ?? expect.fail('no mail')).map(tokenOf)
  const page = `http://localhost:${new URL(app.url).port}/email/verify`
  await browser.gql('mutation ($page: String!) { sendEmailVerification(input: { redirectUrl: $page }) { __typename } }', { page })
  const verification = tokenOf(await linkIn(smtp, email, 2))
  const recovery = await app.app.operators.createAdmin(email)
  await app.settings({ sessions: { limit: 2, whenLimitReached: 'REFUSE' } })
  const { ticket } = await app.trySignIn(app.browser(), { email })
  await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
  const tokens: Readonly<Record<Door, string>> = { recovery, verification, confirm, report, ticket }
  for (const token of Object.values(tokens)) expect(token).toMatch(/^[\w-]{43}$/)
  return {
    ...owner,
    other,
    /** @returns the name of what the door answers, or the code of the error. */
    tryAt: async (door: Door): Promise<string> => {
      const answer = await app.browser().gql(DOORS[door], { token: tokens[door], id: session.id })
      const result = Object.values(answer.data as Record<string, { __typename: string; code?: string }>)[0]
      return result?.code ?? result?.__typename ?? ''
    },
  }
}

export const DOOR_NAMES = Object.keys(DOORS) as Door[] // the table's own keys
