/** An account: somebody who can sign in. */
import { domainToASCII } from 'node:url'
import { DomainError, type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'

export type Account = Readonly<{
  id: string
  email: string | null
  emailVerifiedAt: Date | null
  name: string | null
  locale: string | null
  preferences: Readonly<Record<string, Json>>
  labels: readonly string[]
  wantsSessionAlerts: boolean
  sessionLimit: number | null
  blockedAt: Date | null
  passwordResetRequired: boolean
  createdAt: Date
  firstSessionAt: Date | null
  deletesAt: Date | null
}>

export class EmailTaken extends DomainError {
  constructor() {
    super('EMAIL_TAKEN', 'There is already an account with this e-mail address.')
  }
}

/** What an owner may change about himself. Left out: unchanged. */
export type AccountChange = Readonly<{
  name?: string | null | undefined
  locale?: string | null | undefined
  preferences?: Readonly<Record<string, Json>> | null | undefined
  wantsSessionAlerts?: boolean | null | undefined
}>

const codePoints = (text: string): number => [...text].length

/** Characters that no name, address or note has a use for, and that PostgreSQL or a terminal would choke on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** What is wrong with a line of text a person typed; null if nothing is. */
export const textProblem = (text: string, max: number): string | null => {
  if (codePoints(text) > max) return `Must be at most ${max.toLocaleString('en-US')} characters.`
  return CONTROL.test(text) ? 'Must be one line of text without control characters.' : null
}

const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[^\s@"(),:;<>[\]\\]+\.[^\s@"(),:;<>[\]\\.]+$/u

/**
 * The one form of an address: lower case, the domain in ASCII (IDNA, RFC 5891). Dots and plus signs stay: whether they
 * matter is the provider's business.
 * @returns null for what is not an address of at most 254 characters (RFC 5321).
 */
export const normaliseEmail = (typed: string): string | null => {
  const text = typed.trim().normalize('NFC').toLowerCase()
  if (text.length > SIZES.email || CONTROL.test(text) || !EMAIL.test(text)) return null
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), domainToASCII(text.slice(at + 1))]
  const address = `${local}@${domain}`
  const sound = domain !== '' && local.length <= 64 && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..')
  return sound && address.length <= SIZES.email ? address : null
}

/** BCP 47 in its canonical spelling. @returns null for what is not a language tag of at most 35 characters. */
export const normaliseLocale = (typed: string): string | null => {
  if (typed.length > SIZES.locale) return null
  try {
    return Intl.getCanonicalLocales(typed)[0] ?? null
  } catch {
    return null
  }
}

const isNestedWithin = (value: Json, levels: number): boolean =>
  value === null ||
  typeof value !== 'object' ||
  (levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1)))

/** NUL or half a character as JSON writes it; an even number of backslashes before it makes it ordinary text. */
const BROKEN_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

const preferencesProblem = (preferences: Readonly<Record<string, Json>>): string | null => {
  // before it is written out: writing goes as deep as the data does
  if (!isNestedWithin(preferences, SIZES.preferencesDepth)) return `Must be nested at most ${SIZES.preferencesDepth} levels deep.`
  const text = JSON.stringify(preferences)
  if (Buffer.byteLength(text) > SIZES.preferencesBytes)
    return `Must be at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON.`
  return BROKEN_ESCAPE.test(text) ? 'Must not contain NUL or broken characters.' : null
}

/** The change in stored form. Null clears. @throws InvalidInput with every field that is not acceptable. */
export const checkChange = (change: AccountChange): AccountChange => {
  const problems: InvalidField[] = []
  const problem = (path: string, message: string | null) => message !== null && problems.push({ path: `input.${path}`, message })
  const locale = change.locale == null ? change.locale : normaliseLocale(change.locale)
  if (change.name != null) problem('name', textProblem(change.name, SIZES.name))
  if (change.locale != null && locale === null) problem('locale', 'Must be a language tag such as en or pt-BR.')
  if (change.preferences != null) problem('preferences', preferencesProblem(change.preferences))
  if (problems.length > 0) throw new InvalidInput(problems)
  return {
    ...(change.name === undefined ? {} : { name: change.name === null || change.name.trim() === '' ? null : change.name.trim() }),
    ...(locale === undefined ? {} : { locale }),
    ...(change.preferences === undefined ? {} : { preferences: change.preferences ?? {} }),
    ...(change.wantsSessionAlerts === undefined ? {} : { wantsSessionAlerts: change.wantsSessionAlerts ?? true }),
  }
}

export const ACCOUNT_STATUSES = {
  ACTIVE: 'May sign in.',
  BLOCKED: 'May not sign in; every session was ended.',
} as const

export type AccountStatus = keyof typeof ACCOUNT_STATUSES

export type AccountFilter = Readonly<{
  search?: string | null | undefined
  email?: string | null | undefined
  status?: AccountStatus | null | undefined
  label?: string | null | undefined
}>
