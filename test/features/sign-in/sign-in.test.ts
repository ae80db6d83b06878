import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const SIGN_IN = `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
  __typename
  ... on SignInPayload { account { id } session { id isCurrent } sessionToken handoverCode }
  ... on UserError { code message }
  ... on InvalidInputError { fields { path } } } }`

const body = async (input: Record<string, unknown>, who: TestClient = app.browser()): Promise<string> =>
  (await who.post({ query: SIGN_IN, variables: { input } })).text()

const WHO = '{ account { id currentSession { id } } signedOutReason }'

/** The same browser as it was: its cookies then, whatever has been set since. */
const copyOf = (browser: TestClient): TestClient => {
  const copy = app.browser()
  for (const [name, value] of browser.jar) copy.jar.set(name, value)
  return copy
}

describe('signInWithPassword', () => {
  it('opens a session whose owner reads the rest of the same answer', async () => {
    const { email, account, session: first } = await app.person()
    const answer = await app.browser().gql(
      `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ... on SignInPayload {
        account { id currentSession { isCurrent } sessions { totalCount nodes { id isCurrent } } }
        session { id isCurrent viewerCanRevoke account { id } } } } }`,
      { input: { email: email.toUpperCase(), password: PASSWORD } },
    )
    expect(answer.errors).toBeUndefined()
    const { session } = answer.data.signInWithPassword
    expect(answer.data.signInWithPassword.account).toMatchObject({ id: account.id, currentSession: { isCurrent: true } })
    expect(session).toMatchObject({ isCurrent: true, viewerCanRevoke: true, account: { id: account.id } })
    const { sessions } = answer.data.signInWithPassword.account
    expect(sessions.totalCount).toBe(2)
    expect(sessions.nodes).toContainEqual({ id: session.id, isCurrent: true })
    expect(sessions.nodes).toContainEqual({ id: first.id, isCurrent: false })
  })

  it('says the same, byte for byte, for a wrong password, an unknown address and an account without a password', async () => {
    const { email } = await app.person()
    const withoutPassword = newEmail()
    await app.app.operators.createAdmin(withoutPassword)
    const wrong = await body({ email, password: 'not the password' })
    expect(JSON.parse(wrong)).toEqual({
      data: {
        signInWithPassword: { __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS', message: expect.any(String) },
      },
    })
    expect(await body({ email: newEmail(), password: PASSWORD })).toBe(wrong)
    expect(await body({ email: withoutPassword, password: PASSWORD })).toBe(wrong)
    expect(await body({ email, password: 'x'.repeat(1_024) })).toBe(wrong)
    expect(JSON.parse(await body({ email, password: PASSWORD })).data.signInWithPassword.__typename).toBe('SignInPayload')
  })

  it('knows a password however the keyboard composed it, and only whole', async () => {
    const { email } = await app.person({ password: 'caf\u00e9 ﬁsch brot' })
    expect((await app.trySignIn(app.browser(), { email, password: 'cafe\u0301 fisch brot' })).__typename).toBe('SignInPayload')
    expect((await app.trySignIn(app.browser(), { email, password: 'café fisch bro' })).code).toBe('INVALID_CREDENTIALS')
    expect((await app.trySignIn(app.browser(), { email, password: 'Café fisch brot' })).code).toBe('INVALID_CREDENTIALS')
  })

  it('names every field that is not acceptable, all at once', async () => {
    const answer = JSON.parse(await body({ email: 'nobody', password: 'x'.repeat(1_025), deviceKey: '!'.repeat(22) }))
    expect(answer.data.signInWithPassword.fields).toEqual([
      { path: 'input.email' },
      { path: 'input.password' },
      { path: 'input.deviceKey' },
    ])
  })

  it('is METHOD_DISABLED while passwords are switched off, before the password is looked at', async () => {
    const { email, browser } = await app.person()
    await app.settings({ signIn: { methods: ['MAGIC_LINK'] } })
    const right = await body({ email, password: PASSWORD })
    expect(JSON.parse(right)).toMatchObject({
      data: { signInWithPassword: null },
      errors: [{ extensions: { code: 'METHOD_DISABLED' } }],
    })
    expect(await body({ email, password: 'not the password' })).toBe(right)
    expect(await body({ email: newEmail(), password: PASSWORD })).toBe(right)
    expect((await browser.gql(WHO)).data.account).not.toBeNull()
    await app.settings({ signIn: { methods: ['PASSWORD'] } })
    expect((await app.trySignIn(app.browser(), { email })).__typename).toBe('SignInPayload')
  })

  it('asks for recovery after a report, and says so only to whoever knows the password', async () => {
    const { email, browser } = await app.person()
    const intruder = app.browser()
    await app.signIn(intruder, email)
    const alertId = (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes[0].id
    await browser.gql('mutation ($id: ID!) { reportSessionAlert(input: { alertId: $id }) { __typename } }', { id: alertId })
    expect(await app.trySignIn(intruder, { email })).toEqual({
      __typename: 'PasswordResetRequiredError',
      code: 'PASSWORD_RESET_REQUIRED',
      message: expect.any(String),
    })
    expect((await app.trySignIn(intruder, { email, password: 'not the password' })).code).toBe('INVALID_CREDENTIALS')
    expect((await browser.gql(WHO)).data.account).not.toBeNull()
  })

  it('takes back a deletion that was asked for', async () => {
    const { browser, email, account } = await app.person()
    const stays = await app.person()
    await browser.gql('mutation { deleteAccount(input: {}) { __typename } }')
    await stays.browser.gql('mutation { deleteAccount(input: {}) { __typename } }')
    expect((await browser.gql(WHO)).data).toEqual({ account: null, signedOutReason: null }) // its cookie was cleared with the answer
    const back = app.browser()
    await app.signIn(back, email)
    app.clock.advance(14 * 86_400 - 60)
    expect((await back.gql('mutation { extendSession(input: {}) { __typename } }')).data.extendSession.__typename).toBe(
      'ExtendSessionPayload',
    )
    app.clock.advance(60)
    await app.app.tick()
    expect((await back.gql(WHO)).data.account.id).toBe(account.id)
    expect((await app.trySignIn(app.browser(), { email: stays.email })).code).toBe('INVALID_CREDENTIALS')
    expect((await app.signIn(app.browser(), email)).account.id).toBe(account.id)
  })
})

describe('a session’s transport', () => {
  it('is a cookie that script cannot read, for as long as the session lives', async () => {
    const { email } = await app.person()
    const browser = app.browser()
    const response = await browser.post({ query: SIGN_IN, variables: { input: { email, password: PASSWORD } } })
    const cookies = response.headers.getSetCookie()
    expect(cookies).toContainEqual(
      expect.stringMatching(/^gatehouse=gst_[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/),
    )
    expect(cookies).toContainEqual(
      expect.stringMatching(/^gatehouse-device=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax$/),
    )
    expect(await response.text()).not.toContain('gst_')
  })

  it('is a token that works as a bearer header and leaves no cookie', async () => {
    const { email, account } = await app.person()
    const { sessionToken, handoverCode, session } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
    expect(handoverCode).toBeNull()
    const bearer = app.program(sessionToken ?? '')
    expect((await bearer.gql(WHO)).data.account).toEqual({ id: account.id, currentSession: { id: session.id } })
    const signIn = await bearer.post({ query: SIGN_IN, variables: { input: { email, password: PASSWORD, transport: 'TOKEN' } } })
    expect(signIn.headers.getSetCookie()).toEqual([])
    const bad = await app.program(`${sessionToken?.slice(0, -1)}!`).gql(WHO)
    expect(bad.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
  })

  it('is replaced by the next one in the same browser, and by nothing else', async () => {
    const { email, browser } = await app.person()
    const elsewhere = app.browser()
    await app.signIn(elsewhere, email)
    const before = copyOf(browser)
    await app.signIn(browser, email)
    expect((await before.gql(WHO)).data).toEqual({ account: null, signedOutReason: 'REPLACED' })
    expect((await elsewhere.gql(WHO)).data.account).not.toBeNull()
    expect((await browser.gql('{ account { sessions { totalCount } } }')).data.account.sessions.totalCount).toBe(2)
  })

  it('is not replaced by signing in to another account there, or by a wrong password', async () => {
    const [one, other] = [await app.person(), await app.person()]
    const before = copyOf(one.browser)
    await app.trySignIn(one.browser, { email: one.email, password: 'not the password' })
    await app.signIn(one.browser, other.email)
    expect((await before.gql(WHO)).data.account.id).toBe(one.account.id)
    expect((await one.browser.gql(WHO)).data.account.id).toBe(other.account.id)
  })

  it('over a socket can only be a token', async () => {
    const { email } = await app.person()
    const socket = app.browser().socket()
    const attempt = async (transport: string) => {
      const results = socket.client.iterate({ query: SIGN_IN, variables: { input: { email, password: PASSWORD, transport } } })
      for await (const result of results) return result
      return null
    }
    expect(await attempt('COOKIE')).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(await attempt('TOKEN')).toMatchObject({
      data: { signInWithPassword: { session: { isCurrent: true }, sessionToken: expect.stringMatching(/^gst_/) } },
    })
    await socket.client.dispose()
  })
})
