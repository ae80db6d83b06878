/** The sessions table and what it says of the account, read for a token that a request presents. */
import { type BareTx, columns, prepared, rows } from '../../ports/db/index.ts'
import { ACCOUNT_FIELDS, type Account } from '../account/account.ts'
import type { Presented } from './copy.ts'
import { fields } from './session.store.ts'
import type { Session } from './session.ts'

const BY_TOKEN = prepared<Readonly<Record<string, unknown>> & Readonly<{ version: number; hasHandover: boolean }>>(`
  SELECT ${columns(fields, 'sessions').replace('"factors"', '"factors"::text[]')}, ${columns(ACCOUNT_FIELDS, 'accounts')},
    "accounts"."version" AS "version", "sessions"."handover_hash" IS NOT NULL AS "hasHandover"
  FROM "sessions" JOIN "accounts" ON "accounts"."id" = "sessions"."account_id" WHERE "sessions"."token_hash" = $1`)

const part = (row: Readonly<Record<string, unknown>>, table: string, names: Readonly<Record<string, true>>): unknown =>
  Object.fromEntries(Object.keys(names).map((name) => [name, row[`${table}.${name}`]]))

/**
 * What authenticating a request needs, and the version under which it may be copied. One statement, so as of one moment: a
 * session read before its end beside a version read after it would make a copy that is believed.
 */
export const findByToken = async (tx: BareTx, tokenHash: string): Promise<(Presented & Readonly<{ version: number }>) | null> => {
  const [row] = await rows(tx, BY_TOKEN, tokenHash)
  if (row === undefined) return null
  const session = part(row, 'sessions', fields) as Session // the lists of fields are the types' own
  const account = part(row, 'accounts', ACCOUNT_FIELDS) as Account
  return { session, account, hasHandover: row.hasHandover, version: row.version }
}
