import { beforeAll, describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { linkIn, linksOf, mailsTo, tokenOf } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

beforeAll(() => app.settings({ signIn: { discloseTakenEmail: false } }))

const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }
const DONE = { __typename: 'VerifyEmailPayload', account: null }
const DAY = 86_400

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename
  ... on SignInPayload { account { id } } ... on SignUpPending { sentTo } ... on UserError { code } } }`

const post = (email: string, who = app.browser(), input: Record<string, unknown> = {}): Promise<Response> =>
  who.post({ query: SIGN_UP, variables: { input: { email, password: PASSWORD, ...input } } })

const signUp = async (email: string, who = app.browser(), input: Record<string, unknown> = {}) =>
  (await (await post(email, who, input)).json()).data.signUp

const verify = async (who: TestClient, token: string, deviceKey?: string) =>
  (
    await who.gql(
      `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename
        ... on VerifyEmailPayload { account { id } } ... on UserError { code } } }`,
      { input: { token, deviceKey } },
    )
  ).data.verifyEmail

/** Signs up and reads the mail. */
const asked = async (input: Record<string, unknown> = {}, email = newEmail()) => {
  const [browser, before] = [app.browser(), mailsTo(smtp, email).length]
  expect(await signUp(email, browser, input)).toEqual({ __typename: 'SignUpPending', sentTo: email })
  const link = await linkIn(smtp, email, before + 1)
  return { browser, email, link, token: tokenOf(link) }
}

const accountOf = (email: string) => app.app.db.read.account.findUnique({ where: { email }, include: { password: true } })

const trySignIn = async (email: string, password = PASSWORD, who = app.browser()) =>
  (await app.trySignIn(who, { email, password })).__typename

describe('signUp, where a taken address is not told', () => {
  it('answers everybody alike, headers and all, opens no session and makes no account', async () => {
    const waiting = (await asked()).email
    const finished = await asked()
    await verify(finished.browser, finished.token)
    const free = newEmail()
    const answers = await Promise.all(
      [free, finished.email, waiting].map(async (email) => {
        const response = await post(email)
        const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
        const text = JSON.stringify([response.status, headers, await response.text()])
        return text.replaceAll(email, 'ADDRESS').replace(/gatehouse-device=[\w-]{43}/, 'gatehouse-device=KEY')
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('SignUpPending')
    expect(answers[0]).not.toContain('gatehouse=')
    expect([await accountOf(free), await accountOf(waiting)]).toEqual([null, null])
  })

  it('says by mail what it is about: a link to who is new, the way in to who is not, each in his language', async () => {
    const { email, browser, token, link } = await asked({ name: 'Ada', locale: 'de' })
    expect(link.pathname).toBe('/email/verify')
    expect(mailsTo(smtp, email)[0]?.mail).toMatchObject({ subject: 'Ihre Registrierung', text: expect.stringContaining('Ada') })
    await verify(browser, token)
    await signUp(email, app.browser(), { name: 'Mallory', locale: 'en' })
    const again = await linkIn(smtp, email, 2)
    expect([again.pathname, again.search]).toEqual(['/recover', ''])
    const [, told] = mailsTo(smtp, email)
    expect(told?.mail.subject).toBe('Ihre Registrierung')
    expect(told?.mail.text).toContain('Ada')
    expect(told?.mail.text).not.toContain('Mallory')
    expect(told === undefined ? [] : linksOf(told)).toHaveLength(1)
    const left = await app.app.db.read.pendingSignUp.findMany({ where: { email } })
    expect(left).toMatchObject([{ passwordHash: null, name: null, locale: null, keyHash: null }])
  })

  it('refuses bad input and weak passwords, whoever has the address', async () => {
    const { email, browser, token } = await asked()
    await verify(browser, token)
    for (const address of [email, newEmail()]) {
      expect((await signUp(address, app.browser(), { password: 'short' })).code).toBe('WEAK_PASSWORD')
      expect((await signUp(address, app.browser(), { deviceKey: 'short' })).code).toBe('INVALID_INPUT')
    }
  })

  it('is in the log of who has the address, and nowhere with it', async () => {
    const { email, browser, token } = await asked()
    await verify(browser, token)
    await signUp(email)
    await app.app.tick()
    const operator = await app.key('EVENTS_READ')
    const query = '{ events(filter: { types: ["sign-up.requested"] }, first: 2) { nodes { outcome details subject { id } } } }'
    const { nodes } = (await operator.gql(query)).data.events
    expect(nodes.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['REFUSED', 'SUCCEEDED'])
    expect(JSON.stringify(nodes)).not.toContain('@')
  })
})

describe('the link of a sign-up', () => {
  it('makes the account where it was asked for: its address proven, its password the one that was chosen, its device known', async () => {
    const { email, browser, token } = await asked({ name: 'Ada', locale: 'pt-BR' })
    expect(await trySignIn(email, PASSWORD, browser)).toBe('InvalidCredentialsError')
    expect(await verify(browser, token)).toEqual(DONE)
    await app.signIn(browser, email)
    const { account } = (
      await browser.gql(
        '{ account { name locale emailVerified devices { isCurrent confirmedAt } sessionAlerts { totalCount } } }',
      )
    ).data
    expect(account).toEqual({
      name: 'Ada',
      locale: 'pt-BR',
      emailVerified: true,
      devices: [{ isCurrent: true, confirmedAt: app.clock.now().toISOString() }],
      sessionAlerts: { totalCount: 0 },
    })
  })

  it('opened anywhere else makes the account without the password: who signed up with a stranger’s address has nothing', async () => {
    const squatter = await asked()
    const owner = app.browser()
    await trySignIn(squatter.email, PASSWORD, owner) // a browser with a device cookie of its own, perhaps
    expect(await verify(owner, squatter.token)).toEqual(DONE)
    expect(await accountOf(squatter.email)).toMatchObject({ emailVerifiedAt: app.clock.now(), password: null })
    expect(await trySignIn(squatter.email, PASSWORD, squatter.browser)).toBe('InvalidCredentialsError')
    expect(await verify(squatter.browser, squatter.token)).toEqual(VOID)
    const page = `http://localhost:${new URL(app.url).port}/recover`
    await owner.gql(
      'mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }',
      {
        input: { email: squatter.email, redirectUrl: page },
      },
    )
    const link = await linkIn(smtp, squatter.email, 2)
    await owner.gql('mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }', {
      input: { token: tokenOf(link), newPassword: 'another horse battery' },
    })
    expect(await trySignIn(squatter.email, 'another horse battery', owner)).toBe('SignInPayload')
  })

  it('knows an app by its key', async () => {
    const key = 'k'.repeat(22)
    const [own, other] = [
      await asked({ transport: 'TOKEN', deviceKey: key }),
      await asked({ transport: 'TOKEN', deviceKey: key }),
    ]
    expect([...own.browser.jar.keys()]).toEqual([])
    expect(await verify(app.program(), own.token, key)).toEqual(DONE)
    expect(await verify(app.program(), other.token, 'o'.repeat(22))).toEqual(DONE)
    expect([await trySignIn(own.email), await trySignIn(other.email)]).toEqual(['SignInPayload', 'InvalidCredentialsError'])
  })

  it('is a page whose button does it, and which changes nothing by being opened', async () => {
    const { email, browser, link } = await asked()
    for (let time = 0; time < 2; time++) expect((await browser.fetch(`${link.pathname}${link.search}`)).status).toBe(200)
    expect(await accountOf(email)).toBeNull()
    const press = (who: TestClient) =>
      who.fetch(link.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token: tokenOf(link) }),
      })
    expect((await press(browser)).status).toBe(200)
    expect(await trySignIn(email)).toBe('SignInPayload')
    expect((await press(browser)).status).toBe(410)
    const elsewhere = await asked()
    const page = await app.browser().fetch(elsewhere.link.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: elsewhere.token }),
    })
    expect(await page.text()).toContain('action="/recover"')
  })

  it('works once of twenty at the same moment', async () => {
    const { browser, token, email } = await asked()
    const results = await Promise.all(Array.from({ length: 20 }, () => verify(browser, token)))
    expect(results.filter(({ __typename }) => __typename === 'VerifyEmailPayload')).toHaveLength(1)
    expect(await app.app.db.read.account.count({ where: { email } })).toBe(1)
  })

  it('is one of the newest three to its address, and the others are void once one is used', async () => {
    const first = await asked()
    const [second, third, fourth] = [await asked({}, first.email), await asked({}, first.email), await asked({}, first.email)]
    expect(await verify(first.browser, first.token)).toEqual(VOID)
    expect(await verify(second.browser, second.token)).toEqual(DONE)
    for (const { browser, token } of [third, fourth]) expect(await verify(browser, token)).toEqual(VOID)
  })

  it('is good for a day, and nothing is left of it then', async () => {
    const [early, late] = [await asked({ name: 'Early' }), await asked({ name: 'Late' })]
    await app.app.delivered()
    app.clock.advance(DAY - 1)
    expect(await verify(early.browser, early.token)).toEqual(DONE)
    app.clock.advance(1)
    expect(await verify(late.browser, late.token)).toEqual(VOID)
    await app.app.tick()
    expect(await app.app.db.read.pendingSignUp.count()).toBe(0)
  })

  it('is void once the address has an account, or sign-up is closed; and waits while passwords are switched off', async () => {
    const [taken, closed, off] = [await asked(), await asked(), await asked()]
    await app.settings({ signIn: { discloseTakenEmail: true } })
    await app.signUp(app.browser(), { email: taken.email })
    expect(await verify(taken.browser, taken.token)).toEqual(VOID)
    await app.settings({ signIn: { signUpOpen: false } })
    expect(await verify(closed.browser, closed.token)).toEqual(VOID)
    await app.settings({ signIn: { signUpOpen: true, methods: ['MAGIC_LINK'] } })
    expect(await verify(off.browser, off.token)).toBeNull()
    await app.settings({ signIn: { discloseTakenEmail: false, methods: ['PASSWORD'] } })
    expect(await verify(off.browser, off.token)).toEqual(DONE)
    expect(await trySignIn(off.email)).toBe('SignInPayload')
  })
})
