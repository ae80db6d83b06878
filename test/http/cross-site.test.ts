import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { SIGN_UP, signUp, WHO } from './documents.ts'
import { knock, openStream } from './stream.ts'

const FRIEND = 'https://app.example.com'
const FOREIGN = 'https://evil.example'
const PUBLIC_URL = 'https://auth.example.com'
const LISTEN = 'subscription { sessionEnded { id } }'

const app = await testApp({ env: { ALLOWED_ORIGINS: FRIEND } })
const production = await testApp({ env: { NODE_ENV: 'production', ALLOW_EMBEDDED: 'true', PUBLIC_URL } })

const FORBIDDEN = { errors: [{ message: 'This origin is not allowed here.', extensions: { code: 'FORBIDDEN' } }] }

const cookieOf = (jar: ReadonlyMap<string, string>): string => [...jar].map((pair) => pair.join('=')).join('; ')

describe('a foreign origin', () => {
  it.each([FOREIGN, 'null', 'https://app.example.com.evil.example', 'http://app.example.com'])(
    'gets 403 for a POST with a cookie: %s',
    async (origin) => {
      const { browser } = await app.person()
      const response = await browser.post({ query: WHO }, { origin })
      expect(response.status).toBe(403)
      expect(await response.json()).toEqual(FORBIDDEN)
    },
  )

  it('gets 403 for signing up or in, which would set a cookie', async () => {
    const response = await app.browser({ origin: FOREIGN }).post(signUp())
    expect([response.status, await response.json(), response.headers.getSetCookie()]).toEqual([403, FORBIDDEN, []])
  })

  it('gets 403 for a GET with a cookie', async () => {
    const { browser } = await app.person()
    const response = await browser.fetch(`/graphql?query=${encodeURIComponent(WHO)}`, { headers: { origin: FOREIGN } })
    expect(response.status).toBe(403)
  })

  it('is not helped by a Host header that it chose', async () => {
    const { browser } = await app.person()
    const response = await browser.post({ query: WHO }, { origin: FOREIGN, host: 'evil.example' })
    expect(response.status).toBe(403)
  })

  it('may ask with a credential of its own and no cookie, but no cookie is set for it', async () => {
    const { sessionToken, account } = await app.signUp(app.program(), { transport: 'TOKEN' })
    const foreign = app.browser({ origin: FOREIGN, bearer: sessionToken ?? '' })
    expect(await foreign.gql(WHO)).toEqual({ data: { account: { id: account.id }, signedOutReason: null } })
    const response = await foreign.post(signUp())
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({ data: { signUp: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect((await foreign.gql(SIGN_UP, signUp({ transport: 'TOKEN' }).variables)).data.signUp.sessionToken).toMatch(/^gst_/)
  })

  it('may not mix its credential with a cookie', async () => {
    const { browser } = await app.person()
    const { sessionToken } = await app.signUp(app.program(), { transport: 'TOKEN' })
    const response = await browser.post({ query: WHO }, { origin: FOREIGN, authorization: `Bearer ${sessionToken}` })
    expect(response.status).toBe(403)
  })

  it('opens no socket, with a cookie, a credential or nothing; an allowed one does', async () => {
    const { browser } = await app.person()
    const cookie = cookieOf(browser.jar)
    const authorization = `Bearer ${(await app.signUp(app.program(), { transport: 'TOKEN' })).sessionToken}`
    expect(await knock(app.url, { origin: FOREIGN, cookie })).toBe(403)
    expect(await knock(app.url, { origin: FOREIGN, authorization })).toBe(403)
    expect(await knock(app.url, { origin: FOREIGN })).toBe(403)
    expect(await knock(app.url, { origin: 'null', cookie })).toBe(403)
    expect(await knock(app.url, { origin: FRIEND, cookie })).toBe(101)
    expect(await knock(app.url, { authorization })).toBe(101)
  })

  it.each(['text/event-stream', 'application/json, text/event-stream', 'Text/Event-Stream', '*/*', 'text/*', ''])(
    'opens no event stream, whatever it says that it accepts: %s',
    async (accept) => {
      const { sessionToken } = await app.signUp(app.program(), { transport: 'TOKEN' })
      const before = app.app.listening()
      const { response, drop } = await openStream(app.browser({ origin: FOREIGN, bearer: sessionToken ?? '' }), LISTEN, {
        accept,
      })
      expect([403, 406]).toContain(response.status)
      expect(app.app.listening()).toBe(before)
      drop()
    },
  )

  it('opens no event stream with a cookie; an allowed one does', async () => {
    const { browser } = await app.person()
    const refused = await openStream(browser, LISTEN, { origin: FOREIGN })
    expect([refused.response.status, await refused.response.json()]).toEqual([403, FORBIDDEN])
    const opened = await openStream(browser, LISTEN, { origin: FRIEND })
    expect([opened.response.status, opened.response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    opened.drop()
  })
})

describe('an allowed origin', () => {
  it.each([FRIEND, 'http://localhost:5173', 'http://127.0.0.1:9'])('may use and set cookies: %s', async (origin) => {
    const browser = app.browser({ origin })
    const { account } = await app.signUp(browser)
    expect((await browser.gql(WHO)).data.account).toEqual({ id: account.id })
  })

  it('is in production the public one, and not this machine', async () => {
    const here = production.browser({ origin: PUBLIC_URL })
    await production.signUp(here)
    for (const origin of ['http://localhost:4000', production.url]) {
      const response = await production.browser({ origin }).post({ query: WHO })
      expect([response.status, await response.json()]).toEqual([403, FORBIDDEN])
      expect(await knock(production.url, { origin })).toBe(403)
    }
    expect(await knock(production.url, { origin: PUBLIC_URL, cookie: cookieOf(here.jar) })).toBe(101)
  })
})

describe('a request without an Origin', () => {
  it('may use the cookie if it comes from no browser', async () => {
    const { browser, account } = await app.person()
    const program = app.browser({ origin: null, headers: { cookie: cookieOf(browser.jar) } })
    expect((await program.gql(WHO)).data.account).toEqual({ id: account.id })
  })

  it.each(['cross-site', 'same-site', 'same-origin', 'none'])(
    'has no use of the cookie if a browser sent it: Sec-Fetch-Site %s',
    async (site) => {
      const { browser } = await app.person()
      const fromBrowser = app.browser({ origin: null, headers: { cookie: cookieOf(browser.jar), 'sec-fetch-site': site } })
      const response = await fromBrowser.fetch(`/graphql?query=${encodeURIComponent(WHO)}`)
      expect(await response.json()).toEqual({ data: { account: null, signedOutReason: null } })
      // it was not looked at, so it is not taken back either
      expect(response.headers.getSetCookie()).toEqual([])
    },
  )

  it('cannot have a cookie set if a browser sent it', async () => {
    const response = await app.browser({ origin: null, headers: { 'sec-fetch-site': 'cross-site' } }).post(signUp())
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  })
})

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'))

describe('CORS', () => {
  it('answers an allowed origin by name, with credentials', async () => {
    expect(corsOf(await app.browser({ origin: FRIEND }).post({ query: WHO }))).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': FRIEND,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id',
    })
  })

  it('says nothing to a foreign one, not even where its request is answered', async () => {
    const { sessionToken } = await app.signUp(app.program(), { transport: 'TOKEN' })
    const foreign = app.browser({ origin: FOREIGN })
    expect(corsOf(await foreign.post({ query: WHO }))).toEqual({ vary: 'Origin' })
    expect(corsOf(await foreign.post({ query: WHO }, { authorization: `Bearer ${sessionToken}` }))).toEqual({ vary: 'Origin' })
    expect(corsOf(await app.program().post({ query: WHO }))).toEqual({ vary: 'Origin' })
  })

  const preflight = (origin: string): Promise<Response> =>
    app.browser({ origin }).fetch('/graphql', {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,authorization' },
    })

  it('lets an allowed origin through the preflight', async () => {
    const response = await preflight(FRIEND)
    expect(response.status).toBe(204)
    expect(corsOf(response)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': FRIEND,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization, content-type, x-request-id',
      'access-control-allow-methods': 'GET, POST',
      'access-control-expose-headers': 'x-request-id',
      'access-control-max-age': '600',
    })
  })

  it.each([FOREIGN, 'null'])('does not let %s through the preflight', async (origin) => {
    expect(corsOf(await preflight(origin))).toEqual({ vary: 'Origin' })
  })
})

describe('what a page can send without being asked', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'query={__typename}'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--\r\n'],
    ['text/plain', '{"query":"{__typename}"}'],
    ['application/graphql', '{__typename}'],
    ['application/jsonp', '{"query":"{__typename}"}'],
  ])('is refused with 415: %s', async (type, body) => {
    const { browser } = await app.person()
    const response = await browser.fetch('/graphql', { method: 'POST', body, headers: { 'content-type': type } })
    expect(response.status).toBe(415)
    expect(await response.json()).toEqual({
      errors: [{ message: 'Send application/json.', extensions: { code: 'INVALID_INPUT' } }],
    })
  })

  it('is refused without a type at all', async () => {
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', body: Buffer.from('{"query":"{__typename}"}') })
    expect(response.status).toBe(415)
  })

  it('is accepted as JSON with a charset', async () => {
    const response = await app.browser().post({ query: '{ __typename }' }, { 'content-type': 'application/json; charset=utf-8' })
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
  })
})

