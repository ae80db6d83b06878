/** Where a new password is typed on a page: the field, as long as the settings want it, and what is wrong with what was typed. */
import { WeakPassword } from '../features/credential/credential.ts'
import type { PageWords } from '../features/message/texts/page-words.ts'
import type { SecuritySettings } from '../features/settings/settings.ts'
import { type DomainError, InvalidInput } from '../kernel/errors.ts'
import { type Html, html } from '../kernel/html.ts'
import { PASSWORD_LENGTH } from '../policy/bounds.ts'

/** How long a password may be, in characters. */
export type PasswordBounds = Readonly<{ min: number; max: number }>

export const passwordBounds = ({ passwords }: Pick<SecuritySettings, 'passwords'>): PasswordBounds => ({
  min: passwords.minLength,
  max: PASSWORD_LENGTH.max,
})

export const passwordField = (label: string, { min }: PasswordBounds): Html =>
  html`<label for="password">${label}</label>
<input id="password" name="password" type="password" dir="ltr" autocomplete="new-password" required minlength="${String(min)}">
`

/** @returns what to say of a password that was refused; null if the trouble is another. */
export const passwordTrouble = ({ rule }: PageWords, problem: DomainError, bounds: PasswordBounds): string | null => {
  if (problem instanceof WeakPassword) return problem.violations.map((violation) => rule(violation.rule, bounds)).join(' ')
  if (!(problem instanceof InvalidInput)) return null
  // what is not even looked at is far too long
  return problem.fields.some(({ path }) => /^input\.(newP|p)assword$/.test(path)) ? rule('TOO_LONG', bounds) : null
}
