import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { linkIn, mailsTo, tokenOf } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const PAGE = 'https://app.example.com/verify'
const app = await testApp({ env: { ...smtpEnv(smtp.port), ALLOWED_REDIRECTS: PAGE } })

const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }
const NEW = 'another horse battery'

const send = (who: TestClient, redirectUrl = PAGE) =>
  who.gql(
    `mutation ($input: SendEmailVerificationInput!) { sendEmailVerification(input: $input) { __typename
      ... on SendEmailVerificationPayload { sentTo expiresAt } ... on InvalidInputError { fields { path } } } }`,
    { input: { redirectUrl } },
  )

const verify = async (who: TestClient, token: string) =>
  (
    await who.gql(
      `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename
        ... on VerifyEmailPayload { account { id emailVerified } } ... on UserError { code } } }`,
      { input: { token } },
    )
  ).data.verifyEmail

const recover = async (token: string, newPassword = NEW) =>
  (
    await app
      .browser()
      .gql(
        'mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename ... on UserError { code } } }',
        {
          input: { token, newPassword },
        },
      )
  ).data.recoverPassword

/** Somebody whose address is not proven, and the token of the link to it. */
const withLink = async () => {
  const person = await app.person()
  await send(person.browser)
  return { ...person, token: tokenOf(await linkIn(smtp, person.email)) }
}

const verifiedAt = async (id: string): Promise<Date | null> =>
  (await app.app.db.read.account.findUniqueOrThrow({ where: { id } })).emailVerifiedAt

const ME = '{ account { emailVerified hasPassword } signedOutReason }'