describe('GET', () => {
  const get = (browser: ReturnType<typeof app.browser>, query: string): Promise<Response> =>
    browser.fetch(`/graphql?query=${encodeURIComponent(query)}`)

  it('runs a query', async () => {
    const { browser, account } = await app.person()
    expect(await (await get(browser, WHO)).json()).toEqual({ data: { account: { id: account.id }, signedOutReason: null } })
  })

  it('never runs a mutation', async () => {
    const { browser, account } = await app.person()
    const response = await get(browser, 'mutation { signOut(input: {}) { __typename } }')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await browser.gql(WHO)).data.account).toEqual({ id: account.id })
  })

  it('never runs a mutation that hides behind a query', async () => {
    const { browser, account } = await app.person()
    const query = 'query Q { __typename } mutation M { signOut(input: {}) { __typename } }'
    const response = await browser.fetch(`/graphql?operationName=M&query=${encodeURIComponent(query)}`)
    expect(response.status).toBe(405)
    expect((await browser.gql(WHO)).data.account).toEqual({ id: account.id })
  })

  it.each(['PUT', 'PATCH', 'DELETE'])('and POST are all there is: %s is 405', async (method) => {
    const body = JSON.stringify({ query: '{ __typename }' })
    expect((await app.browser().fetch('/graphql', { method, body })).status).toBe(405)
  })
})
