/** Passwords as a credential: what can be wrong with one that is offered, and with one that is to be set. */
import { DomainError } from '../../kernel/errors.ts'
import {
  isAbsurdlyLong,
  normalisePassword,
  type PasswordViolation,
  suggestionsFor,
  violationsOf,
} from '../../policy/passwords.ts'

/** Unknown address and wrong password alike. */
export class InvalidCredentials extends DomainError {
  constructor() {
    super('INVALID_CREDENTIALS', 'The e-mail address or the password is wrong.')
  }
}

export class AccountBlocked extends DomainError {
  constructor() {
    super('ACCOUNT_BLOCKED', 'This account is blocked. Ask whoever runs this service.')
  }
}

export class PasswordResetRequired extends DomainError {
  constructor() {
    super('PASSWORD_RESET_REQUIRED', 'This account needs a new password. Ask for a recovery link.')
  }
}

export class WeakPassword extends DomainError {
  readonly violations: readonly PasswordViolation[]
  readonly suggestions: readonly string[]
  constructor(violations: readonly PasswordViolation[]) {
    super('WEAK_PASSWORD', violations.map((violation) => violation.message).join(' '))
    this.violations = violations
    this.suggestions = suggestionsFor(violations)
  }
}

/** The password in the form that is hashed. @throws WeakPassword with every rule it breaks. */
export const acceptPassword = (password: string): string => {
  const violations = violationsOf(password)
  if (violations.length > 0) throw new WeakPassword(violations)
  return normalisePassword(password)
}

/** The password in the form that is compared; too long a one is cut off, since none that long can be right. */
export const offeredPassword = (password: string): string => (isAbsurdlyLong(password) ? '' : normalisePassword(password))

/** The same as it was typed, for a hash that another system made. */
export const typedPassword = (password: string): string => (isAbsurdlyLong(password) ? '' : password)
