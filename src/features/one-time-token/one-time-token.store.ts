/** The one_time_tokens table. */
import { type BareTx, columns, prepared, rows, sql, type Tx, write } from '../../ports/db/index.ts'
import { GIVING_BACK, type OneTimeToken, type TokenKind } from './one-time-token.ts'

export type NewToken = OneTimeToken & Readonly<{ kind: TokenKind; tokenHash: string; createdAt: Date; expiresAt: Date }>

const INSERT = prepared(`
  INSERT INTO "one_time_tokens" ("id", "kind", "token_hash", "account_id", "bound_to", "data", "created_at", "expires_at")
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS "new"("id" text, "kind" text, "tokenHash" text, "accountId" text, "boundTo" text,
    "data" jsonb, "createdAt" timestamptz, "expiresAt" timestamptz)`)

/** As many as there are, in one statement. */
export const insert = (tx: BareTx, tokens: readonly NewToken[]): Promise<void> => write(tx, INSERT, JSON.stringify(tokens))

const FIELDS = columns({ id: true, accountId: true, boundTo: true, data: true })

const VALID = '"kind" = $1 AND "token_hash" = $2 AND "used_at" IS NULL AND "voided_at" IS NULL AND "expires_at" > $3'

const FIND = prepared<OneTimeToken>(`SELECT ${FIELDS} FROM "one_time_tokens" WHERE ${VALID}`)

export const find = async (tx: BareTx, kind: TokenKind, tokenHash: string, now: Date): Promise<OneTimeToken | null> =>
  (await rows(tx, FIND, kind, tokenHash, now))[0] ?? null

const USE = prepared<OneTimeToken>(`UPDATE "one_time_tokens" SET "used_at" = $3 WHERE ${VALID} RETURNING ${FIELDS}`)

/** One statement, so that of two that try at once one wins. */
export const use = async (tx: BareTx, kind: TokenKind, tokenHash: string, now: Date): Promise<OneTimeToken | null> =>
  (await rows(tx, USE, kind, tokenHash, now))[0] ?? null

const open = (accountId: string) => ({ accountId, usedAt: null, voidedAt: null })

const isOrdinary = { kind: { notIn: [...GIVING_BACK] } }

/** @param spared kinds that stay good. */
export const voidOf = async (tx: Tx, accountId: string, spared: readonly TokenKind[], now: Date): Promise<void> => {
  const where = { ...open(accountId), kind: { notIn: [...spared] } }
  await tx.oneTimeToken.updateMany({ where, data: { voidedAt: now } })
}

export const voidSentTo = async (tx: Tx, accountId: string, address: string, now: Date): Promise<void> => {
  const where = { ...open(accountId), ...isOrdinary, boundTo: address }
  await tx.oneTimeToken.updateMany({ where, data: { voidedAt: now } })
}

const VOID_AFTER = prepared(`
  UPDATE "one_time_tokens" SET "voided_at" = $5
  WHERE "account_id" = $1 AND "used_at" IS NULL AND "voided_at" IS NULL
    AND NOT ("kind" = ANY($2::text[]) AND "id" COLLATE "C" < $3 AND "bound_to" IS DISTINCT FROM $4)`)

/** Everything but what gives another address back and was made before that token; ids grow with time. */
export const voidAfter = (tx: BareTx, { id, accountId, boundTo }: OneTimeToken, now: Date): Promise<void> =>
  write(tx, VOID_AFTER, accountId, GIVING_BACK, id, boundTo, now)

const KEEP_NEWEST = prepared(`
  UPDATE "one_time_tokens" SET "voided_at" = $5 WHERE "id" IN (
    SELECT "id" FROM "one_time_tokens"
    WHERE "account_id" = $1 AND "kind" = $2 AND "bound_to" = $3 AND "used_at" IS NULL AND "voided_at" IS NULL
    ORDER BY "created_at" DESC, "id" DESC OFFSET $4)`)

/** Voids what was sent to an address but the newest. */
export const keepNewest = (
  tx: BareTx,
  accountId: string,
  kind: TokenKind,
  boundTo: string,
  count: number,
  now: Date,
): Promise<void> => write(tx, KEEP_NEWEST, accountId, kind, boundTo, count, now)

/** Tokens that nothing can be done with any more. */
export const removeOlderThan = async (tx: Tx, before: Date): Promise<void> => {
  await tx.$executeRaw(sql`DELETE FROM "one_time_tokens" WHERE "expires_at" < ${before}`)
}
