/** The passwords table. */
import { type BareTx, prepared, rows, type Tx } from '../../ports/db/index.ts'

const HASH = prepared<{ hash: string }>('SELECT "hash" FROM "passwords" WHERE "account_id" = $1')

/** @returns null for an account without a password, or none. */
export const hashOf = async (tx: BareTx, accountId: string): Promise<string | null> =>
  (await rows(tx, HASH, accountId))[0]?.hash ?? null

const CHANGED = prepared<{ accountId: string; changedAt: Date }>(`
  SELECT "account_id" AS "accountId", "changed_at" AS "changedAt" FROM "passwords" WHERE "account_id" = ANY($1::text[])`)

export const findMany = (tx: BareTx, accountIds: readonly string[]): Promise<readonly { accountId: string; changedAt: Date }[]> =>
  rows(tx, CHANGED, accountIds)

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

export const remove = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.password.deleteMany({ where: { accountId } })
}

export const put = async (tx: Tx, accountId: string, hash: string, changedAt: Date): Promise<void> => {
  await tx.password.upsert({
    where: { accountId },
    create: { accountId, hash, changedAt },
    update: { hash, changedAt },
    select: { accountId: true },
  })
}