describe('sendEmailVerification', () => {
  it('sends a link of a day to the account’s own address', async () => {
    const { browser, email } = await app.person()
    const expiresAt = new Date(app.clock.now().getTime() + 86_400_000).toISOString()
    expect((await send(browser)).data.sendEmailVerification).toEqual({
      __typename: 'SendEmailVerificationPayload',
      sentTo: email,
      expiresAt,
    })
    const link = await linkIn(smtp, email)
    expect(`${link.origin}${link.pathname}`).toBe(PAGE)
  })

  it('is for people who are signed in, and leads to listed pages only', async () => {
    expect((await send(app.browser())).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect((await send(await app.key('ACCOUNTS_WRITE'))).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const { browser, email } = await app.person()
    expect((await send(browser, 'https://evil.example/verify')).data.sendEmailVerification.fields).toEqual([
      { path: 'input.redirectUrl' },
    ])
    await app.app.delivered()
    expect(mailsTo(smtp, email)).toEqual([])
  })

  it('is refused where the address is proven already', async () => {
    const { browser, token } = await withLink()
    await verify(browser, token)
    expect((await send(browser)).data.sendEmailVerification.fields).toEqual([{ path: 'input' }])
  })
})

describe('verifyEmail', () => {
  it('in a session of the account proves the address and takes nothing away', async () => {
    const { account, browser, email, token } = await withLink()
    const elsewhere = app.browser()
    await app.signIn(elsewhere, email)
    expect(await verify(browser, token)).toEqual({
      __typename: 'VerifyEmailPayload',
      account: { id: account.id, emailVerified: true },
    })
    for (const who of [browser, elsewhere])
      expect((await who.gql(ME)).data).toEqual({ account: { emailVerified: true, hasPassword: true }, signedOutReason: null })
  })

  it('from anywhere else leaves nothing to whoever registered the address', async () => {
    const email = newEmail()
    const squatter = await app.person({ email })
    const { ticket } = await withTicket(email)
    await send(squatter.browser)
    const token = tokenOf(await linkIn(smtp, email))
    const socket = await app.subscribe(squatter.browser, 'subscription { sessionEnded { endReason } }')
    expect(await verify(app.browser(), token)).toEqual({ __typename: 'VerifyEmailPayload', account: null })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'PASSWORD_CHANGED' }])
    expect((await squatter.browser.gql(ME)).data).toEqual({ account: null, signedOutReason: 'PASSWORD_CHANGED' })
    expect((await app.trySignIn(squatter.browser, { email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS')
    expect(await finish(ticket, squatter.session.id)).toEqual(VOID)
    await app
      .browser()
      .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
        input: { email, redirectUrl: `http://localhost:${new URL(app.url).port}/recover` },
      })
    expect((await recover(tokenOf(await linkIn(smtp, email, 2)))).__typename).toBe('RecoverPasswordPayload')
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })

  it('signed in as somebody else shows nobody’s account, and counts as from anywhere else', async () => {
    const { account, browser, token } = await withLink()
    const other = await app.person()
    expect(await verify(other.browser, token)).toEqual({ __typename: 'VerifyEmailPayload', account: null })
    expect((await browser.gql(ME)).data.signedOutReason).toBe('PASSWORD_CHANGED')
    expect((await other.browser.gql(ME)).data.account).toEqual({ emailVerified: false, hasPassword: true })
    expect(await verifiedAt(account.id)).not.toBeNull()
  })

  it('in a session that ended in the same document counts as from anywhere else', async () => {
    const { account, browser, token } = await withLink()
    const answer = await browser.gql(
      `mutation ($input: VerifyEmailInput!) { signOut(input: {}) { __typename }
        verifyEmail(input: $input) { ... on VerifyEmailPayload { account { id } } } }`,
      { input: { token } },
    )
    expect(answer.data.verifyEmail).toEqual({ account: null })
    expect(await app.app.db.read.password.findUnique({ where: { accountId: account.id } })).toBeNull()
  })

  it('takes nothing from an account whose address was proven before', async () => {
    const { account, browser, token } = await withLink()
    await app.app.db.read.account.update({ where: { id: account.id }, data: { emailVerifiedAt: app.clock.now() } })
    expect(await verify(app.browser(), token)).toEqual({ __typename: 'VerifyEmailPayload', account: null })
    expect((await browser.gql('{ account { hasPassword } }')).data.account).toEqual({ hasPassword: true })
  })

  it('works once, for a day, and only as what it is', async () => {
    const { browser, email, token } = await withLink()
    expect(await recover(token)).toEqual(VOID)
    expect(await finish(token, 'ses_x')).toEqual(VOID)
    const admin = await app.app.operators.createAdmin(email)
    expect(await verify(browser, admin)).toEqual(VOID)
    const late = await withLink()
    expect((await verify(browser, token)).__typename).toBe('VerifyEmailPayload')
    expect(await verify(browser, token)).toEqual(VOID)
    app.clock.advance(86_400)
    expect(await verify(late.browser, late.token)).toEqual(VOID)
  })

  it('is void once the account has another address, a new password, or is blocked', async () => {
    const [moved, recovered, blocked] = [await withLink(), await withLink(), await withLink()]
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      {
        input: { accountId: moved.account.id, email: newEmail() },
      },
    )
    await recover(await app.app.operators.createAdmin(recovered.email))
    await app.app.db.read.account.update({ where: { id: blocked.account.id }, data: { blockedAt: app.clock.now() } })
    for (const { token } of [moved, recovered, blocked]) expect(await verify(app.browser(), token)).toEqual(VOID)
  })

  it('takes the newest three links', async () => {
    const { browser, email, token } = await withLink()
    for (const count of [2, 3, 4]) {
      app.clock.advance(1)
      await send(browser)
      await linkIn(smtp, email, count)
    }
    expect(await verify(browser, token)).toEqual(VOID)
    const second = mailsTo(smtp, email)[1]?.mail.text?.match(/token=([\w-]{43})/)?.[1] ?? ''
    expect((await verify(browser, second)).__typename).toBe('VerifyEmailPayload')
  })

  it('works once of twenty at the same moment', async () => {
    const { browser, token } = await withLink()
    const results = await Promise.all(Array.from({ length: 20 }, () => verify(browser, token)))
    expect(results.filter(({ __typename }) => __typename === 'VerifyEmailPayload')).toHaveLength(1)
    expect(results.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
  })
})

describe('our own page', () => {
  it('changes nothing when it is opened, and proves the address when its button is pressed', async () => {
    const { account, browser, email } = await app.person()
    await send(browser, `http://localhost:${new URL(app.url).port}/email/verify`)
    const link = await linkIn(smtp, email)
    for (const method of ['GET', 'HEAD', 'GET'])
      expect((await fetch(`${app.url}${link.pathname}${link.search}`, { method })).status).toBe(200)
    expect(await verifiedAt(account.id)).toBeNull()
    const body = new URLSearchParams({ token: tokenOf(link) }).toString()
    const press = (origin: string) =>
      browser.fetch('/email/verify', {
        method: 'POST',
        body,
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      })
    expect((await press('https://evil.example')).status).toBe(403)
    expect((await press(app.url)).status).toBe(200)
    expect((await browser.gql(ME)).data.account).toEqual({ emailVerified: true, hasPassword: true })
    expect((await press(app.url)).status).toBe(410)
  })
})

/** A sign-in that waits at the limit. */
const withTicket = async (email: string): Promise<{ ticket: string }> => {
  await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
  const refused = await app.trySignIn(app.browser(), { email })
  await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
  return refused
}

const finish = async (ticket: string, endSessionId: string) =>
  (
    await app
      .browser()
      .gql('mutation ($input: FinishSignInInput!) { finishSignIn(input: $input) { __typename ... on UserError { code } } }', {
        input: { ticket, endSessionId },
      })
  ).data.finishSignIn
