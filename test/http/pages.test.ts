import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PAGES } from '../../src/http/pages.ts'
import { newEmail, testApp } from '../support/app.ts'
import { teamsOf } from '../support/teams.ts'
import { tokensOf } from '../support/tokens.ts'

const texts = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))
afterAll(() => rmSync(texts, { recursive: true }))
writeFileSync(join(texts, 'nl.json'), JSON.stringify({ brand: 'Acme', pages: { undo: { button: 'Ongedaan maken' } } }))
const app = await testApp({ env: { MAIL_TEXTS: texts } })
const { mailbox, make } = await tokensOf(app)
const teams = await teamsOf(app)

const open = async (path: string, accepted: string, init: RequestInit = {}) => {
  const response = await fetch(`${app.url}${path}`, { ...init, headers: { 'accept-language': accepted, ...init.headers } })
  const html = await response.text()
  return {
    status: response.status,
    html,
    headers: response.headers,
    language: /^<!doctype html><html lang="(\S+)" dir/.exec(html)?.[1],
  }
}

const press = (path: string, fields: Record<string, string>, accepted: string, headers: Record<string, string> = {}) =>
  open(path, accepted, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: app.url, ...headers } })

/** An invitation to somebody who reads that language. @returns where its link leads. */
const invitationOf = async (email: string): Promise<string> => {
  const ann = await app.person()
  const { team } = await teams.create(ann.browser)
  await teams.invite(ann.browser, { teamId: team.id, email, redirectUrl: null })
  const [link] = await mailbox.links(email, 'invitation')
  return `${link?.pathname}${link?.search}`
}

/** One good link to each of the pages, of an account that reads that language. */
const linksOf = async (locale: string | null): Promise<readonly string[]> => {
  const links: string[] = []
  for (const kind of ['password-recovery', 'email-verification', 'email-undo', 'alert-report'] as const) {
    const { link } = await make(kind, locale === null ? {} : { locale })
    links.push(`${link?.pathname}${link?.search}`)
  }
  links.push(await invitationOf((await app.person(locale === null ? {} : { locale })).email))
  expect(links.map((link) => link.split('?')[0]).toSorted()).toEqual(Object.keys(PAGES).toSorted())
  return links
}

describe('each page', () => {
  it('is in the language of the account behind its link, whatever the browser asks for', async () => {
    for (const [locale, language] of [
      ['ar', 'ar'],
      ['pt-BR', 'pt'],
      ['nl', 'nl'],
    ] as const)
      for (const link of await linksOf(locale))
        expect(await open(link, 'fr, ja;q=0.9'), link).toMatchObject({ status: 200, language })
  })

  it('is in the language the browser asks for where the account has said none, and where no account is behind it', async () => {
    for (const link of await linksOf(null))
      expect(await open(link, 'tlh, ja;q=0.9'), link).toMatchObject({ status: 200, language: 'ja' })
    for (const path of Object.keys(PAGES)) {
      expect(await open(`${path}?token=nonsense`, 'fr-CA'), path).toMatchObject({ status: 410, language: 'fr' })
      expect((await open(`${path}?token=`, 'xx, *')).language, path).toBe('en')
    }
    expect(await open('/recover', 'ar')).toMatchObject({ status: 200, language: 'ar' })
  })

  it('speaks an operator’s words and carries his name', async () => {
    const [, , undo] = await linksOf('nl')
    const { html } = await open(undo ?? '', 'en')
    expect(html).toContain('<button>Ongedaan maken</button>')
    expect(html).toContain('<p class="brand">Acme</p>')
  })

  it('takes GET, HEAD and forms of its own origin, and nothing else', async () => {
    for (const path of Object.keys(PAGES)) {
      const put = await open(`${path}?token=x`, 'de', { method: 'PUT' })
      expect([put.status, put.headers.get('allow'), put.language]).toEqual([405, 'GET, HEAD, POST', 'de'])
      for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'content-type': 'application/json' }])
        expect((await press(path, { token: 'x' }, 'de', headers)).status, path).toBe(403)
      expect((await press(path, { token: 'x'.repeat(20_000) }, 'de')).status, path).toBe(403)
      expect((await press(path, { token: 'x' }, 'de')).status, path).toBe(410)
      const { headers } = await open(`${path}?token=x`, 'de')
      expect(Object.fromEntries(headers), path).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringMatching(/^default-src 'none';.*form-action 'self'.*frame-ancestors 'none'/),
      })
    }
  })
})

describe('the recovery page', () => {
  it('says in the reader’s language what is wrong with what was typed, and keeps the link good', async () => {
    const [link = ''] = await linksOf('es')
    const token = new URLSearchParams(link.split('?')[1]).get('token') ?? ''
    const short = await press('/recover', { token, password: 'short' }, 'en')
    expect(short).toMatchObject({ status: 422, language: 'es' })
    expect(short.html).toContain('Use al menos 8 caracteres.')
    const good = await press('/recover', { token, password: 'another horse battery' }, 'en')
    expect(good).toMatchObject({ status: 200, language: 'es' })
    const over = await press('/recover', { token, password: 'another horse battery' }, 'de')
    expect(over).toMatchObject({ status: 410, language: 'de' })
    expect(over.html).toContain('name="email"') // where to ask for another
  })

  it('names the length that the settings ask for, and calls no password an address', async () => {
    const [link = ''] = await linksOf('en')
    const token = new URLSearchParams(link.split('?')[1]).get('token') ?? ''
    await app.settings({ passwords: { minLength: 12 } })
    expect((await open(link, 'en')).html).toContain('New password, 12 to 256 characters')
    expect((await press('/recover', { token, password: 'mauve wren' }, 'en')).html).toContain('Use at least 12 characters.')
    const long = await press('/recover', { token, password: 'x'.repeat(2_000) }, 'en')
    await app.settings({ passwords: { minLength: 8 } })
    expect(long.status).toBe(422)
    expect(long.html).toContain('Use at most 256 characters.')
  })

  it('keeps the language of the page that led there', async () => {
    const sent = await press('/recover', { email: newEmail(), locale: 'zh' }, 'en')
    expect(sent).toMatchObject({ status: 200, language: 'zh' })
    const wrong = await press('/recover', { email: 'nobody', locale: '__proto__' }, 'fr')
    expect(wrong).toMatchObject({ status: 422, language: 'en' })
  })
})
