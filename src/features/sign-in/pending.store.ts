/** The pending_sign_ups table. */
import { type BareTx, columns, prepared, rows, write } from '../../ports/db/index.ts'
import type { PendingSignUp } from './pending.ts'

const INSERT = prepared(`
  INSERT INTO "pending_sign_ups" ("token_hash", "email", "password_hash", "name", "locale", "key_hash", "created_at", "expires_at")
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)

export const insert = (
  tx: BareTx,
  tokenHash: string,
  pending: PendingSignUp,
  createdAt: Date,
  expiresAt: Date,
): Promise<void> => {
  const { email, passwordHash, name, locale, keyHash } = pending
  return write(tx, INSERT, tokenHash, email, passwordHash, name, locale, keyHash, createdAt, expiresAt)
}

const KEEP_NEWEST = prepared(`
  DELETE FROM "pending_sign_ups" WHERE "sequence" IN (
    SELECT "sequence" FROM "pending_sign_ups" WHERE "email" = $1 ORDER BY "sequence" DESC OFFSET $2)`)

/** Removes all for an address but the newest. */
export const keepNewest = (tx: BareTx, email: string, count: number): Promise<void> => write(tx, KEEP_NEWEST, email, count)

const fields = { email: true, passwordHash: true, name: true, locale: true, keyHash: true } as const

const FIND = prepared<PendingSignUp>(`
  SELECT ${columns(fields)} FROM "pending_sign_ups" WHERE "token_hash" = $1 AND "expires_at" > $2`)

/** Looks without taking it out. */
export const find = async (tx: BareTx, tokenHash: string, now: Date): Promise<PendingSignUp | null> =>
  (await rows(tx, FIND, tokenHash, now))[0] ?? null

const TAKE = prepared<PendingSignUp>(`
  DELETE FROM "pending_sign_ups" WHERE "token_hash" = $1 AND "expires_at" > $2 RETURNING ${columns(fields)}`)

/** Takes it out, in one statement: of two that try at once one gets it. */
export const take = async (tx: BareTx, tokenHash: string, now: Date): Promise<PendingSignUp | null> =>
  (await rows(tx, TAKE, tokenHash, now))[0] ?? null

const REMOVE_OF = prepared('DELETE FROM "pending_sign_ups" WHERE "email" = $1')

export const removeOf = (tx: BareTx, email: string): Promise<void> => write(tx, REMOVE_OF, email)

const SWEEP = prepared('DELETE FROM "pending_sign_ups" WHERE "expires_at" <= $1')

export const sweep = (tx: BareTx, now: Date): Promise<void> => write(tx, SWEEP, now)
