/** The tables of passwords: the current one of each account, and earlier ones that may not come back. */
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'

/** `sequence`: which password it is. Another one has another number; the same one hashed anew keeps its own. */
export type Stored = Readonly<{ hash: string; sequence: string }>

const FIND = prepared<Stored>('SELECT "hash", "sequence"::text AS "sequence" FROM "passwords" WHERE "account_id" = $1')

/** @returns null for an account without a password, or none. */
export const find = async (tx: BareTx, accountId: string): Promise<Stored | null> => (await rows(tx, FIND, accountId))[0] ?? null

const CHANGED = prepared<{ accountId: string; changedAt: Date }>(`
  SELECT "account_id" AS "accountId", "changed_at" AS "changedAt" FROM "passwords" WHERE "account_id" = ANY($1::text[])`)

export const findMany = (tx: BareTx, accountIds: readonly string[]): Promise<readonly { accountId: string; changedAt: Date }[]> =>
  rows(tx, CHANGED, accountIds)

const EARLIER = prepared<{ hash: string }>(`
  SELECT "hash" FROM "password_history" WHERE "account_id" = $1 AND "age" <= $2 ORDER BY "age"`)

/** The newest first. @param length how many of them count. */
export const earlierHashes = async (tx: BareTx, accountId: string, length: number): Promise<readonly string[]> =>
  (await rows(tx, EARLIER, accountId, length)).map((row) => row.hash)

const REPLACE = prepared<{ accountId: string }>(
  'UPDATE "passwords" SET "hash" = $3 WHERE "account_id" = $1 AND "hash" = $2 RETURNING "account_id" AS "accountId"',
)

/**
 * Puts another hash of the same password in the place of one, if that is still what stands there: whoever has changed the
 * password meanwhile, or is about to commit it, wins. @returns whether it did.
 */
export const replace = async (tx: BareTx, accountId: string, old: string, hash: string): Promise<boolean> =>
  (await rows(tx, REPLACE, accountId, old, hash)).length === 1

const OUTDATED = prepared<{ count: number }>(`
  SELECT count(*)::int AS "count" FROM "passwords" WHERE NOT (starts_with("hash", $1) AND octet_length("hash") = $2::int)`)

/** @returns how many hashes do not begin and measure so. Reads the whole table, once. */
export const countOutdated = async (tx: BareTx, head: string, length: number): Promise<number> =>
  (await rows(tx, OUTDATED, head, length))[0]?.count ?? 0

const UNREADABLE = prepared<{ count: number }>(`
  SELECT count(*)::int AS "count" FROM "passwords"
  WHERE starts_with("hash", '$argon2') AND split_part(split_part("hash", '$', 4), ',keyid=', 2) <> ALL($1::text[])`)

/** @returns how many hashes need a pepper that is none of these. Reads the whole table, once. */
export const countUnreadable = async (tx: BareTx, keyids: readonly string[]): Promise<number> =>
  (await rows(tx, UNREADABLE, ['', ...keyids]))[0]?.count ?? 0

/** Leaves neither a password nor earlier ones. */
export const remove = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.password.deleteMany({ where: { accountId } })
  await tx.earlierPassword.deleteMany({ where: { accountId } })
}

const SUPERSEDE = prepared(`
  WITH "dropped" AS (DELETE FROM "password_history" WHERE "account_id" = $1 AND "age" >= $4::int),
  "aged" AS (UPDATE "password_history" SET "age" = "age" + 1 WHERE "account_id" = $1 AND "age" < $4::int),
  "kept" AS (
    INSERT INTO "password_history" ("account_id", "hash", "age")
    SELECT "account_id", "hash", 1 FROM "passwords" WHERE "account_id" = $1 AND $4::int > 0)
  INSERT INTO "passwords" ("account_id", "hash", "changed_at") VALUES ($1, $2, $3)
  ON CONFLICT ("account_id") DO UPDATE
    SET "hash" = EXCLUDED."hash", "changed_at" = EXCLUDED."changed_at", "sequence" = EXCLUDED."sequence"`)

/**
 * Another password: the present one becomes the newest of the earlier ones, of which so many stay. The account must be locked.
 * The same password hashed anew is no other one: that is `replace`.
 */
export const supersede = (tx: BareTx, accountId: string, hash: string, changedAt: Date, historyLength: number): Promise<void> =>
  write(tx, SUPERSEDE, accountId, hash, changedAt, historyLength)

const TRIM = prepared<{ age: number }>(`
  DELETE FROM "password_history" WHERE "id" IN (
    SELECT "id" FROM "password_history" WHERE "age" > $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING "age"`)

/** Forgets what is older than that, of all accounts; a batch at most. What somebody is just changing, he trims himself. @returns how many. */
export const trim = async (tx: BareTx, historyLength: number, batch: number): Promise<number> =>
  (await rows(tx, TRIM, historyLength, batch)).length

const INSERT_MANY = prepared(`
  INSERT INTO "passwords" ("account_id", "hash", "changed_at")
  SELECT "accountId", "hash", $2 FROM jsonb_to_recordset($1::text::jsonb) AS given("accountId" text, "hash" text)`)

export type NewHash = Readonly<{ accountId: string; hash: string }>

/** For accounts that have none yet. */
export const insertMany = (tx: BareTx, hashes: readonly NewHash[], changedAt: Date): Promise<void> =>
  write(tx, INSERT_MANY, JSON.stringify(hashes), changedAt)
