/**
 * The one decision on every path that sets a password: a table of rules over what was found out about it. Pure; all rules that
 * are broken come at once. No composition rules (NIST SP 800-63B-4, 3.1.1.2).
 */
import { PASSWORD_LENGTH } from './bounds.ts'
import type { Dictionary } from './dictionary.ts'
import { foldCase } from './folding.ts'
import { PERSONAL_SOURCES, type PersonalSource, type PersonalToken, personalSourcesIn } from './personal.ts'

/** What administrators decide about it. */
export type PasswordPolicy = Readonly<{ minLength: number; dictionary: boolean; personalData: boolean; breached: boolean }>

/** What was found out about a password. */
export type Evidence = Readonly<{
  /** Code points after NFKC. */
  length: number
  isCommon: boolean
  /** What of the person it holds. */
  holds: readonly PersonalSource[]
  /** Whether it is the current password or one of the earlier ones that count. */
  isRecent: boolean
  isBreached: boolean
}>

type Rule = Readonly<{
  /** For the schema. */
  meaning: string
  /** The setting that switches it; null: it always holds. */
  setting: keyof PasswordPolicy | null
  breaks: (evidence: Evidence, policy: PasswordPolicy) => boolean
  /** What is wrong, for people. */
  says: (evidence: Evidence, policy: PasswordPolicy) => string
  /** How to find a better one. */
  suggestion: string
  /** The score of `passwordStrength` is at most this. */
  topScore: number
}>

/** One, one and another, or several with commas. */
const LIST = new Intl.ListFormat('en-GB')

const RULES = {
  TOO_SHORT: {
    meaning: 'It has fewer characters than the settings ask for.',
    setting: null,
    breaks: ({ length }, { minLength }) => length < minLength,
    says: (_, { minLength }) => `Use at least ${minLength} characters.`,
    suggestion: 'A few unrelated words in a row are long, strong and easy to remember.',
    topScore: 1,
  },
  TOO_LONG: {
    meaning: `It has more than ${PASSWORD_LENGTH.max} characters.`,
    setting: null,
    breaks: ({ length }) => length > PASSWORD_LENGTH.max,
    says: () => `Use at most ${PASSWORD_LENGTH.max} characters.`,
    suggestion: 'A sentence is long enough.',
    topScore: 1,
  },
  COMMON: {
    meaning: 'It is one of the most common passwords.',
    setting: 'dictionary',
    breaks: ({ isCommon }) => isCommon,
    says: () => 'This is one of the most common passwords.',
    suggestion: 'Take words that do not belong together, or let a password manager make one.',
    topScore: 0,
  },
  PERSONAL_DATA: {
    meaning: 'It holds the person’s own name, e-mail address or phone number.',
    setting: 'personalData',
    breaks: ({ holds }) => holds.length > 0,
    says: ({ holds }) => `This holds ${LIST.format(holds.map((source) => PERSONAL_SOURCES[source].words))}.`,
    suggestion: 'Leave out your name, your address and your number: whoever guesses tries them first.',
    topScore: 1,
  },
  RECENTLY_USED: {
    meaning: 'It is the account’s current password, or one of the earlier ones that may not come back.',
    setting: null,
    breaks: ({ isRecent }) => isRecent,
    says: () => 'This account has, or had, this very password.',
    suggestion: 'Take one that you never had here.',
    topScore: 1,
  },
  BREACHED: {
    meaning: 'It is known from breaches of other services.',
    setting: 'breached',
    breaks: ({ isBreached }) => isBreached,
    says: () => 'This password is known from breaches of other services.',
    suggestion: 'If you use this password anywhere, change it there too.',
    topScore: 0,
  },
} satisfies Record<string, Rule> // `as const` would hide it from Stryker

export type PasswordRule = keyof typeof RULES

const RULE_NAMES = Object.keys(RULES) as PasswordRule[]

/** Each rule with its meaning. */
export const PASSWORD_RULES = Object.fromEntries(RULE_NAMES.map((name) => [name, RULES[name].meaning])) as Readonly<
  Record<PasswordRule, string>
>

export type PasswordViolation = Readonly<{ rule: PasswordRule; message: string }>

/** Unicode NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B-4, 3.1.1.2). */
export const normalisePassword = (password: string): string => password.normalize('NFKC')

/** Whether the raw input is so long that it is refused before anything is done with it. */
export const isAbsurdlyLong = (password: string): boolean =>
  password.length > 2 * PASSWORD_LENGTH.raw || [...password].length > PASSWORD_LENGTH.raw

/** Why a password is not even looked at; null if it is. */
export const passwordProblem = (password: string): string | null =>
  isAbsurdlyLong(password) ? `Must be at most ${PASSWORD_LENGTH.raw.toLocaleString('en-US')} characters.` : null

/** What the password itself tells. What only others know of it is left to be found out. @param password normalised. */
export const evidenceIn = (password: string, tokens: readonly PersonalToken[], dictionary: Dictionary): Evidence => ({
  length: [...password].length,
  isCommon: dictionary.rankOf(foldCase(password)) !== null,
  holds: personalSourcesIn(password, tokens),
  isRecent: false,
  isBreached: false,
})

/** @returns every rule that is broken, in the order of the table. */
export const violationsOf = (evidence: Evidence, policy: PasswordPolicy): readonly PasswordViolation[] =>
  RULE_NAMES.filter((name) => {
    const { setting, breaks }: Rule = RULES[name]
    return (setting === null || policy[setting] === true) && breaks(evidence, policy)
  }).map((rule) => ({ rule, message: (RULES[rule] as Rule).says(evidence, policy) })) // each row takes the same two arguments

/** @returns what would make the password acceptable, one sentence a broken rule. */
export const suggestionsFor = (violations: readonly PasswordViolation[]): readonly string[] =>
  violations.map(({ rule }) => RULES[rule].suggestion)

/** @returns the score that is left where rules are broken. */
export const cappedScore = (score: number, violations: readonly PasswordViolation[]): number =>
  Math.min(score, ...violations.map(({ rule }) => RULES[rule].topScore))
