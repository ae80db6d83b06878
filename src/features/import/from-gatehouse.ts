/**
 * Gatehouse's own form: the fields of `ImportedAccountInput`, with `locale`, `preferences` and `blocked` besides. In CSV the
 * fields of a password are columns such as `password.hash`. A field that nobody knows is refused: it may have been meant.
 */
import { z } from 'zod'
import type { Json } from '../../kernel/events.ts'
import { PASSWORD_HASH_FORMATS, type PasswordHashFormat, SALT_POSITIONS } from '../../policy/hash-formats.ts'
import type { ImportedRow } from './import.ts'
import type { ReadExport } from './sources.ts'

const text = z.string().nullish()
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).nullish()
const number = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .nullish()
const labels = z.union([z.array(z.string()), z.string().transform((list) => list.split(';'))]).nullish()
const moment = z.iso.datetime({ offset: true }).transform((time) => new Date(time))
const object = z.record(z.string(), z.unknown()).transform((found) => found as Readonly<Record<string, Json>>) // it came out of JSON

const json = z.string().transform((written, context) => {
  try {
    return object.parse(JSON.parse(written))
  } catch {
    context.addIssue({ code: 'custom', message: 'Must be a JSON object.' })
    return z.NEVER
  }
})

const password = z.strictObject({
  format: z.enum(Object.keys(PASSWORD_HASH_FORMATS) as [PasswordHashFormat, ...PasswordHashFormat[]]), // the table's own keys
  hash: z.string(),
  salt: text,
  saltPosition: z.enum(Object.keys(SALT_POSITIONS) as ['PREFIX', 'SUFFIX']).nullish(), // the same
  cost: number,
  blockSize: number,
  parallelism: number,
  memoryCost: number,
  rounds: number,
  signerKey: text,
  saltSeparator: text,
  iterations: number,
  digest: text,
})

const row = z.strictObject({
  externalId: text,
  email: text,
  phone: text,
  name: text,
  emailVerified: flag,
  phoneVerified: flag,
  labels,
  password: password.nullish(),
  createdAt: moment.nullish(),
  locale: text,
  preferences: z.union([object, json]).nullish(),
  blocked: flag,
}) satisfies z.ZodType<ImportedRow>

const NESTED = 'password.'

/** Columns with a dot in their names become what they stand for. */
const nested = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const inner = Object.entries(value).filter(([name]) => name.startsWith(NESTED))
  if (inner.length === 0) return value
  const outer = Object.entries(value).filter(([name]) => !name.startsWith(NESTED))
  return {
    ...Object.fromEntries(outer),
    password: Object.fromEntries(inner.map(([name, part]) => [name.slice(NESTED.length), part])),
  }
}

/** A name from the file, cut short: it may be anything. */
const shown = (name: PropertyKey): string => JSON.stringify(String(name).slice(0, 40))

const sentence = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `${issue.keys.slice(0, 5).map(shown).join(', ')}: There is no such field.`
    : `${issue.path.map(String).join('.')}: ${issue.message}.`

export const fromGatehouse: ReadExport = () => (value) => {
  const read = row.safeParse(nested(value))
  return read.success ? read.data : { refused: read.error.issues.slice(0, 5).map(sentence).join(' ') }
}
