/** Passwords as a credential: what can be wrong with one that is offered, and with one that is to be set. */
import { DomainError, type InvalidField } from '../../kernel/errors.ts'
import { SIZES } from '../../policy/bounds.ts'
import {
  isAbsurdlyLong,
  normalisePassword,
  type PasswordRule,
  type PasswordViolation,
  passwordProblem,
  suggestionsFor,
} from '../../policy/passwords.ts'
import type { Person } from '../../policy/personal.ts'
import { textProblem } from '../../policy/text.ts'
import type { Account } from '../account/account.ts'

/** Unknown address and wrong password alike. */
export class InvalidCredentials extends DomainError {
  constructor(message = 'The e-mail address or the password is wrong.') {
    super('INVALID_CREDENTIALS', message)
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

  /** Whether the rule is among the broken ones. RECENTLY_USED tells something of the account: a caller that learns it pays an attempt. */
  breaks(rule: PasswordRule): boolean {
    return this.violations.some((violation) => violation.rule === rule)
  }
}

/** Whose password it is to be: what is known of the person, and the account, if there is one already. */
export type Owner = Readonly<{ person: Person; accountId: string | null }>

/** Of a password for an account that there is. */
export const ownerOf = ({ id, name, email, phone }: Account): Owner => ({ person: { name, email, phone }, accountId: id })

/** What is asked of `passwordStrength`: a password, and what is known of whom it is for. */
export type StrengthQuestion = Person & Readonly<{ password: string }>

const PERSON = ['name', 'email', 'phone'] as const

/** @returns every field of the question that is not acceptable. Half an address is: people ask while they type. */
export const askProblems = (question: StrengthQuestion): readonly InvalidField[] => {
  const problems: Readonly<Record<string, string | null>> = {
    password: passwordProblem(question.password),
    ...Object.fromEntries(PERSON.map((field) => [field, textProblem(question[field] ?? '', SIZES[field])])),
  }
  return Object.entries(problems).flatMap(([field, message]) => (message === null ? [] : [{ path: `input.${field}`, message }]))
}

/** The password in the form that is compared; too long a one is cut off, since none that long can be right. */
export const offeredPassword = (password: string): string => (isAbsurdlyLong(password) ? '' : normalisePassword(password))

/** The same as it was typed, for a hash that another system made. */
export const typedPassword = (password: string): string => (isAbsurdlyLong(password) ? '' : password)
