import { describe, expect, it } from 'vitest'
import { CATALOGUES } from '../../../../src/features/message/texts/catalogue.ts'
import { compose } from '../../../../src/features/message/texts/compose.ts'
import type { MessageData, MessageKind } from '../../../../src/features/message/texts/kinds.ts'
import { SAMPLES, VARIANTS } from './samples.ts'

const KINDS = Object.keys(SAMPLES) as MessageKind[]

const alert = (locale: string | null, change: Partial<MessageData['session-alert']> = {}, overrides = {}) =>
  compose('session-alert', locale, { ...SAMPLES['session-alert'], ...change }, overrides)

describe.each(Object.keys(CATALOGUES))('the mails in %s', (locale) => {
  it('read as the snapshot says', async () => {
    const mails = KINDS.flatMap((kind) => {
      const { subject, text, html } = compose(kind, locale, SAMPLES[kind])
      const others = Object.entries(VARIANTS[kind] ?? {}).map(
        ([what, change]) => `===== ${kind}, ${what}\n\n${compose(kind, locale, { ...SAMPLES[kind], ...change }).text}`,
      )
      return [`===== ${kind}: ${subject}\n\n${text}\n${html}`, ...others]
    })
    await expect(mails.join('\n')).toMatchFileSnapshot(`snapshots/${locale}.txt`)
  })

  it.each(KINDS)('hold every link of %s whole: alone on a line of the text, and twice in the HTML, once to be seen', (kind) => {
    const { text, html } = compose(kind, locale, SAMPLES[kind])
    const links = Object.values(SAMPLES[kind]).filter((value) => typeof value === 'string' && value.startsWith('https:'))
    expect(links.length > 0).toBe(kind !== 'already-member') // which asks nothing of its reader
    expect(text.split('\n').filter((line) => line.includes('://'))).toEqual(expect.arrayContaining(links))
    for (const link of links) {
      expect(html.split(`href="${link}"`)).toHaveLength(3)
      expect(html).toContain(`>${link}</a>`)
    }
    expect(html.match(/\b(?:href|src|background|action)=|url\(|@import/g) ?? []).toHaveLength(links.length * 2)
  })

  it('keep every line of text but the links within 76 columns', () => {
    for (const kind of KINDS)
      for (const line of compose(kind, locale, SAMPLES[kind])
        .text.split('\n')
        .filter((other) => !other.includes('://')))
        expect([...line.replace(/[\p{M}\p{Cf}]/gu, '')].length, line).toBeLessThanOrEqual(76)
  })
})

describe.each(['ja', 'zh'])('the lines of a mail in %s', (locale) => {
  it('are full, and tear no mark from its word', () => {
    const columns = (line: string) => [...line].reduce((sum, character) => sum + (character > '\u2e7f' ? 2 : 1), 0)
    let broken = 0
    for (const kind of KINDS)
      for (const paragraph of compose(kind, locale, SAMPLES[kind]).text.split('\n\n')) {
        const lines = paragraph.split('\n').filter((line) => !/^$|^-- $|[：:]/.test(line)) // facts and links have lines of their own
        for (const [index, line] of lines.entries()) {
          expect(line).not.toMatch(/^[、。，：；！？）～ーっゃゅょッャュョ]|（$/)
          if (index === lines.length - 1) continue
          broken++
          expect(columns(line), line).toBeGreaterThan(68)
        }
      }
    expect(broken).toBeGreaterThan(5)
  })
})

describe('a mail is written in the language', () => {
  const GERMAN = 'Neue Anmeldung bei Ihrem Konto'
  it.each([
    ['de', GERMAN],
    ['de-AT', GERMAN],
    ['de-Latn-CH-u-ca-buddhist', GERMAN],
    ['zh-TW', '您的账户有新的登录'],
    ['pt-PT', 'Novo acesso à sua conta'],
    ['tlh', 'New sign-in to your account'],
    ['', 'New sign-in to your account'],
    ['no language', 'New sign-in to your account'],
    ['__proto__', 'New sign-in to your account'],
    [null, 'New sign-in to your account'],
  ])('of %s', (locale, subject) => expect(alert(locale).subject).toBe(subject))

  it('with dates as the region writes them, and in the language that is read', () => {
    const { at, ...rest } = { at: new Date('2026-01-09T21:05:00.000Z'), timeZone: 'Europe/Vienna' }
    expect(alert('de', { at, ...rest }).text).toContain('Freitag, 9. Januar 2026 um 22:05 MEZ')
    expect(alert('de-AT', { at, ...rest }).text).toContain('Freitag, 9. Jänner 2026 um 22:05 MEZ')
    expect(alert('en-GB', { at, timeZone: 'UTC' }).text).toContain('Friday, 9 January 2026 at 21:05 UTC')
    expect(alert('tlh', { at, timeZone: 'UTC' }).text).toContain('Friday, January 9, 2026 at 09:05 PM UTC')
    expect(alert('fr', { at, timeZone: 'Nowhere/Atlantis' }).text).toContain('vendredi 9 janvier 2026 à 21:05 UTC')
  })
})

describe('an alert', () => {
  it('says whether the device is new', () => {
    expect(alert('en', { isNewDevice: true }).html).toContain('device that we do not know yet')
    expect(alert('en', { isNewDevice: false }).html).not.toContain('device that we do not know yet')
  })

  it('says what it knows of the device and the place, and that it does not know the rest', () => {
    const { text } = alert('en', { device: null, place: null, ip: null })
    expect(text).toContain('Device: unknown\nPlace: unknown\nIP address: unknown\nSign-in method: password')
    expect(alert('en', { device: { client: 'curl', machine: null } }).text).toContain('Device: curl\n')
    expect(alert('en', { device: { client: null, machine: 'iPhone' } }).text).toContain('Device: iPhone\n')
    expect(alert('de', { place: { city: null, countryCode: 'JP' } }).text).toContain('Ort: Japan\n')
    expect(alert('en', { place: { city: 'Nowhere', countryCode: '??' } }).text).toContain('Place: unknown\n')
  })

  it('greets without a name where there is none', () => {
    expect(alert('en', { name: null }).text).toMatch(/^Hello,\n/)
    expect(alert('en', { name: '  ' }).text).toMatch(/^Hello,\n/)
  })
})

describe('a mail about a changed password', () => {
  it('has a button where there is a way to recover, and says whom to ask where there is none', () => {
    const changed = (recoverUrl: string | null) =>
      compose('password-changed', 'en', { ...SAMPLES['password-changed'], recoverUrl })
    expect(changed('https://id.example.com/recover?token=t').html).toContain('>Set a new password</a>')
    expect(changed('https://id.example.com/recover?token=t').text).not.toContain('contact the people')
    expect(changed(null).html).not.toContain('href')
    expect(changed(null).text).toContain('contact the people who run this service')
  })
})

describe('a mail about a changed address', () => {
  const changed = (change: Partial<MessageData['email-changed']>) =>
    compose('email-changed', 'en', { ...SAMPLES['email-changed'], ...change })

  it('says the new one in part, or that there is none', () => {
    expect(changed({}).html).toContain('n•••@\u200cexample.\u200corg')
    expect(changed({ newEmailMasked: null }).html).toContain('has none now')
    expect(changed({ newEmailMasked: null }).html).not.toContain('The new one is')
  })

  it('has a button where it can be undone, and says whom to ask where it cannot', () => {
    expect(changed({}).html).toContain('>Undo the change</a>')
    expect(changed({ undoUrl: null }).html).not.toContain('href')
    expect(changed({ undoUrl: null }).text).not.toMatch(/undo|link/)
    expect(changed({ undoUrl: null }).html).toContain('contact the people who run this service')
  })
})

describe("an operator's texts", () => {
  const OVERRIDES = {
    en: { brand: 'Acme & Co', mails: { 'session-alert': { subject: 'Acme: a new sign-in' } } },
    'de-AT': { mails: { 'session-alert': { heading: 'Servus' } } },
    nl: { mails: { 'session-alert': { subject: 'Nieuwe aanmelding' } }, common: { greeting: 'Dag {name},' } },
  }

  it('go before ours, text by text', () => {
    const mail = alert('en-US', {}, OVERRIDES)
    expect(mail.subject).toBe('Acme: a new sign-in')
    expect(mail.text).toMatch(/^Acme & Co\n\nHello Ada Lovelace,\n/)
    expect(mail.html).toContain('Acme &amp; Co</p>')
  })

  it('of a region go before those of its language, and only there', () => {
    expect(alert('de-AT', {}, OVERRIDES).html).toContain('Servus')
    expect(alert('de', {}, OVERRIDES).html).not.toContain('Servus')
    expect(alert('de-AT', {}, OVERRIDES).subject).toBe('Neue Anmeldung bei Ihrem Konto')
  })

  it('add languages; what they leave out is English', () => {
    const mail = alert('nl-BE', {}, OVERRIDES)
    expect(mail.subject).toBe('Nieuwe aanmelding')
    expect(mail.text).toContain('Dag Ada Lovelace,\n\nSomebody has just signed in')
    expect(mail.html).toContain('<html lang="nl" dir="ltr">')
  })

  it('have one brand for all languages unless a language has its own', () => {
    expect(alert('ja', {}, OVERRIDES).text).toMatch(/^Acme & Co\n/)
    expect(alert('ja', {}, { ...OVERRIDES, ja: { brand: 'アクメ' } }).text).toMatch(/^アクメ\n/)
  })

  it('run from right to left where their script does', () => {
    expect(alert('he', {}, { he: { brand: 'אקמה' } }).html).toContain('<html lang="he" dir="rtl">')
  })
})
