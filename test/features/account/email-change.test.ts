import { describe, expect, it } from 'vitest'
import { addressesOf, VOID } from '../../support/addresses.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const PAGE = 'https://app.example.com/verify'
const app = await testApp({ env: { ALLOWED_REDIRECTS: PAGE } })
const { mailbox, change, send, verify, move, provenPerson } = await addressesOf(app)

const me = async (who: TestClient) =>
  (await who.gql('{ account { email pendingEmail emailVerified hasPassword devices { confirmedAt } } }')).data.account

const eventsOf = async (who: TestClient, first: number) =>
  (await who.gql(`{ account { events(first: ${first}) { nodes { type details } } } }`)).data.account.events.nodes

/** Somebody with a proven address, another one that waits, and the token of the link that went there. */
const waiting = async () => {
  const person = await provenPerson()
  const next = newEmail()
  await change(person.browser, next)
  return { ...person, next, token: await mailbox.token(next, 'email-verification') }
}

type Waiting = Awaited<ReturnType<typeof waiting>>

const operate = async (accountId: string, input: Record<string, unknown>) =>
  (
    await (
      await app.key('ACCOUNTS_WRITE')
    ).gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename ... on UserError { code } } }',
      { input: { accountId, ...input } },
    )
  ).data.updateAccountAsOperator

const askRecovery = async (email: string): Promise<string> => {
  await app
    .browser()
    .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
      input: { email, redirectUrl: `http://localhost:${new URL(app.url).port}/recover` },
    })
  return mailbox.token(email, 'password-recovery')
}

const recover = async (token: string) =>
  (
    await app
      .browser()
      .gql(
        'mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename ... on UserError { code } } }',
        {
          input: { token, newPassword: 'another horse battery' },
        },
      )
  ).data.recoverPassword

