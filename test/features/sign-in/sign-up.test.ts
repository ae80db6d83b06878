import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) {
  __typename
  ... on SignInPayload { account { id email name locale hasPassword } session { id } sessionToken handoverCode }
  ... on UserError { code message }
  ... on WeakPasswordError { violations { rule message } suggestions }
  ... on InvalidInputError { fields { path message } } } }`

const signUp = async (input: Record<string, unknown>, who: TestClient = app.browser()) =>
  (await who.gql(SIGN_UP, { input: { email: newEmail(), password: PASSWORD, ...input } })).data.signUp

/** The paths that were refused. */
const refused = async (input: Record<string, unknown>): Promise<string[]> =>
  (await signUp(input)).fields.map((field: { path: string }) => field.path)

describe('signUp', () => {
  it('makes an account, signs it in, and lets the same answer be read by its owner', async () => {
    const browser = app.browser({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' })
    const email = newEmail()
    const answer = await browser.gql(
      `mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignInPayload {
        account { email emailVerified hasPassword status labels preferences wantsSessionAlerts
          currentSession { isCurrent } sessions { totalCount nodes { id isCurrent } } devices { isCurrent } sessionAlerts { totalCount } }
        session { id isCurrent viewerCanRevoke method provider factors createdAt authenticatedAt lastActiveAt expiresAt idleExpiresAt
          endedAt endReason ip client { name osName } account { email } device { label isCurrent confirmedAt } } } } }`,
      { input: { email, password: PASSWORD } },
    )
    const now = app.clock.now().toISOString()
    const { session, account } = answer.data.signUp
    expect(answer.errors).toBeUndefined()
    expect(account).toEqual({
      email,
      emailVerified: false,
      hasPassword: true,
      status: 'ACTIVE',
      labels: [],
      preferences: {},
      wantsSessionAlerts: true,
      currentSession: { isCurrent: true },
      sessions: { totalCount: 1, nodes: [{ id: session.id, isCurrent: true }] },
      devices: [{ isCurrent: true }],
      sessionAlerts: { totalCount: 0 },
    })
    expect(session).toEqual({
      id: expect.stringMatching(/^ses_[0-9A-Z]{26}$/),
      isCurrent: true,
      viewerCanRevoke: true,
      method: 'PASSWORD',
      provider: null,
      factors: ['PASSWORD'],
      createdAt: now,
      authenticatedAt: now,
      lastActiveAt: now,
      expiresAt: '2030-01-31T00:00:00.000Z',
      idleExpiresAt: '2030-01-15T00:00:00.000Z',
      endedAt: null,
      endReason: null,
      ip: '127.0.0.1',
      client: { name: 'Firefox', osName: 'GNU/Linux' },
      account: { email },
      device: { label: 'Firefox on GNU/Linux', isCurrent: true, confirmedAt: now },
    })
  })

  it('brings address, name and locale into one form', async () => {
    const { account } = await signUp({ email: '  Anna.Müller+x@Bücher.EXAMPLE ', name: '  Anna  ', locale: 'PT-br' })
    expect(account).toMatchObject({ email: 'anna.müller+x@xn--bcher-kva.example', name: 'Anna', locale: 'pt-BR' })
    expect((await signUp({ name: '   ' })).account.name).toBeNull()
    expect((await signUp({ name: null, locale: null })).account).toMatchObject({ name: null, locale: null })
  })

  it('refuses an address that is taken, in whatever spelling it comes', async () => {
    await signUp({ email: 'taken@bücher.example' })
    for (const email of ['TAKEN@BÜCHER.example', ' taken@xn--bcher-kva.example', 'taken@XN--BCHER-KVA.EXAMPLE'])
      expect(await signUp({ email })).toEqual({
        __typename: 'EmailTakenError',
        code: 'EMAIL_TAKEN',
        message: expect.any(String),
      })
    // dots and plus signs are the provider's business: these are other people
    expect((await signUp({ email: 'ta.ken@bücher.example' })).__typename).toBe('SignInPayload')
  })

  it('gives an address to one of two who ask at the same moment', async () => {
    const email = newEmail()
    const both = await Promise.all([signUp({ email }), signUp({ email })])
    expect(both.map((result) => result.__typename).toSorted()).toEqual(['EmailTakenError', 'SignInPayload'])
  })

  it('counts a password after NFKC in code points, and names every rule it breaks', async () => {
    const tooShort = { __typename: 'WeakPasswordError', code: 'WEAK_PASSWORD', violations: [{ rule: 'TOO_SHORT' }] }
    expect(await signUp({ password: '' })).toMatchObject(tooShort)
    expect(await signUp({ password: '🔑'.repeat(7) })).toMatchObject(tooShort)
    expect(await signUp({ password: 'e\u0301'.repeat(7) })).toMatchObject(tooShort) // seven é
    const tooLong = await signUp({ password: 'x'.repeat(257) })
    expect(tooLong).toMatchObject({ violations: [{ rule: 'TOO_LONG', message: expect.stringContaining('256') }] })
    expect(tooLong.suggestions).toHaveLength(1)
    expect((await signUp({ password: '🔑'.repeat(256) })).__typename).toBe('SignInPayload')
    expect((await signUp({ password: 'ﬃ'.repeat(3) })).__typename).toBe('SignInPayload') // nine letters after NFKC
  })

  it('names every field that is not acceptable, all at once, and makes nothing', async () => {
    expect(
      await refused({
        email: 'nobody',
        password: 'x'.repeat(1_025),
        name: 'x'.repeat(129),
        locale: 'en_US!',
        deviceKey: 'short',
      }),
    ).toEqual(['input.email', 'input.password', 'input.name', 'input.locale', 'input.deviceKey'])
    for (const email of [
      '',
      '@',
      'a@b',
      'a b@example.com',
      'a@b@example.com',
      'a..b@example.com',
      `${'x'.repeat(65)}@example.com`,
    ])
      expect(await refused({ email })).toEqual(['input.email'])
    expect(await refused({ email: `x@${'a.'.repeat(130)}example.com` })).toEqual(['input.email'])
    expect(await refused({ email: 'a\u0000b@example.com' })).toEqual(['input.email'])
    for (const name of ['a\nb', 'a\u0000b', '\ud800']) expect(await refused({ name })).toEqual(['input.name'])
    for (const locale of ['', 'english please', 'x'.repeat(36)]) expect(await refused({ locale })).toEqual(['input.locale'])
    expect((await signUp({ name: '🙂'.repeat(128) })).__typename).toBe('SignInPayload')
  })

  it('refuses a password of more than 1,024 characters unread, and judges one of 1,024', async () => {
    expect(await refused({ password: 'x'.repeat(1_025) })).toEqual(['input.password'])
    expect(await refused({ password: '🔑'.repeat(1_025) })).toEqual(['input.password'])
    expect((await signUp({ password: '🔑'.repeat(1_024) })).__typename).toBe('WeakPasswordError')
  })

  it('gives a token to an app and no cookie, and a cookie to a browser and no token', async () => {
    const program = app.program()
    const token = await signUp({ transport: 'TOKEN' }, program)
    expect(token).toMatchObject({ sessionToken: expect.stringMatching(/^gst_[\w-]{43}$/), handoverCode: null })
    expect([...program.jar.keys()]).toEqual([])
    const browser = app.browser()
    expect(await signUp({}, browser)).toMatchObject({ sessionToken: null, handoverCode: expect.stringMatching(/^[\w-]{43}$/) })
    expect([...browser.jar.keys()].toSorted()).toEqual(['gatehouse', 'gatehouse-device'])
  })

  it('is refused while sign-up is closed, and open again afterwards', async () => {
    await app.settings({ signIn: { signUpOpen: false } })
    expect(await signUp({})).toEqual({ __typename: 'SignUpClosedError', code: 'SIGN_UP_CLOSED', message: expect.any(String) })
    await app.settings({ signIn: { signUpOpen: true } })
    expect((await signUp({})).__typename).toBe('SignInPayload')
  })

  it('is METHOD_DISABLED while passwords are switched off, whatever the address', async () => {
    const { email } = await app.person()
    await app.settings({ signIn: { methods: ['MAGIC_LINK'] } })
    const answers = await Promise.all(
      [email, newEmail()].map((address) => app.browser().gql(SIGN_UP, { input: { email: address, password: PASSWORD } })),
    )
    for (const answer of answers) expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['METHOD_DISABLED'])
    await app.settings({ signIn: { methods: ['PASSWORD'] } })
    expect((await signUp({})).__typename).toBe('SignInPayload')
  })
})
