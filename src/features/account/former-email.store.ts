/** The former_emails table: addresses that were replaced, kept for the accounts that had them. */
import { type BareTx, prepared, rows, write } from '../../ports/db/index.ts'

const KEEP = prepared(`
  INSERT INTO "former_emails" ("email", "account_id", "kept_until") VALUES ($1, $2, $3)
  ON CONFLICT ("email") DO UPDATE SET "account_id" = EXCLUDED."account_id", "kept_until" = EXCLUDED."kept_until"`)

export const keep = (tx: BareTx, email: string, accountId: string, until: Date): Promise<void> =>
  write(tx, KEEP, email, accountId, until)

const KEPT_FOR = prepared<{ accountId: string }>(`
  SELECT "account_id" AS "accountId" FROM "former_emails" WHERE "email" = $1 AND "kept_until" > $2`)

/** @returns the account that an address is kept for at that moment, or null. */
export const keptFor = async (tx: BareTx, email: string, now: Date): Promise<string | null> =>
  (await rows(tx, KEPT_FOR, email, now))[0]?.accountId ?? null

const KEPT_AMONG = prepared<{ email: string }>(`
  SELECT "email" FROM "former_emails" WHERE "email" = ANY($1::text[]) AND "kept_until" > $2`)

/** @returns those of the addresses that are kept for somebody at that moment. */
export const keptAmong = async (tx: BareTx, emails: readonly string[], now: Date): Promise<ReadonlySet<string>> =>
  new Set((await rows(tx, KEPT_AMONG, emails, now)).map(({ email }) => email))

const RELEASE = prepared('DELETE FROM "former_emails" WHERE "account_id" = $1')

/** Keeps nothing for an account any more. */
export const release = (tx: BareTx, accountId: string): Promise<void> => write(tx, RELEASE, accountId)

const REMOVE_LAPSED = prepared('DELETE FROM "former_emails" WHERE "kept_until" <= $1')

/** Forgets what was kept for long enough. */
export const removeLapsed = (tx: BareTx, now: Date): Promise<void> => write(tx, REMOVE_LAPSED, now)
