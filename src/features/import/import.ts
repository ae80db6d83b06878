/** Accounts from another system: what a row says, what is acceptable about it, and what became of it. */
import type { InvalidField } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'
import type { ForeignPassword } from '../../policy/hash-formats.ts'
import { NOT_A_PHONE, normalisePhone } from '../../policy/phones.ts'
import { labelsProblem, normaliseEmail, normaliseLocale, textProblem } from '../../policy/text.ts'

/** A row. What only files can say stands last. */
export type ImportedRow = Readonly<{
  externalId?: string | null | undefined
  email?: string | null | undefined
  phone?: string | null | undefined
  name?: string | null | undefined
  emailVerified?: boolean | null | undefined
  phoneVerified?: boolean | null | undefined
  labels?: readonly string[] | null | undefined
  password?: ForeignPassword | null | undefined
  createdAt?: Date | null | undefined
  locale?: string | null | undefined
  preferences?: Readonly<Record<string, Json>> | null | undefined
  blocked?: boolean | null | undefined
}>

/** What became of a row. `error` begins with a code of the one table. */
export type Outcome<Account> = Readonly<{ row: number; externalId: string | null; account: Account | null; error: string | null }>

/** What of a row is stored, but for its password and its preferences. */
export type ReadRow = Readonly<{
  email: string | null
  emailVerifiedAt: Date | null
  phone: string | null
  phoneVerifiedAt: Date | null
  name: string | null
  locale: string | null
  labels: readonly string[]
  blockedAt: Date | null
  createdAt: Date
}>

/** Lists are ordered by the time of creation, and their cursors know no time before this. */
const EARLIEST = new Date(0)

const createdAtProblem = (createdAt: Date | null | undefined, now: Date): string | null => {
  if (createdAt == null || (createdAt >= EARLIEST && createdAt <= now)) return null
  return `Must be from ${EARLIEST.getUTCFullYear()} on, and not in the future.`
}

/** Brings a row into the form in which it is stored, or says everything that is wrong with it. */
export const readRow = (row: ImportedRow, now: Date): ReadRow | readonly InvalidField[] => {
  const email = row.email == null ? null : normaliseEmail(row.email)
  const phone = row.phone == null ? null : normalisePhone(row.phone)
  const locale = row.locale == null ? null : normaliseLocale(row.locale)
  const name = row.name == null || row.name.trim() === '' ? null : row.name.trim()
  const labels = row.labels ?? []
  const problems: readonly (readonly [path: string, message: string | null | false])[] = [
    ['externalId', row.externalId == null ? null : textProblem(row.externalId, SIZES.externalId)],
    ['email', row.email != null && email === null && 'This is not an e-mail address.'],
    ['phone', row.phone != null && phone === null && NOT_A_PHONE],
    ['email', row.email == null && row.phone == null && 'Give an e-mail address or a phone number.'],
    ['emailVerified', row.emailVerified === true && row.email == null && 'There is no address to be verified.'],
    ['phoneVerified', row.phoneVerified === true && row.phone == null && 'There is no number to be verified.'],
    ['name', name === null ? null : textProblem(name, SIZES.name)],
    ['locale', row.locale != null && locale === null && 'Must be a language tag such as en or pt-BR.'],
    ['labels', labelsProblem(labels)],
    ['createdAt', createdAtProblem(row.createdAt, now)],
  ]
  const fields = problems.flatMap(([path, message]) => (message === null || message === false ? [] : [{ path, message }]))
  if (fields.length > 0) return fields
  return {
    email,
    emailVerifiedAt: row.emailVerified === true ? now : null,
    phone,
    phoneVerifiedAt: row.phoneVerified === true ? now : null,
    name,
    locale,
    labels: [...new Set(labels)],
    blockedAt: row.blocked === true ? now : null,
    createdAt: row.createdAt ?? now,
  }
}

/** An error as an outcome says it: a code of the one table, then a sentence. */
export const sayRefusal = ({ code, message }: Readonly<{ code: string; message: string }>): string => `${code}: ${message}`

/** The same for fields that are not acceptable. */
export const sayInvalid = (fields: readonly InvalidField[]): string =>
  sayRefusal({ code: 'INVALID_INPUT', message: fields.map(({ path, message }) => `${path}: ${message}`).join(' ') })
