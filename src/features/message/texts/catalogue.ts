/**
 * All words, by language. The compiler holds each bundled catalogue against the shapes in `mails.ts` and `page-words.ts`;
 * operators' catalogues of the same form, whole or in part, go before them.
 */
import type { SignInMethod } from '../../settings/settings.ts'
import ar from './ar.json' with { type: 'json' }
import de from './de.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }
import es from './es.json' with { type: 'json' }
import fr from './fr.json' with { type: 'json' }
import ja from './ja.json' with { type: 'json' }
import type { MessageKind } from './kinds.ts'
import { narrowing, sameLanguage } from './locale.ts'
import type { FactName, TextName } from './mails.ts'
import type { Page, PageText } from './page-words.ts'
import pt from './pt.json' with { type: 'json' }
import zh from './zh.json' with { type: 'json' }

/** Words that every mail shares. */
type CommonText =
  | FactName
  | 'greeting'
  | 'greetingWithoutName'
  | 'colon'
  | 'link'
  | 'automatic'
  | 'invited'
  | 'clientOnMachine'
  | 'cityInCountry'
  | 'unknown'

type Catalogue = Readonly<{
  common: Readonly<Record<CommonText, string>>
  methods: Readonly<Record<SignInMethod, string>>
  mails: { readonly [Kind in MessageKind]: Readonly<Record<TextName<Kind>, string>> }
  pages: { readonly [Name in Page]: Readonly<Record<PageText<Name>, string>> }
}>

/** The languages that come with the server. */
export const CATALOGUES = { ar, de, en, es, fr, ja, pt, zh } satisfies Readonly<Record<string, Catalogue>>

/** Sections, sub-sections and texts, any of them left out. */
export type Section = Readonly<{ [key: string]: string | Section }>

/** Operators' catalogues by BCP 47 tag. */
export type Overrides = Readonly<Record<string, Section>>

/** A text and the language it is written in, whose plurals it follows. */
export type Text = Readonly<{ message: string; locale: string }>

/** One person's words: each text from the narrowest catalogue that has it. */
export type Words = Readonly<{
  /** The language of the words. */
  locale: string
  /** The same language as this person's region writes dates and numbers. */
  region: string
  /** @returns null where no catalogue has it. */
  find: (...path: readonly string[]) => Text | null
  /** @throws if there is none: a bundled catalogue has it, the compiler saw to that. */
  text: (...path: readonly string[]) => Text
}>

const at = (section: Section | undefined, path: readonly string[]): string | null => {
  let here: string | Section | undefined = section
  for (const key of path) here = typeof here === 'object' && Object.hasOwn(here, key) ? here[key] : undefined
  return typeof here === 'string' ? here : null
}

const bundled: Readonly<Record<string, Section>> = CATALOGUES

const hasWords = (tag: string, overrides: Overrides): boolean => Object.hasOwn(overrides, tag) || Object.hasOwn(bundled, tag)

/** Whether somebody who reads that language finds words in it. */
export const isKnown = (tag: string, overrides: Overrides = {}): boolean =>
  narrowing(tag).some((narrower) => hasWords(narrower, overrides))

/** @param locale a BCP 47 tag as the account has it; null and unknown languages get English. */
export const wordsFor = (locale: string | null, overrides: Overrides = {}): Words => {
  const wanted = [...narrowing(locale ?? 'en'), 'en']
  const known = wanted.filter((tag) => hasWords(tag, overrides))
  const language = known[0] ?? 'en'
  const find = (...path: readonly string[]): Text | null => {
    for (const tag of known) {
      const message = at(overrides[tag], path) ?? at(bundled[tag], path)
      if (message !== null) return { message, locale: tag }
    }
    return null
  }
  return {
    locale: language,
    region: sameLanguage(wanted[0] ?? 'en', language) ? (wanted[0] ?? 'en') : language,
    find,
    text: (...path) => {
      const text = find(...path)
      if (text === null) throw new Error(`There is no text ${path.join('.')}.`)
      return text
    },
  }
}