describe('changeEmail', () => {
  it('lets the new address wait for its proof, sends the link there, and changes nothing else', async () => {
    const { browser, account, email } = await provenPerson()
    const [next, before] = [newEmail(), await mailbox.kinds(email)]
    expect((await change(browser, ` ${next.toUpperCase()} `)).data.changeEmail).toEqual({
      __typename: 'ChangeEmailPayload',
      account: { id: account.id, email, pendingEmail: next, emailVerified: true, hasPassword: true },
    })
    const [link] = await mailbox.links(next, 'email-verification')
    expect(link?.pathname).toBe('/email/verify')
    expect(await mailbox.kinds(email)).toEqual(before)
    expect((await app.trySignIn(app.browser(), { email: next })).code).toBe('INVALID_CREDENTIALS')
    await app.app.tick()
    expect(await eventsOf(browser, 1)).toEqual([{ type: 'email.change-requested', details: {} }])
  })

  it('needs a fresh proof, and is for people alone', async () => {
    const { browser, email } = await app.person()
    app.clock.advance(600)
    expect((await change(browser, newEmail())).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    app.clock.advance(1)
    const refused = await change(browser, newEmail())
    expect(refused.errors?.[0]?.extensions).toEqual({ code: 'REAUTHENTICATION_REQUIRED', maxAgeSeconds: 600 })
    await app.signIn(browser, email)
    expect((await change(browser, newEmail())).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    expect((await change(app.browser(), newEmail())).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect((await change(await app.key('ACCOUNTS_WRITE'), newEmail())).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('refuses what is no address, what the account has, and what another has, proven or not', async () => {
    const [{ browser, email }, other] = [await app.person(), await app.person()]
    for (const bad of ['', 'nobody', `${'x'.repeat(250)}@example.com`, email])
      expect((await change(browser, bad)).data.changeEmail).toEqual({
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        fields: [{ path: 'input.email' }],
      })
    expect((await change(browser, other.email)).data.changeEmail).toEqual({ __typename: 'EmailTakenError', code: 'EMAIL_TAKEN' })
    expect((await me(browser)).pendingEmail).toBeNull()
  })

  it('a second time replaces the first, whose link is void even if it is asked for once more', async () => {
    const { browser, next, token } = await waiting()
    await change(browser, newEmail())
    expect(await verify(token)).toEqual(VOID)
    await change(browser, next)
    expect(await verify(token)).toEqual(VOID)
    expect((await verify(await mailbox.token(next, 'email-verification'))).__typename).toBe('VerifyEmailPayload')
  })

  it('to the address that the account has ends the wait', async () => {
    const { browser, email, token } = await waiting()
    expect((await change(browser, email)).data.changeEmail.account).toMatchObject({ email, pendingEmail: null })
    expect(await verify(token)).toEqual(VOID)
    expect((await change(browser, email)).data.changeEmail.fields).toEqual([{ path: 'input.email' }])
    await app.app.tick()
    expect((await eventsOf(browser, 1))[0].type).toBe('email.change-withdrawn')
  })
})

describe('sendEmailVerification', () => {
  it('goes to the address that waits, as often as it is asked for and after its links are too old', async () => {
    const { browser, email, next, token } = await waiting()
    app.clock.advance(86_400)
    expect(await verify(token)).toEqual(VOID)
    expect((await me(browser)).pendingEmail).toBe(next)
    expect(await send(browser, PAGE)).toEqual({ __typename: 'SendEmailVerificationPayload', sentTo: next })
    const [link] = await mailbox.links(next, 'email-verification')
    expect(`${link?.origin}${link?.pathname}`).toBe(PAGE)
    expect((await verify(await mailbox.token(next, 'email-verification'))).__typename).toBe('VerifyEmailPayload')
    expect((await mailbox.kinds(email))[0]).toBe('email-changed')
  })
})

describe('a new address that is proven', () => {
  it('takes the place of the old one; whoever is signed in stays so', async () => {
    const { browser, account, email, next, token } = await waiting()
    const elsewhere = app.browser()
    await app.signIn(elsewhere, email)
    expect(await verify(token, browser)).toEqual({
      __typename: 'VerifyEmailPayload',
      account: { id: account.id, email: next, pendingEmail: null, emailVerified: true, hasPassword: true },
    })
    expect(await verify(token, browser)).toEqual(VOID)
    for (const who of [browser, elsewhere]) expect(await me(who)).toMatchObject({ email: next, pendingEmail: null })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('INVALID_CREDENTIALS')
    expect((await app.trySignIn(app.browser(), { email: next })).__typename).toBe('SignInPayload')
  })

  it('takes nothing away where the link is opened outside of the account, even if the old one was never proven', async () => {
    const { browser } = await app.person()
    const next = newEmail()
    await change(browser, next)
    expect(await verify(await mailbox.token(next, 'email-verification'))).toEqual({
      __typename: 'VerifyEmailPayload',
      account: null,
    })
    const now = await me(browser)
    expect(now).toMatchObject({ email: next, emailVerified: true, hasPassword: true })
    expect(now.devices).toEqual([{ confirmedAt: expect.any(String) }])
    await app.app.tick()
    expect(await eventsOf(browser, 1)).toEqual([{ type: 'email.changed', details: { inOwnSession: false, hadAddress: true } }])
  })

  it('makes void what was sent to the old address, and the other links to the new one', async () => {
    const { browser, email, next, token } = await waiting()
    await app.signIn(app.browser(), email)
    const [wasNotMe] = await mailbox.links(email, 'session-alert')
    const recovery = await askRecovery(email)
    app.clock.advance(1)
    await send(browser)
    expect((await verify(await mailbox.token(next, 'email-verification'))).__typename).toBe('VerifyEmailPayload')
    expect(await verify(token)).toEqual(VOID)
    expect(await recover(recovery)).toEqual(VOID)
    expect((await fetch(`${app.url}${wasNotMe?.pathname}${wasNotMe?.search}`)).status).toBe(410)
  })

  it('belongs to whoever proves it first', async () => {
    const [one, other] = [await waiting(), await provenPerson()]
    await change(other.browser, one.next)
    const late = await mailbox.token(one.next, 'email-verification')
    expect((await verify(one.token)).__typename).toBe('VerifyEmailPayload')
    expect(await verify(late)).toEqual(VOID)
    expect(await me(other.browser)).toMatchObject({ email: other.email, pendingEmail: one.next, emailVerified: true })
    expect(await send(other.browser)).toEqual({ __typename: 'InvalidInputError', fields: [{ path: 'input' }] })
  })

  it('is nobody’s until then: who signs up with it has it', async () => {
    const { browser, email, next, token } = await waiting()
    const { account } = await app.person({ email: next })
    expect(await verify(token)).toEqual(VOID)
    expect((await me(browser)).email).toBe(email)
    expect((await app.signIn(app.browser(), next)).account.id).toBe(account.id)
  })

  it('is proven once of twenty at the same moment', async () => {
    const { browser, email, next, token } = await waiting()
    const results = await Promise.all(Array.from({ length: 20 }, () => verify(token)))
    expect(results.filter(({ __typename }) => __typename === 'VerifyEmailPayload')).toHaveLength(1)
    expect(results.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
    expect((await me(browser)).email).toBe(next)
    expect((await mailbox.kinds(email)).filter((kind) => kind === 'email-changed')).toHaveLength(1)
  })

  it('is given to one of ten accounts that prove it at the same moment', async () => {
    const next = newEmail()
    const tokens: string[] = []
    for (let i = 0; i < 10; i++) {
      await change((await app.person()).browser, next)
      app.clock.advance(1)
      tokens.push(await mailbox.token(next, 'email-verification'))
    }
    const results = await Promise.all(tokens.map((token) => verify(token)))
    expect(results.filter(({ __typename }) => __typename === 'VerifyEmailPayload')).toHaveLength(1)
    expect(results.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(9)
  })
})

describe('while a new address waits', () => {
  it('alerts go to the old one, and their links work', async () => {
    const { browser, email, next } = await waiting()
    await app.signIn(app.browser(), email)
    const [wasNotMe] = await mailbox.links(email, 'session-alert')
    const said = await app
      .browser()
      .gql(
        'mutation ($token: String!) { reportSessionAlert(input: { token: $token }) { ... on ReportSessionAlertPayload { endedSessions { endReason } } } }',
        { token: wasNotMe?.searchParams.get('token') ?? '' },
      )
    expect(said.data.reportSessionAlert.endedSessions).toHaveLength(2)
    expect(await mailbox.kinds(next)).toEqual(['email-verification'])
    expect((await me(browser)) ?? null).toBeNull()
  })

  const ENDINGS: readonly (readonly [string, (person: Waiting) => Promise<unknown>])[] = [
    ['a recovered password', async ({ email }) => recover(await askRecovery(email))],
    ['a reported sign-in', ({ email, browser }) => report(email, browser)],
    ['an operator’s word on the address', ({ account }) => operate(account.id, { email: newEmail() })],
  ]

  it.each(ENDINGS)('%s ends that, so that no further link goes to what may be a stranger’s address', async (_what, happens) => {
    const person = await waiting()
    await happens(person)
    expect(await verify(person.token)).toEqual(VOID)
    const { pendingEmail } = await app.app.db.read.account.findUniqueOrThrow({ where: { id: person.account.id } })
    expect(pendingEmail).toBeNull()
  })

  it('a block makes its link void', async () => {
    const { account, token } = await waiting()
    await app.app.db.read.account.update({ where: { id: account.id }, data: { blockedAt: app.clock.now() } })
    expect(await verify(token)).toEqual(VOID)
  })

  it('the first proof of the old one ends it too: whoever asked for it is not the one who reads there', async () => {
    const email = newEmail()
    const squatter = await app.person({ email })
    await send(squatter.browser)
    const proof = await mailbox.token(email, 'email-verification')
    const next = newEmail()
    await change(squatter.browser, next)
    const token = await mailbox.token(next, 'email-verification')
    expect((await verify(proof)).__typename).toBe('VerifyEmailPayload')
    expect(await verify(token)).toEqual(VOID)
    expect((await app.app.db.read.account.findUniqueOrThrow({ where: { email } })).pendingEmail).toBeNull()
  })
})

/** Says of a sign-in that it was not him, in his own session. */
const report = async (email: string, browser: TestClient): Promise<void> => {
  await app.signIn(app.browser(), email)
  const { data } = await browser.gql('{ account { sessionAlerts(first: 1) { nodes { id } } } }')
  await browser.gql('mutation ($id: ID!) { reportSessionAlert(input: { alertId: $id }) { __typename } }', {
    id: data.account.sessionAlerts.nodes[0].id,
  })
}

describe('the notice about a new address', () => {
  it('goes to the old one, names the new one in part, and leads to where it can be undone', async () => {
    const { browser, email } = await provenPerson({ name: 'Ada', locale: 'de' })
    await move(browser, 'somebody.new@elsewhere.example')
    const [notice] = await mailbox.to(email)
    expect(notice).toMatchObject({ kind: 'email-changed', subject: 'Ihre E-Mail-Adresse wurde geändert' })
    expect(notice?.text.replaceAll('\u200c', '')).toContain('s•••@elsewhere.example')
    expect(notice?.text.replaceAll('\u200c', '')).not.toContain('somebody.new')
    const links = await mailbox.links(email, 'email-changed')
    expect(links.map(({ pathname }) => pathname)).toEqual(['/email/undo'])
    expect(await mailbox.kinds('somebody.new@elsewhere.example')).toEqual(['email-verification'])
  })

  it('of an operator goes to a proven one, without a link: his word is the last', async () => {
    const [proven, unproven, removed] = [await provenPerson(), await app.person(), await provenPerson()]
    for (const { account } of [proven, unproven]) await operate(account.id, { email: newEmail() })
    await operate(removed.account.id, { email: null })
    expect((await mailbox.kinds(unproven.email)).includes('email-changed')).toBe(false)
    for (const { email } of [proven, removed]) {
      expect(await mailbox.links(email, 'email-changed')).toEqual([])
      expect((await mailbox.to(email))[0]?.html).toContain('contact the people who run this service')
    }
    expect((await mailbox.to(removed.email))[0]?.html).toContain('has none now')
  })

  it('is not written where there was no address', async () => {
    const { browser, account } = await app.person()
    await operate(account.id, { email: null })
    const next = await move(browser)
    expect(await me(browser)).toMatchObject({ email: next, emailVerified: true })
    const { oneTimeToken } = app.app.db.read
    expect(await oneTimeToken.count({ where: { accountId: account.id, kind: 'email-undo' } })).toBe(0)
    expect((await app.trySignIn(app.browser(), { email: next, password: PASSWORD })).__typename).toBe('SignInPayload')
  })
})
