import { describe, expect, it } from 'vitest'
import { CATALOGUES, type Section } from '../../../../src/features/message/texts/catalogue.ts'
import { checkTexts } from '../../../../src/features/message/texts/check.ts'
import { parseMessage } from '../../../../src/features/message/texts/message.ts'
import { PAGES, type Page, type PageText, pageWords, readersLanguage } from '../../../../src/features/message/texts/page-words.ts'

const keysOf = (section: Section, path = ''): readonly string[] =>
  Object.entries(section).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${path}${key}`] : keysOf(value, `${path}${key}.`),
  )

const textsOf = (section: Section): readonly string[] =>
  Object.values(section).flatMap((value) => (typeof value === 'string' ? [value] : textsOf(value)))

describe('there are', () => {
  it('the eight languages that were promised', () =>
    expect(Object.keys(CATALOGUES)).toEqual(['ar', 'de', 'en', 'es', 'fr', 'ja', 'pt', 'zh']))
})

describe.each(Object.entries(CATALOGUES))('the catalogue %s', (locale, catalogue: Section) => {
  it('has every text of the English one, and no other', () => expect(keysOf(catalogue)).toEqual(keysOf(CATALOGUES.en)))

  it('is sound ICU with every placeholder, as an operator’s would have to be', () =>
    expect(checkTexts([{ name: `${locale}.json`, text: JSON.stringify(catalogue) }]).problems).toEqual([]))

  it('is its own language throughout', () => {
    if (locale === 'en') return expect(textsOf(catalogue)).toContain('It was me')
    const english = new Set(textsOf(CATALOGUES.en).filter((text) => text.includes(' ') && text.length > 14))
    expect(textsOf(catalogue).filter((text) => english.has(text) && !text.startsWith('{'))).toEqual([])
  })

  it('has no quote that ICU would take for its own, no markup and no stray space', () => {
    for (const text of textsOf(catalogue)) expect(text).not.toMatch(/'|<|^ (?!$)| {2}|\s$(?<!: )/)
  })

  it('counts in whole sentences, whatever the number', () => {
    for (let count = 0; count <= 120; count++) expect(pageWords(locale).say('common', 'ended', { count })).toMatch(/^[^{}#]{6,}$/)
  })

  it('says every text of every page', () => {
    const { say } = pageWords(locale)
    for (const page of Object.keys(PAGES) as Page[]) // the table's own keys
      for (const text of PAGES[page] as readonly PageText<Page>[])
        expect(say(page, text, { count: 2, minutes: 60, min: 8, max: 256 }), `${page}.${text}`).toMatch(/^[^{}#]{2,}$/)
  })
})

/** What a reader sees of a text, each branch of a plural or a choice by itself; a placeholder counts as a letter. */
const shown = (message: string, locale: string): readonly string[] => {
  type Element = Readonly<{ type: number; value?: unknown; options?: Readonly<Record<string, { value: readonly Element[] }>> }>
  const branches = (elements: readonly Element[]): readonly string[] =>
    elements.reduce<readonly string[]>(
      (before, { type, value, options }) => {
        const next =
          options === undefined ? [type === 0 ? String(value) : 'x'] : Object.values(options).flatMap((o) => branches(o.value))
        return before.flatMap((start) => next.map((end) => start + end))
      },
      [''],
    )
  return branches(parseMessage({ message, locale }).getAst() as readonly Element[]) // literals are of the type 0
}

/** By language, what its punctuation never looks like. */
const WRONG: Readonly<Record<string, RegExp>> = {
  // a no-break space before a colon, a narrow one before what else has two parts
  fr: /(?<!\u00a0):|(?<!\u202f)[;?!]|[\u00a0\u202f](?![:;?!])/u,
  // a question is opened as well
  es: /^[^¿]*\?|¿[^?]*$|¿[^?]*¿|^[^¡]*!/u,
  ja: /[,;:?!()](?!\/)|[.。、，；：？！]\s|\p{Script=Hiragana}\s\p{Script=Hiragana}/u,
  zh: /[,;:?!()]|[。、，；：？！（）]\s|\p{Script=Han}\s\p{Script=Han}/u,
  ar: /[,;?]|\s[،؛؟:.]|[،؛؟.][^\s]/u,
}

/** Everywhere else: marks stand at their word, quotes and dashes are real ones. */
const WRONG_ELSEWHERE = /\s[,;:?!.)]|[\u3000-\u303f\uff00-\uff60]|\.\.\.|"| - /u

describe.each(Object.entries(CATALOGUES))('the punctuation of the catalogue %s', (locale, catalogue: Section) => {
  it('is that of its language', () => {
    for (const text of textsOf(catalogue))
      for (const seen of shown(text, locale)) expect(seen).not.toMatch(WRONG[locale] ?? WRONG_ELSEWHERE)
  })
})

describe('the words of a page', () => {
  it('come with their language and its direction', () => {
    expect(pageWords('ar-EG')).toMatchObject({ locale: 'ar', direction: 'rtl' })
    expect(pageWords('de-CH')).toMatchObject({ locale: 'de', direction: 'ltr' })
    expect(pageWords('xx')).toMatchObject({ locale: 'en', direction: 'ltr' })
  })

  it('count in the grammar of the language', () => {
    const ended = (locale: string, count: number) => pageWords(locale).say('common', 'ended', { count })
    expect([0, 1, 2].map((count) => ended('en', count))).toEqual([
      'There was no open session left to end.',
      'We ended 1 session.',
      'We ended 2 sessions.',
    ])
    expect([1, 2, 3, 11].map((count) => ended('ar', count))).toEqual([
      'أنهينا جلسة واحدة.',
      'أنهينا جلستين.',
      'أنهينا 3 جلسات.',
      'أنهينا 11 جلسة.',
    ])
  })

  it('are in the language that a browser wants most, of those there are words for', () => {
    const overrides = { nl: {} }
    for (const [accepted, language] of [
      ['de', 'de'],
      ['de-AT,de;q=0.9,en;q=0.8', 'de-AT'],
      ['en;q=0.2, fr;q=0.7, tlh', 'fr'],
      ['tlh, ja-JP;q=0.1', 'ja-JP'],
      ['zh-Hant-TW', 'zh-Hant-TW'],
      ['nl-BE', 'nl-BE'],
      ['fr;q=0, ar;q=0.5', 'ar'],
      ['fr;q=nonsense, pt;q=0.1', 'pt'],
    ] as const)
      expect(readersLanguage(accepted, overrides), accepted).toBe(language)
    for (const accepted of [null, '', '*', 'tlh', ';;;,,,q=', 'x'.repeat(9_000), `${'tlh,'.repeat(50)}de`])
      expect(readersLanguage(accepted, overrides), String(accepted).slice(0, 20)).toBeNull()
  })

  it('are the operator’s where he has some', () => {
    const overrides = { en: { pages: { 'alert-review': { meButton: 'Yes, me' } } } }
    expect(pageWords('en', overrides).say('alert-review', 'meButton')).toBe('Yes, me')
    expect(pageWords('en', overrides).say('alert-review', 'notMeButton')).toBe('It wasn’t me')
    expect(pageWords('de', { en: { brand: 'Acme' } }).brand).toBe('Acme')
    expect(pageWords('de').brand).toBeNull()
  })
})
