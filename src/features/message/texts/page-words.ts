/** The words of the pages behind the links of our mails. A page is markup elsewhere; what it says is said here. */
import type { PasswordRule } from '../../../policy/passwords.ts'
import { isKnown, type Overrides, wordsFor } from './catalogue.ts'
import { directionOf, preferences } from './locale.ts'
import { fill, type Parts } from './message.ts'

/** The texts of each page. */
export const PAGES = {
  /** What every page says. */
  common: [
    /** Under a button: nothing has happened so far. */
    'untilThen',
    /** Takes `count`: the sessions that were ended. */
    'ended',
    /** Asks for a recovery link: for accounts whose password is of no use any more. */
    'recoverButton',
    /** For accounts without a password. */
    'signInAgain',
    /** Used, expired, replaced: the server does not tell which. */
    'invalidTitle',
    'invalid',
    'invalidAdvice',
    /** Any other trouble. */
    'failedTitle',
    'failed',
    /** Takes `minutes`: when to come back. */
    'tooOftenTitle',
    'tooOften',
  ],
  /** `/alerts/review`: a link for "it wasn't me" (`notMe…`) and one for "it was me" (`me…`). */
  'alert-review': [
    'title',
    'notMeQuestion',
    'notMeExplanation',
    'notMeButton',
    'meQuestion',
    'meExplanation',
    'meButton',
    'notMeDoneTitle',
    'notMeDone',
    /** For accounts with a password, above the button to ask for a recovery link. */
    'recover',
    'meDoneTitle',
    'meDone',
  ],
  /** `/recover`: asking for a link (`ask…`), and setting a password by it (`set…`). */
  recovery: [
    'askTitle',
    'email',
    'askButton',
    'notAnEmail',
    'sentTitle',
    /** Takes `minutes`: how long the link is good. */
    'sent',
    'setTitle',
    /** Takes `min` and `max`, as may the rules that a password can break. */
    'password',
    'setButton',
    'setExplanation',
    'TOO_SHORT',
    'TOO_LONG',
    'COMMON',
    'PERSONAL_DATA',
    'RECENTLY_USED',
    'BREACHED',
    'doneTitle',
    'done',
    /** Where a link is good for nothing. */
    'askAgain',
  ],
  /** `/email/verify`: for the address that an account has, and for one that is to take its place. */
  verification: [
    'title',
    /** For an address that nobody has proven: what becomes of the account if this is not its own session. */
    'first',
    /** For a new address. */
    'change',
    'button',
    'doneTitle',
    'done',
    'changed',
    'tookOver',
  ],
  /** `/email/undo`. */
  undo: ['title', 'explanation', 'consequences', 'button', 'doneTitle', 'done', 'recover'],
  /** `/invitation`: what it is for, a form for a newcomer (`new…`), a button for whoever is signed in, or what is in the way. */
  invitation: [
    'title',
    'team',
    'inviter',
    'roles',
    'address',
    'newAccount',
    'name',
    /** Takes `min` and `max`. */
    'password',
    'newButton',
    'joinButton',
    /** The address has an account that is not signed in here. */
    'signInFirst',
    /** Somebody else is signed in here. */
    'wrongInvitee',
    /** Opens the page once more. */
    'againButton',
    'blocked',
    /** The settings let nobody in by an invitation alone. */
    'closed',
    /** Takes `max`. */
    'badName',
    'noOwner',
    'doneTitle',
    'joined',
    'enrolled',
    'alreadyMember',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Page = keyof typeof PAGES
export type PageText<Name extends Page> = (typeof PAGES)[Name][number]

const plain = (parts: Parts): string => parts.map((part) => (typeof part === 'string' ? part : part.typed)).join('')

type Numbers = Readonly<Record<string, number>>

/** @param locale a BCP 47 tag; null and unknown languages get English. @returns the language, its direction, and `say`. */
export const pageWords = (locale: string | null, overrides: Overrides = {}) => {
  const words = wordsFor(locale, overrides)
  const brand = words.find('brand')
  /** A text of a page as text: escape it where it is written. */
  const say = <Name extends Page>(page: Name, text: PageText<Name>, values: Numbers = {}): string =>
    plain(fill(words.text('pages', page, text), values))
  return {
    locale: words.locale,
    /** The same language as its reader's region writes dates. */
    region: words.region,
    direction: directionOf(words.locale),
    /** The operator's name, if he gave one. */
    brand: brand === null ? null : plain(fill(brand)),
    say,
    /** What a password that was refused breaks. The compiler sees to it that each rule has its words. */
    rule: (rule: PasswordRule, bounds: Numbers): string => say('recovery', rule, bounds),
  }
}

export type PageWords = ReturnType<typeof pageWords>

/**
 * Whose words to use where nobody's language is known.
 * @param accepted what a browser says of its reader's languages: Accept-Language (RFC 9110, 12.5.4).
 * @returns the one that is wanted most of those there are words for; null if there is none.
 */
export const readersLanguage = (accepted: string | null, overrides: Overrides = {}): string | null =>
  preferences(accepted ?? '').find((tag) => isKnown(tag, overrides)) ?? null
