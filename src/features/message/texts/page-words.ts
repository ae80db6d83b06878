/** The words of the pages behind the links of our mails. A page is markup elsewhere; what it says is said here. */
import { type Overrides, wordsFor } from './catalogue.ts'
import { directionOf } from './locale.ts'
import { fill, type Parts } from './message.ts'

/** The texts of each page. */
export const PAGES = {
  /** `/alerts/review`: a link for "it wasn't me" (`notMe…`) and one for "it was me" (`me…`). */
  'alert-review': [
    'title',
    'notMeQuestion',
    'notMeExplanation',
    'notMeButton',
    'meQuestion',
    'meExplanation',
    'meButton',
    /** Under both buttons: nothing has happened so far. */
    'untilThen',
    'notMeDoneTitle',
    /** Takes `count`: the sessions that were ended. */
    'ended',
    'notMeDone',
    /** For accounts with a password, with the button to ask for a recovery link and what is said once it is sent. */
    'recover',
    'recoverButton',
    'recoverSent',
    /** For accounts without a password. */
    'signInAgain',
    'meDoneTitle',
    'meDone',
    /** Used, expired, replaced: the server does not tell which. */
    'invalidTitle',
    'invalid',
    'invalidAdvice',
    /** Any other trouble. */
    'failedTitle',
    'failed',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Page = keyof typeof PAGES
export type PageText<Name extends Page> = (typeof PAGES)[Name][number]

const plain = (parts: Parts): string => parts.map((part) => (typeof part === 'string' ? part : part.typed)).join('')

/** @param locale a BCP 47 tag; null and unknown languages get English. @returns the language, its direction, and `say`. */
export const pageWords = (locale: string | null, overrides: Overrides = {}) => {
  const words = wordsFor(locale, overrides)
  return {
    locale: words.locale,
    direction: directionOf(words.locale),
    /** A text of a page as text: escape it where it is written. */
    say: <Name extends Page>(page: Name, text: PageText<Name>, values: Readonly<Record<string, number>> = {}): string =>
      plain(fill(words.text('pages', page, text), values)),
  }
}
