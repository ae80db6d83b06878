import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../support/app.ts'
import { SIGN_OUT, signUp } from './documents.ts'

const MONTH = 2_592_000
const DEVICE = 400 * 86_400
const PUBLIC_URL = 'https://auth.example.com'

const loopback = await testApp()
const secure = await testApp({ env: { PUBLIC_URL } })
const embeddable = await testApp({ env: { PUBLIC_URL, COOKIE_SAME_SITE: 'none' } })

/** What a sign-up sets, with the random values taken out. */
const setBy = async (response: Response): Promise<string[]> =>
  response.headers.getSetCookie().map((line) => line.replace(/=gst_[\w-]{43};/, '=TOKEN;').replace(/=[\w-]{43};/, '=KEY;'))

describe('the session cookie', () => {
  it('has no prefix and no Secure on plain http to this machine, which browsers would not keep otherwise', async () => {
    expect(await setBy(await loopback.browser().post(signUp()))).toEqual([
      `gatehouse=TOKEN; Path=/; Max-Age=${MONTH}; HttpOnly; SameSite=Lax`,
      `gatehouse-device=KEY; Path=/; Max-Age=${DEVICE}; HttpOnly; SameSite=Lax`,
    ])
  })

  it('is __Host-, Secure, HttpOnly, Lax, on the root path and without a domain where people come over https', async () => {
    expect(await setBy(await secure.browser({ origin: PUBLIC_URL }).post(signUp()))).toEqual([
      `__Host-gatehouse=TOKEN; Path=/; Max-Age=${MONTH}; HttpOnly; Secure; SameSite=Lax`,
      `__Host-gatehouse-device=KEY; Path=/; Max-Age=${DEVICE}; HttpOnly; Secure; SameSite=Lax`,
    ])
  })

  it('is read under its secure name only there', async () => {
    const browser = secure.browser({ origin: PUBLIC_URL })
    const { account } = await secure.signUp(browser)
    expect((await browser.gql('{ account { id } }')).data).toEqual({ account: { id: account.id } })
    const token = browser.jar.get('__Host-gatehouse') ?? ''
    const bare = secure.browser({ origin: PUBLIC_URL, headers: { cookie: `gatehouse=${token}` } })
    expect((await bare.gql('{ account { id } }')).data).toEqual({ account: null })
  })

  it('is partitioned and SameSite=None where the operator lets pages of other sites in', async () => {
    expect(await setBy(await embeddable.browser({ origin: PUBLIC_URL }).post(signUp()))).toEqual([
      `__Host-gatehouse=TOKEN; Path=/; Max-Age=${MONTH}; HttpOnly; Secure; SameSite=None; Partitioned`,
      `__Host-gatehouse-device=KEY; Path=/; Max-Age=${DEVICE}; HttpOnly; Secure; SameSite=None; Partitioned`,
    ])
  })

  it('lives as long as the session may', async () => {
    await embeddable.settings({ sessions: { lifetimeSeconds: 3_600 } })
    expect((await setBy(await embeddable.browser({ origin: PUBLIC_URL }).post(signUp())))[0]).toContain('Max-Age=3600;')
  })

  it('is renewed when the session is extended', async () => {
    const { browser } = await loopback.person()
    loopback.clock.advance(86_400)
    const [plain, extension] = [
      await browser.post({ query: '{ account { id } }' }),
      await browser.post({ query: 'mutation { extendSession(input: {}) { __typename } }' }),
    ]
    expect(await setBy(plain)).toEqual([])
    expect(await setBy(extension)).toEqual([`gatehouse=TOKEN; Path=/; Max-Age=${MONTH}; HttpOnly; SameSite=Lax`])
  })

  it('is taken back by signing out, the device cookie stays', async () => {
    const { browser } = await loopback.person()
    expect(await setBy(await browser.post({ query: SIGN_OUT }))).toEqual([
      'gatehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    ])
    expect([...browser.jar.keys()]).toEqual(['gatehouse-device'])
  })

  it('shows its value to no script: the payload has none', async () => {
    const answer = await (await loopback.browser().post(signUp())).text()
    expect(answer).not.toContain('gst_')
  })
})

describe('transport TOKEN', () => {
  it('hands the token to the caller and sets no cookie', async () => {
    const response = await loopback.browser().post(signUp({ transport: 'TOKEN' }))
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toEqual({
      data: { signUp: { account: { id: expect.any(String) }, sessionToken: expect.stringMatching(/^gst_[\w-]{43}$/) } },
    })
  })

  it('sets none at sign-in either', async () => {
    const { email } = await loopback.person()
    const response = await loopback.browser().post({
      query:
        'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ... on SignInPayload { handoverCode sessionToken } } }',
      variables: { input: { email, password: PASSWORD, transport: 'TOKEN' } },
    })
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await response.json()).data.signInWithPassword).toEqual({
      handoverCode: null,
      sessionToken: expect.stringMatching(/^gst_/),
    })
  })
})
