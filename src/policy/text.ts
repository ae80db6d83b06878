/** What people type, judged and brought into one form: lines of text, e-mail addresses, language tags, an application's own data. Pure; every room asks here. */
import { domainToASCII } from 'node:url'
import type { Json } from '../kernel/events.ts'
import { SIZES } from './bounds.ts'

const codePoints = (text: string): number => [...text].length

/** Characters that no name, address or note has a use for, and that PostgreSQL or a terminal would choke on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** What is wrong with a line of text a person typed; null if nothing is. */
export const textProblem = (text: string, max: number): string | null => {
  if (codePoints(text) > max) return `Must be at most ${max.toLocaleString('en-US')} characters.`
  return CONTROL.test(text) ? 'Must be one line of text without control characters.' : null
}

/** What is wrong with the labels of an account; null if nothing is. */
export const labelsProblem = (labels: readonly string[]): string | null => {
  if (labels.length > SIZES.labels) return `At most ${SIZES.labels} labels.`
  const bad = labels.some((label) => label === '' || textProblem(label, SIZES.label) !== null)
  return bad ? `Each label must be 1 to ${SIZES.label} characters.` : null
}

/** The domain without what `domainToASCII` would take for the end of a host, or decode. */
const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[^\s@"(),:;<>[\]\\/?#%]+$/u

/** Two labels or more (RFC 1123), the last with a letter: numbers alone would be a network address. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

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
  const sound =
    DOMAIN.test(domain) && local.length <= 64 && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..')
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

/** Its first character and its domain: enough for its owner to know it, too little for others to write to it. @param address in its normal form. */
export const maskEmail = (address: string): string => `${[...address][0] ?? ''}•••${address.slice(address.lastIndexOf('@'))}`

const isNestedWithin = (value: Json, levels: number): boolean =>
  value === null ||
  typeof value !== 'object' ||
  (levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1)))

/** NUL or half a character as JSON writes it; an even number of backslashes before it makes it ordinary text. */
const BROKEN_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/** What is wrong with an application's own data; null if nothing is. */
export const preferencesProblem = (preferences: Readonly<Record<string, Json>>): string | null => {
  // before it is written out: writing goes as deep as the data does
  if (!isNestedWithin(preferences, SIZES.preferencesDepth)) return `Must be nested at most ${SIZES.preferencesDepth} levels deep.`
  const text = JSON.stringify(preferences)
  if (Buffer.byteLength(text) > SIZES.preferencesBytes)
    return `Must be at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON.`
  return BROKEN_ESCAPE.test(text) ? 'Must not contain NUL or broken characters.' : null
}
