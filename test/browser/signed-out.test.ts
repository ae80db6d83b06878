/** A page that listens with the official graphql-ws client, as it is published for browsers, when its session is revoked. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { isMissing, launch } from './chromium.ts'

const client = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('graphql-ws')), '../umd/graphql-ws.min.js'),
  'utf8',
)

/** The client's own rules say what is tried again, five times as it comes; a retry would follow without a pause. */
const APPLICATION = `
  document.body.innerHTML = '<p id="state">connecting</p><p id="connections">0</p>'
  const show = (id, text) => { document.getElementById(id).textContent = text }
  let connections = 0
  graphqlWs.createClient({
    url: location.origin.replace('http', 'ws') + '/graphql',
    retryWait: async () => {},
    on: { connecting: () => show('connections', ++connections), connected: () => show('state', 'connected') },
  }).subscribe({ query: 'subscription { sessionAlerts { id } }' }, {
    next: () => {},
    error: (closed) => show('state', closed.code === undefined ? 'refused' : 'signed out: ' + closed.code + ' ' + closed.reason),
    complete: () => show('state', 'complete'),
  })`

describe.skipIf(isMissing)('a page whose session is revoked', () => {
  let app: Awaited<ReturnType<typeof testApp>>
  let browser: Browser
  beforeAll(async () => {
    app = await testApp()
    browser = await launch()
  })
  afterAll(() => browser?.close())

  const open = async (cookie: string): Promise<Page> => {
    const page = await browser.newPage({ bypassCSP: true })
    await page.context().addCookies([{ name: 'gatehouse', value: cookie, url: app.url }])
    await page.goto(`${app.url}/healthz`) // any page of the origin
    const before = app.app.listening()
    for (const script of [client, APPLICATION]) await page.addScriptTag({ content: script })
    await expect.poll(() => app.app.listening()).toBe(before + 2) // the socket and the operation
    return page
  }
  const shown = (page: Page, id: string): Promise<string> => page.locator(`#${id}`).innerText()

  it('shows the reason within a second, and does not connect again', async () => {
    const { browser: owner, email } = await app.person()
    const other = app.browser()
    const { session } = await app.signIn(other, email)
    const page = await open(other.jar.get('gatehouse') ?? '')
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    expect([await shown(page, 'state'), await shown(page, 'connections')]).toEqual(['connected', '1'])

    await owner.gql('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }', { id: session.id })
    const revoked = performance.now()
    await expect.poll(() => shown(page, 'state'), { interval: 10 }).toBe('signed out: 4401 REVOKED_BY_ACCOUNT')
    expect(performance.now() - revoked).toBeLessThan(1_000)
    expect([await shown(page, 'connections'), sockets]).toEqual(['1', []])
  })

  it('would connect again if its socket were merely lost', async () => {
    const { browser: owner } = await app.person()
    const page = await open(owner.jar.get('gatehouse') ?? '')
    await app.close()
    await expect.poll(() => shown(page, 'connections').then(Number)).toBeGreaterThan(1)
  })
})
