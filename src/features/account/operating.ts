/** What an operator may change about an account, and what is acceptable. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import { SETTING_BOUNDS, SIZES } from '../../policy/bounds.ts'
import { ADMIN_LABEL } from '../../policy/permissions.ts'
import { NOT_A_PHONE, normalisePhone } from '../../policy/phones.ts'
import { labelsProblem, normaliseEmail, textProblem } from '../../policy/text.ts'
import type { Account } from './account.ts'

/** Left out: unchanged. Null clears, where there is something to clear. */
export type OperatorChange = Readonly<{
  name?: string | null | undefined
  email?: string | null | undefined
  emailVerified?: boolean | null | undefined
  phone?: string | null | undefined
  phoneVerified?: boolean | null | undefined
  labels?: readonly string[] | null | undefined
  sessionLimit?: number | null | undefined
  requirePasswordReset?: boolean | null | undefined
}>

/** The change as it is stored. */
export type OperatorMarks = Partial<
  Pick<
    Account,
    'name' | 'email' | 'emailVerifiedAt' | 'phone' | 'phoneVerifiedAt' | 'labels' | 'sessionLimit' | 'passwordResetRequired'
  >
>

const limitProblem = (limit: number): string | null => {
  const { min, max } = SETTING_BOUNDS['sessions.limit']
  return limit >= min && limit <= max ? null : `Must be ${min} to ${max}, or null for the setting.`
}

type Address = Readonly<{ value: string | null; verifiedAt: Date | null }>

/**
 * A new address has not been proven, unless the operator says that it has.
 * @param next in its normal form; left out: the one that is there.
 * @returns what changes.
 */
const changedAddress = (
  next: string | null | undefined,
  isVerified: boolean | null | undefined,
  { value, verifiedAt }: Address,
  now: Date,
): Partial<Address> => {
  const kept = next === undefined ? value : next
  const isNew = kept !== value
  const verified = kept !== null && (isVerified ?? (!isNew && verifiedAt !== null))
  return {
    ...(isNew ? { value: kept } : {}),
    ...(isNew || isVerified != null ? { verifiedAt: verified ? (isNew ? now : (verifiedAt ?? now)) : null } : {}),
  }
}

const normalised = (typed: string | null | undefined, normalise: (typed: string) => string | null) =>
  typed == null ? typed : normalise(typed)

const addressMarks = (change: OperatorChange, account: Account, now: Date): OperatorMarks => {
  const [mail, number] = [normalised(change.email, normaliseEmail), normalised(change.phone, normalisePhone)]
  const email = changedAddress(mail, change.emailVerified, { value: account.email, verifiedAt: account.emailVerifiedAt }, now)
  const phone = changedAddress(number, change.phoneVerified, { value: account.phone, verifiedAt: account.phoneVerifiedAt }, now)
  return {
    ...(email.value === undefined ? {} : { email: email.value }),
    ...(email.verifiedAt === undefined ? {} : { emailVerifiedAt: email.verifiedAt }),
    ...(phone.value === undefined ? {} : { phone: phone.value }),
    ...(phone.verifiedAt === undefined ? {} : { phoneVerifiedAt: phone.verifiedAt }),
  }
}

/** @throws InvalidInput with every field that is not acceptable. */
export const checkOperatorChange = (change: OperatorChange, account: Account, now: Date): OperatorMarks => {
  const { name, email, phone, labels, sessionLimit, requirePasswordReset } = change
  const problems: Readonly<Record<string, string | null>> = {
    name: name == null ? null : textProblem(name, SIZES.name),
    email: email == null || normaliseEmail(email) !== null ? null : 'This is not an e-mail address.',
    phone: phone == null || normalisePhone(phone) !== null ? null : NOT_A_PHONE,
    labels: labels == null ? null : labelsProblem(labels),
    sessionLimit: sessionLimit == null ? null : limitProblem(sessionLimit),
  }
  const fields: InvalidField[] = Object.entries(problems).flatMap(([path, message]) =>
    message === null ? [] : [{ path: `input.${path}`, message }],
  )
  if (fields.length > 0) throw new InvalidInput(fields)
  return {
    ...(name === undefined ? {} : { name: name === null || name.trim() === '' ? null : name.trim() }),
    ...addressMarks(change, account, now),
    ...(labels === undefined ? {} : { labels: [...new Set(labels ?? [])] }),
    ...(sessionLimit === undefined ? {} : { sessionLimit }),
    ...(requirePasswordReset == null ? {} : { passwordResetRequired: requirePasswordReset }),
  }
}

/** Whether the change makes or unmakes an operator, which keys may not. */
export const touchesAdmin = (account: Account, { labels }: OperatorMarks): boolean =>
  account.labels.includes(ADMIN_LABEL) || labels?.includes(ADMIN_LABEL) === true
