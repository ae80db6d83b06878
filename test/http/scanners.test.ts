/**
 * The links of our mails as programs follow them that guard, preview or preload: every page of the table, in every way, by
 * whoever's browser, again and again. Nothing changes in any table, and then the button works, once.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PAGES } from '../../src/http/pages.ts'
import { newEmail, PASSWORD, testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { hiddenFields } from '../support/forms.ts'
import { stored } from '../support/stored.ts'
import { teamsOf } from '../support/teams.ts'
import { KIND_ROWS, KINDS, tokensOf } from '../support/tokens.ts'

const app = await testApp()
const { mailbox, make } = await tokensOf(app)
const teams = await teamsOf(app)

/** A link, and whose browser is signed in to its account; null where there is no account yet. */
type Link = Readonly<{
  page: string
  make: () => Promise<Readonly<{ link: URL; owner: TestClient | null }>>
  /** Whether its button works for its owner only, where he is signed in. */
  inSession?: true
}>

const waitingSignUp: Link = {
  page: '/email/verify',
  make: async () => {
    const [email, browser] = [newEmail(), app.browser()]
    await app.settings({ signIn: { discloseTakenEmail: false } })
    await browser.gql('mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      input: { email, password: PASSWORD },
    })
    await app.settings({ signIn: { discloseTakenEmail: true } })
    const [link] = await mailbox.links(email, 'sign-up-pending')
    return { link: link ?? expect.fail('no link in the mail'), owner: null }
  },
}

/** An invitation of somebody without an account, or of one who has one. */
const invitation = async (email: string, owner: TestClient | null) => {
  const ann = await app.person()
  const { team } = await teams.create(ann.browser)
  await teams.invite(ann.browser, { teamId: team.id, email, redirectUrl: null })
  const [link] = await mailbox.links(email, 'invitation')
  return { link: link ?? expect.fail('no link in the mail'), owner }
}

/** Every link that a mail can hold. */
const LINKS: Readonly<Record<string, Link>> = {
  ...Object.fromEntries(
    KINDS.flatMap((kind) => {
      const { page } = KIND_ROWS[kind]
      const made = async () => {
        const { link, person } = await make(kind)
        return { link: link ?? expect.fail('no link in the mail'), owner: person.browser }
      }
      return page === null ? [] : [[kind, { page, make: made }]]
    }),
  ),
  'sign-up-pending': waitingSignUp,
  'invitation, to a newcomer': { page: '/invitation', make: () => invitation(newEmail(), null) },
  'invitation, to an account': {
    page: '/invitation',
    make: async () => {
      const { email, browser } = await app.person()
      return invitation(email, browser)
    },
    inSession: true,
  },
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** What such programs say of themselves. */
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { purpose: 'prefetch' },
  { 'x-moz': 'prefetch' },
  { 'sec-purpose': 'prefetch' },
  { 'sec-purpose': 'prefetch;prerender' },
  { 'x-purpose': 'preview' },
  { 'user-agent': 'Mozilla/5.0 (compatible; LinkScanner/1.0)' },
  { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://mail.example.net' },
  { 'x-http-method-override': 'POST', 'x-http-method': 'POST', 'x-method-override': 'POST' },
  { range: 'bytes=0-99' },
]

/** Each method, and what it is answered for a good link. */
const METHODS = { GET: 200, HEAD: 200, OPTIONS: 405 } as const

const FOUND = Object.keys(METHODS) as (keyof typeof METHODS)[] // the table's own keys

/** Opens a path in every way. @returns what was answered, each once. */
const scan = async (who: TestClient, path: string): Promise<readonly string[]> => {
  const answers = new Set<string>()
  for (const method of FOUND)
    for (const headers of HEADERS)
      for (let time = 0; time < 2; time++) {
        const response = await who.fetch(path, { method, headers })
        expect(response.headers.getSetCookie(), `${method} ${path}`).toEqual([])
        expect(await response.text(), `${method} ${path}`).not.toContain('<script')
        answers.add(`${method} ${response.status}`)
      }
  return [...answers].toSorted()
}

const expected = (good: number): readonly string[] =>
  FOUND.map((method) => `${method} ${METHODS[method] === 200 ? good : METHODS[method]}`).toSorted()

/** Somebody without cookies, somebody with another's, somebody with the owner's. */
const scanners = async (owner: TestClient | null): Promise<readonly TestClient[]> => [
  app.program(),
  (await app.person()).browser,
  ...(owner === null ? [] : [owner]),
]

/** What is there to be changed, once the sweeps have been through. */
const everything = async () => {
  await app.app.tick()
  return stored(app)
}

describe('every page', () => {
  it('is behind a link that is scanned here', () => {
    expect([...new Set(Object.values(LINKS).map(({ page }) => page))].toSorted()).toEqual(Object.keys(PAGES).toSorted())
  })

  it.each(Object.keys(PAGES))('%s changes nothing for a link that never was one, whoever opens it', async (page) => {
    const bare = (await fetch(`${app.url}${page}`)).status
    const who = await scanners(null)
    const before = await everything()
    for (const scanner of who) {
      expect(await scan(scanner, `${page}?token=${randomBytes(32).toString('base64url')}`)).toEqual(expected(410))
      expect(await scan(scanner, page)).toEqual(expected(bare))
    }
    expect(await everything()).toEqual(before)
  })
})

describe.each(Object.entries(LINKS))('the link of %s', (_name, { page, make: makeLink, inSession = false }) => {
  it('changes nothing however it is opened, and its button works afterwards, once', async () => {
    const { link, owner } = await makeLink()
    const path = `${link.pathname}${link.search}`
    expect(link.pathname).toBe(page)
    const who = await scanners(owner)
    const before = await everything()
    for (const scanner of who) expect(await scan(scanner, path)).toEqual(expected(200))
    await Promise.all(Array.from({ length: 10 }, () => fetch(`${app.url}${path}`)))
    expect(await everything()).toEqual(before)

    const presser = inSession && owner !== null ? owner : app.browser()
    const fields = hiddenFields(await (await fetch(`${app.url}${path}`)).text())
    fields.set('password', 'another horse battery') // for the page that asks for one
    const press = () => presser.fetch(page, { method: 'POST', headers: FORM, body: fields })
    expect((await press()).status).toBe(200)
    const after = await everything()
    expect(after).not.toEqual(before)
    expect((await press()).status).toBe(410)
    expect(await everything()).toEqual(after)
    for (const scanner of who) expect(await scan(scanner, path)).toEqual(expected(410))
    expect(await everything()).toEqual(after)
  })
})
