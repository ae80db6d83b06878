/** What an operator may change about an account, and what is acceptable. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import { SETTING_BOUNDS, SIZES } from '../../policy/bounds.ts'
import { ADMIN_LABEL } from '../../policy/permissions.ts'
import { normaliseEmail, textProblem } from '../../policy/text.ts'
import type { Account } from './account.ts'

/** Left out: unchanged. Null clears, where there is something to clear. */
export type OperatorChange = Readonly<{
  name?: string | null | undefined
  email?: string | null | undefined
  emailVerified?: boolean | null | undefined
  labels?: readonly string[] | null | undefined
  sessionLimit?: number | null | undefined
  requirePasswordReset?: boolean | null | undefined
}>

/** The change as it is stored. */
export type OperatorMarks = Partial<
  Pick<Account, 'name' | 'email' | 'emailVerifiedAt' | 'labels' | 'sessionLimit' | 'passwordResetRequired'>
>

/** What is wrong with an account's labels; null if nothing is. */
export const labelsProblem = (labels: readonly string[]): string | null => {
  if (labels.length > SIZES.labels) return `At most ${SIZES.labels} labels.`
  const bad = labels.some((label) => label === '' || textProblem(label, SIZES.label) !== null)
  return bad ? `Each label must be 1 to ${SIZES.label} characters.` : null
}

const limitProblem = (limit: number): string | null => {
  const { min, max } = SETTING_BOUNDS['sessions.limit']
  return limit >= min && limit <= max ? null : `Must be ${min} to ${max}, or null for the setting.`
}

/** A new address has not been proven, unless the operator says that it has. */
const emailMarks = ({ email, emailVerified }: OperatorChange, account: Account, now: Date): OperatorMarks => {
  const next = email === undefined ? account.email : email === null ? null : normaliseEmail(email)
  const isNew = next !== account.email
  const verified = next !== null && (emailVerified ?? (!isNew && account.emailVerifiedAt !== null))
  return {
    ...(isNew ? { email: next } : {}),
    ...(isNew || emailVerified != null
      ? { emailVerifiedAt: verified ? (isNew ? now : (account.emailVerifiedAt ?? now)) : null }
      : {}),
  }
}

/** @throws InvalidInput with every field that is not acceptable. */
export const checkOperatorChange = (change: OperatorChange, account: Account, now: Date): OperatorMarks => {
  const { name, email, labels, sessionLimit, requirePasswordReset } = change
  const problems: Readonly<Record<string, string | null>> = {
    name: name == null ? null : textProblem(name, SIZES.name),
    email: email == null || normaliseEmail(email) !== null ? null : 'This is not an e-mail address.',
    labels: labels == null ? null : labelsProblem(labels),
    sessionLimit: sessionLimit == null ? null : limitProblem(sessionLimit),
  }
  const fields: InvalidField[] = Object.entries(problems).flatMap(([path, message]) =>
    message === null ? [] : [{ path: `input.${path}`, message }],
  )
  if (fields.length > 0) throw new InvalidInput(fields)
  return {
    ...(name === undefined ? {} : { name: name === null || name.trim() === '' ? null : name.trim() }),
    ...emailMarks(change, account, now),
    ...(labels === undefined ? {} : { labels: [...new Set(labels ?? [])] }),
    ...(sessionLimit === undefined ? {} : { sessionLimit }),
    ...(requirePasswordReset == null ? {} : { passwordResetRequired: requirePasswordReset }),
  }
}

/** Whether the change makes or unmakes an operator, which keys may not. */
export const touchesAdmin = (account: Account, { labels }: OperatorMarks): boolean =>
  account.labels.includes(ADMIN_LABEL) || labels?.includes(ADMIN_LABEL) === true
