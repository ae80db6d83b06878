/** What people type, judged and brought into one form: lines of text, e-mail addresses, language tags. Pure; every room asks here. */
import { domainToASCII } from 'node:url'
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
