import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'

const app = await testApp()
const behindProxy = await testApp({ env: { TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' } })

const ipOf = async (at: typeof app, headers: Record<string, string>): Promise<string> => {
  const browser = at.browser({ headers })
  await at.signUp(browser)
  return (await browser.gql('{ account { currentSession { ip } } }')).data.account.currentSession.ip
}

describe('X-Forwarded-For', () => {
  it('is not believed from just anybody', async () => {
    expect(await ipOf(app, { 'x-forwarded-for': '198.51.100.1' })).toBe('127.0.0.1')
  })

  it('is believed from a trusted proxy, as far as the right-most hop that is none', async () => {
    expect(await ipOf(behindProxy, { 'x-forwarded-for': '198.51.100.1' })).toBe('198.51.100.1')
    expect(await ipOf(behindProxy, { 'x-forwarded-for': '6.6.6.6, 198.51.100.1, 10.2.3.4' })).toBe('198.51.100.1')
    expect(await ipOf(behindProxy, {})).toBe('127.0.0.1')
  })
})

describe('X-Forwarded-Proto', () => {
  const cookieFor = async (at: typeof app, headers: Record<string, string>) => {
    const browser = at.browser({ headers })
    await at.signUp(browser)
    return [...browser.jar.keys()][0]
  }

  it('decides on the Secure cookie from a trusted proxy only', async () => {
    expect(await cookieFor(behindProxy, { 'x-forwarded-proto': 'https' })).toBe('__Host-gatehouse')
    expect(await cookieFor(behindProxy, { 'x-forwarded-proto': 'http' })).toBe('gatehouse')
    expect(await cookieFor(app, { 'x-forwarded-proto': 'https' })).toBe('gatehouse')
  })
})

describe('x-request-id', () => {
  const idOf = async (at: typeof app, headers: Record<string, string>) =>
    (await at.browser({ headers }).post({ query: '{ __typename }' })).headers.get('x-request-id')

  it('is on every answer and never the same', async () => {
    const ids = [await idOf(app, {}), await idOf(app, {})]
    expect(ids[0]).toMatch(/^[\w-]{36}$/)
    expect(ids[1]).toMatch(/^[\w-]{36}$/)
    expect(ids[0]).not.toBe(ids[1])
    const refused = await app
      .browser()
      .fetch('/graphql', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })
    expect(refused.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
  })

  it('is the proxy’s own, if it is trusted and the id is one', async () => {
    expect(await idOf(behindProxy, { 'x-request-id': 'edge-12345678' })).toBe('edge-12345678')
    for (const bad of ['short', 'x'.repeat(65), 'has spaces in it', '<script>alert(1)</script>'])
      expect(await idOf(behindProxy, { 'x-request-id': bad })).toMatch(/^[0-9a-f-]{36}$/)
    expect(await idOf(app, { 'x-request-id': 'edge-12345678' })).not.toBe('edge-12345678')
  })
})
