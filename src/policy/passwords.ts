/** The one decision on every path that sets a password. Pure: takes the password, gives all violations at once. */
import { PASSWORD_LENGTH } from './bounds.ts'

/** Rules a password can break, with the sentence that says so. */
export const PASSWORD_RULES = {
  TOO_SHORT: `Use at least ${PASSWORD_LENGTH.min} characters.`,
  TOO_LONG: `Use at most ${PASSWORD_LENGTH.max} characters.`,
} as const

export type PasswordRule = keyof typeof PASSWORD_RULES

export type PasswordViolation = Readonly<{ rule: PasswordRule; message: string }>

/** Unicode NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B-4, 3.1.1.2). */
export const normalisePassword = (password: string): string => password.normalize('NFKC')

/** Whether the raw input is so long that it is refused before anything is done with it. */
export const isAbsurdlyLong = (password: string): boolean =>
  password.length > 2 * PASSWORD_LENGTH.raw || [...password].length > PASSWORD_LENGTH.raw

/** Length in code points after NFKC; no composition rules (NIST SP 800-63B-4, 3.1.1.2). @returns every rule that is broken. */
export const violationsOf = (password: string): readonly PasswordViolation[] => {
  const length = isAbsurdlyLong(password) ? Number.POSITIVE_INFINITY : [...normalisePassword(password)].length
  const broken: PasswordRule[] = []
  if (length < PASSWORD_LENGTH.min) broken.push('TOO_SHORT')
  if (length > PASSWORD_LENGTH.max) broken.push('TOO_LONG')
  return broken.map((rule) => ({ rule, message: PASSWORD_RULES[rule] }))
}

/** @returns what would make the password acceptable, one sentence a broken rule. */
export const suggestionsFor = (violations: readonly PasswordViolation[]): readonly string[] =>
  violations.length === 0 ? [] : ['A few unrelated words in a row are long, strong and easy to remember.']
