/** Phone numbers: judged and brought into one form. Pure; every room asks here. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { SIZES } from './bounds.ts'

export const NOT_A_PHONE = 'This is not a phone number with its country, such as +14155552671.'

/**
 * The one form of a number: E.164. It has to be typed with its country, since nobody here knows where a person lives; spaces,
 * dashes and brackets do not matter. Length and first digits are checked against the country's plan, not whether it is in use.
 * @returns null for what is no such number.
 */
export const normalisePhone = (typed: string): string | null => {
  const text = typed.trim()
  if (!text.startsWith('+') || text.length > SIZES.phone) return null
  const number = parsePhoneNumberFromString(text, { extract: false })
  return number?.isValid() === true && number.ext === undefined ? number.number : null
}
