/** The passwords table. */
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'

const HASH = prepared<{ hash: string }>('SELECT "hash" FROM "passwords" WHERE "account_id" = $1')

/** @returns null for an account without a password, or none. */
export const hashOf = async (tx: BareTx, accountId: string): Promise<string | null> =>
  (await rows(tx, HASH, accountId))[0]?.hash ?? null

const CHANGED = prepared<{ accountId: string; changedAt: Date }>(`
  SELECT "account_id" AS "accountId", "changed_at" AS "changedAt" FROM "passwords" WHERE "account_id" = ANY($1::text[])`)

export const findMany = (tx: BareTx, accountIds: readonly string[]): Promise<readonly { accountId: string; changedAt: Date }[]> =>
  rows(tx, CHANGED, accountIds)

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

const INSERT_MANY = prepared(`
  INSERT INTO "passwords" ("account_id", "hash", "changed_at")
  SELECT "accountId", "hash", $2 FROM jsonb_to_recordset($1::text::jsonb) AS given("accountId" text, "hash" text)`)

export type NewHash = Readonly<{ accountId: string; hash: string }>

/** For accounts that have none yet. */
export const insertMany = (tx: BareTx, hashes: readonly NewHash[], changedAt: Date): Promise<void> =>
  write(tx, INSERT_MANY, JSON.stringify(hashes), changedAt)
