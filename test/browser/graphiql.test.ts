import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../support/app.ts'
import { isMissing, launch } from './chromium.ts'

/** A word of each tab's document. */
const DOCUMENTS: Readonly<Record<string, string>> = { Me: 'lastActiveAt', Alerts: 'sessionAlerts' }

const WINDOWS_CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'

describe.skipIf(isMissing)('GraphiQL in Chromium with the network closed', () => {
  let app: Awaited<ReturnType<typeof testApp>>
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const faults: string[] = []

  beforeAll(async () => {
    app = await testApp({ at: '2030-01-01T09:30:00.000Z' })
    browser = await launch()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const own = new URL(app.url).host
    const isOwn = (url: string) => /^(blob|data):/.test(url) || new URL(url).host === own
    await page.route('**', (route) => {
      if (isOwn(route.request().url())) return route.continue()
      foreign.push(route.request().url())
      return route.abort()
    })
    page.on('websocket', (socket) => {
      if (!isOwn(socket.url())) foreign.push(socket.url())
    })
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await page.goto(`${app.url}/graphql`)
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
  })
  afterAll(() => browser?.close())

  /** Goes to a tab. A press that falls into the slide of the tabs counts as a drag, so it is pressed until it is open. */
  const open = async (tab: string): Promise<void> => {
    const handle = page.getByRole('tab').filter({ hasText: tab })
    const press = async () => {
      await handle.getByRole('button').first().click({ delay: 50 })
      return handle.getAttribute('aria-selected')
    }
    await expect.poll(press, { timeout: 10_000, interval: 200 }).toBe('true')
    await page.locator('.graphiql-query-editor', { hasText: DOCUMENTS[tab] ?? '' }).waitFor({ timeout: 5_000 })
  }
  const executeButton = () => page.getByRole('button', { name: /^Execute query/ })

  /** Executes. Just after a change of tabs the page still has the old operation's name and finds none, so it is pressed again. */
  const executeUntil = (condition: () => Promise<boolean> | boolean) =>
    expect
      .poll(
        async () => {
          if (!(await condition()) && (await executeButton().isVisible())) await executeButton().click()
          return condition()
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBe(true)

  /** What the right-hand side shows; the editor draws its spaces as no-break spaces. */
  const shown = async (): Promise<string> =>
    (await page.locator('.graphiql-response .view-line').allInnerTexts()).join('\n').replaceAll('\u00a0', ' ')

  it('carries the name of the house and opens on the first of four steps', async () => {
    expect(await page.title()).toBe('Gatehouse')
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['SignUp', 'Me', 'Alerts', 'Report'])
    expect(await page.locator('.graphiql-query-editor').innerText()).toContain('Welcome')
  })

  it('signs up by the document that stands in the editor', async () => {
    await executeButton().click()
    await expect.poll(shown, { timeout: 10_000 }).toContain('"__typename": "SignInPayload"')
    const cookies = await page.context().cookies()
    expect(cookies.find(({ name }) => name === 'gatehouse')).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
  })

  it('runs a query as the person who signed up', async () => {
    await open('Me')
    await executeUntil(async () => (await shown()).includes('"email": "ada@example.com"'))
    expect(await shown()).toContain('"isCurrent": true')
  })

  it('shows an alert the moment the account signs in somewhere else', async () => {
    await open('Alerts')
    const before = app.app.listening()
    await executeUntil(() => app.app.listening() === before + 2) // the socket and the operation
    const { session } = await app.signIn(app.browser({ userAgent: WINDOWS_CHROME }), 'ada@example.com', { password: PASSWORD })
    await expect.poll(shown, { timeout: 5_000 }).toContain('"sessionAlerts": {')
    expect(await shown()).toContain('"isNewDevice": true')
    expect(await shown()).toContain('"name": "Chrome"')
    expect(session.id).toMatch(/^ses_/)
    const picture = process.env.GATEHOUSE_SCREENSHOT
    if (picture !== undefined) await page.screenshot({ path: picture })
  })

  it('keeps what is typed out of the address, and headers out of the storage', async () => {
    await page.locator('.graphiql-query-editor .view-lines').click()
    await page.keyboard.type('# a-secret-document')
    await page.getByRole('button', { name: 'Headers' }).click()
    const headers = page.locator('.graphiql-editor-tool .monaco-editor:visible')
    await headers.click()
    await page.locator('.graphiql-editor-tool .monaco-editor.focused').waitFor({ timeout: 5_000 })
    await page.keyboard.type('{"authorization":"Bearer gak_secret')
    await expect.poll(() => headers.innerText(), { timeout: 5_000 }).toContain('gak_secret')
    // the document is written to the storage after a pause; by then a header would have been, too
    const stored = () => page.evaluate(() => JSON.stringify({ ...localStorage }))
    await expect.poll(stored, { timeout: 10_000 }).toContain('a-secret-document')
    expect(await stored()).not.toContain('gak_secret')
    expect(page.url()).toBe(`${app.url}/graphql`)
  })

  it('asks no other host for anything and meets no error of its own', () => {
    expect(foreign).toEqual([])
    expect(faults).toEqual([])
  })
})
