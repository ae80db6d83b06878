/** An account: somebody who can sign in. */
import { isDeepStrictEqual } from 'node:util'
import { DomainError, type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'
import { normaliseLocale, preferencesProblem, textProblem } from '../../policy/text.ts'

export type Account = Readonly<{
  id: string
  email: string | null
  emailVerifiedAt: Date | null
  /** E.164. */
  phone: string | null
  phoneVerifiedAt: Date | null
  /** Takes the place of `email` once it is proven. */
  pendingEmail: string | null
  name: string | null
  locale: string | null
  preferences: Readonly<Record<string, Json>>
  labels: readonly string[]
  wantsSessionAlerts: boolean
  sessionLimit: number | null
  blockedAt: Date | null
  blockReason: string | null
  passwordResetRequired: boolean
  createdAt: Date
  firstSessionAt: Date | null
  deletesAt: Date | null
}>

/** All of the above, for whoever reads accounts column by column. */
export const ACCOUNT_FIELDS = {
  id: true,
  email: true,
  emailVerifiedAt: true,
  phone: true,
  phoneVerifiedAt: true,
  pendingEmail: true,
  name: true,
  locale: true,
  preferences: true,
  labels: true,
  wantsSessionAlerts: true,
  sessionLimit: true,
  blockedAt: true,
  blockReason: true,
  passwordResetRequired: true,
  createdAt: true,
  firstSessionAt: true,
  deletesAt: true,
} as const satisfies Record<keyof Account, true>

export class EmailTaken extends DomainError {
  constructor() {
    super('EMAIL_TAKEN', 'There is already an account with this e-mail address.')
  }
}

export class PhoneTaken extends DomainError {
  constructor() {
    super('PHONE_TAKEN', 'There is already an account with this phone number.')
  }
}

/** Where an account is told what concerns its own security: each address it has proven. Today that is one at most. */
export const provenAddresses = ({ email, emailVerifiedAt }: Pick<Account, 'email' | 'emailVerifiedAt'>): readonly string[] =>
  email === null || emailVerifiedAt === null ? [] : [email]

/** What an owner may change about himself. Left out: unchanged. */
export type AccountChange = Readonly<{
  name?: string | null | undefined
  locale?: string | null | undefined
  preferences?: Readonly<Record<string, Json>> | null | undefined
  wantsSessionAlerts?: boolean | null | undefined
}>

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

/** Which fields a change gives another value. */
export const fieldsChanged = (account: Account, change: Partial<Account> | AccountChange): readonly string[] =>
  Object.entries(change).flatMap(([field, value]) => (isDeepStrictEqual(value, account[field as keyof Account]) ? [] : [field]))

/** Nobody can be told from anybody else by it: without an address it has no place in a team. */
export const isAnonymous = ({ email, phone }: Pick<Account, 'email' | 'phone'>): boolean => email === null && phone === null

export const ACCOUNT_STATUSES = {
  ACTIVE: 'May sign in.',
  BLOCKED: 'May not sign in; every session was ended.',
} as const

type AccountStatus = keyof typeof ACCOUNT_STATUSES

export type AccountFilter = Readonly<{
  search?: string | null | undefined
  email?: string | null | undefined
  phone?: string | null | undefined
  status?: AccountStatus | null | undefined
  label?: string | null | undefined
}>
