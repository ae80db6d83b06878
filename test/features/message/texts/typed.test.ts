import fc from 'fast-check'
import LinkifyIt from 'linkify-it'
import { describe, expect, it } from 'vitest'
import { CATALOGUES } from '../../../../src/features/message/texts/catalogue.ts'
import { compose } from '../../../../src/features/message/texts/compose.ts'
import type { MessageData, MessageKind } from '../../../../src/features/message/texts/kinds.ts'
import { SAMPLES } from './samples.ts'

const LOCALES = Object.keys(CATALOGUES)
const KINDS = Object.keys(SAMPLES) as MessageKind[]

/** What makes links of plain text in mail programs: schemes, bare domains, addresses. */
const linkify = new LinkifyIt({}, { fuzzyEmail: true, fuzzyIP: false, fuzzyLink: true })
linkify.add('tel:', { validate: (text, at) => /^\+?\d{6,}/.exec(text.slice(at))?.[0].length ?? 0 })
const linksOf = (text: string): readonly string[] => (linkify.match(text) ?? []).map(({ url }) => url)

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</bdi></td></table><a href="//evil.example">',
  "' onmouseover='alert(1)",
  '&lt;b&gt;&#x3c;',
  "{name} {count, plural, other {#}} ' {",
  'a\r\nBcc: victim@example.com',
  'a\n\n.\nhttps://evil.com',
  '\u202egnp.exe\u2066\u2067\u200f',
  '\u0000\u0007\u001b[31m\u2028\u2029\ud800',
  'http://evil.com/a?b=c',
  'HTTPS:\\\\evil.com',
  'Your prize: evil.com',
  'www.evil.de',
  'evil\u200b.\u200dcom',
  'evil\uff0ecom',
  'evil\u3002com',
  'mailto:a@evil.com',
  'call +43 1 234 567 89',
  'x'.repeat(5_000),
  '👩‍👩‍👧‍👦'.repeat(200),
]

const typed = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme' })).map(([a, b]) => `${b} ${a} ${b}`),
  fc.webUrl(),
  fc.emailAddress(),
  fc.domain(),
)

/** The sample with everything a person, a client or the geo data could have typed replaced. */
const withTyped = <Kind extends MessageKind>(kind: Kind, text: string): MessageData[Kind] => ({
  ...SAMPLES[kind],
  name: text,
  ...('device' in SAMPLES[kind] ? { device: { client: text, machine: text } } : {}),
  ...('place' in SAMPLES[kind] ? { place: { city: text, countryCode: 'AT' } } : {}),
  ...('ip' in SAMPLES[kind] ? { ip: text } : {}),
  ...('newEmailMasked' in SAMPLES[kind] ? { newEmailMasked: text } : {}),
})

const everywhere = (test: (kind: MessageKind, locale: string, text: string) => void): void =>
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.constantFrom(...LOCALES), typed, (kind, locale, text) => test(kind, locale, text)),
    { numRuns: 400 },
  )

const tagsOf = (html: string): readonly string[] => html.match(/<[^>]*>/g) ?? []

/** What a typed value may add to the markup: its isolation. */
const withoutIsolation = (tags: readonly string[]): readonly string[] => tags.filter((tag) => !/^<\/?bdi>$/.test(tag))

describe('whatever a person typed', () => {
  it('adds no tag and no attribute to the HTML', () =>
    everywhere((kind, locale, text) => {
      const harmless = compose(kind, locale, SAMPLES[kind]).html
      const { html } = compose(kind, locale, withTyped(kind, text))
      expect(withoutIsolation(tagsOf(html))).toEqual(withoutIsolation(tagsOf(harmless)))
    }))

  it('is not in the subject, which is one line', () =>
    everywhere((kind, locale, text) => {
      const { subject } = compose(kind, locale, withTyped(kind, text))
      expect(subject).toBe(compose(kind, locale, SAMPLES[kind]).subject)
      expect(subject).toMatch(/^[^\p{Cc}]+$/u)
    }))

  it('adds no link that a mail program would find', () =>
    everywhere((kind, locale, text) => {
      const mail = compose(kind, locale, withTyped(kind, text))
      const ours = linksOf(compose(kind, locale, SAMPLES[kind]).text)
      expect(linksOf(mail.text)).toEqual(ours)
      const read = mail.html.replace(/<style>.*<\/style>|<[^>]*>/gs, ' ').replaceAll('&amp;', '&')
      expect(new Set(linksOf(read))).toEqual(new Set(ours))
    }))

  it('brings no control, direction or broken character, and no line', () =>
    everywhere((kind, locale, text) => {
      const mail = compose(kind, locale, withTyped(kind, text))
      // our own isolates come in pairs; besides them only joiners are unseen
      expect(mail.text.replace(/\u2068([^\u2068\u2069]*)\u2069/g, '$1')).not.toMatch(
        /[^\P{Cc}\n]|\p{Cs}|\p{Zl}|\p{Zp}|(?![\u200c\u200d])\p{Cf}/u,
      )
      const paragraphs = (from: string) => from.split('\n\n').length
      expect(paragraphs(mail.text)).toBe(paragraphs(compose(kind, locale, SAMPLES[kind]).text))
    }))
})

describe('a name', () => {
  const greeting = (name: string): string | undefined =>
    compose('password-recovery', 'en', { ...SAMPLES['password-recovery'], name })
      .text.split('\n\n')[0]
      ?.replace('\n', ' ')

  it.each([
    ['Ada Lovelace', 'Hello Ada Lovelace,'],
    ['J.R.R. Tolkien', 'Hello J.R.R. Tolkien,'],
    ['Sammy Davis Jr.', 'Hello Sammy Davis Jr.,'],
    ["Conan O'Brien <3", "Hello Conan O'Brien <3,"],
    ['علی\u200cرضا', 'Hello \u2068علی\u200cرضا\u2069,'],
    ['Zoë\n  Quinn', 'Hello Zoë Quinn,'],
    ['x'.repeat(5_000), `Hello ${'x'.repeat(128)},`],
  ])('such as %j is greeted', (name, line) => expect(greeting(name)).toBe(line))

  it.each([
    'evil.com',
    'Win at www evil',
    'http://evil',
    'a@b',
    'and/or',
    'evil\u3002cn',
    'ｅｖｉｌ．ｃｏｍ',
    '0900 123 456 789',
  ])('such as %j could be made a link of, and is left out', (name) => expect(greeting(name)).toBe('Hello,'))
})

describe('words of a user agent', () => {
  const device = (client: string): string | undefined =>
    /^Device: (.*)$/m.exec(
      compose('session-alert', 'en', { ...SAMPLES['session-alert'], device: { client, machine: null } }).text,
    )?.[1]

  it.each([
    ['Firefox 145.0', 'Firefox 145.0'],
    ['Booking.com App', 'Booking com App'],
    ['evil\uff0ecom', 'evil com'],
    ['https://evil.com', 'https evil com'],
    ['www.evil.com', 'unknown'],
    ['+43 1 234 567 89', 'unknown'],
  ])('such as %j are read as %j', (client, read) => expect(device(client)).toBe(read))
})
