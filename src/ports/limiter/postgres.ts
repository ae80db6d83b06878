/**
 * Attempts counted in PostgreSQL, for nodes that share one and have no Redis. Two round trips a question, the rows of its
 * buckets locked in the order of their keys.
 */
import { type BareTx, type Database, prepared, rows, write } from '../db/index.ts'
import type { Bucket, Limiter } from './index.ts'
import { type Entry, settle, take } from './window.ts'

/** Makes what is missing and waits for whoever has it: what comes back is what he left. */
const HOLD = prepared<{ key: string; entries: readonly Entry[] }>(`
  INSERT INTO "attempt_buckets" ("key", "entries", "expires_at")
  SELECT "key", '[]', $2 FROM unnest($1::text[]) AS "key" ORDER BY "key"
  ON CONFLICT ("key") DO UPDATE SET "expires_at" = GREATEST("attempt_buckets"."expires_at", EXCLUDED."expires_at")
  RETURNING "key", "entries"`)

const KEEP = prepared(`
  UPDATE "attempt_buckets" SET "entries" = "new"."entries"
  FROM jsonb_to_recordset($1::jsonb) AS "new"("key" text, "entries" jsonb) WHERE "attempt_buckets"."key" = "new"."key"`)

const SWEEP = prepared('DELETE FROM "attempt_buckets" WHERE "expires_at" <= $1')

type Kept = Readonly<{ key: string; entries: readonly Entry[] }>

const hold = async (tx: BareTx, buckets: readonly Bucket[], now: Date): Promise<ReadonlyMap<string, readonly Entry[]>> => {
  const until = new Date(now.getTime() + Math.max(...buckets.map(({ windowMs }) => windowMs)))
  const held = await rows(
    tx,
    HOLD,
    buckets.map(({ key }) => key),
    until,
  )
  return new Map(held.map(({ key, entries }) => [key, entries]))
}

const keep = (tx: BareTx, kept: readonly Kept[]): Promise<void> => write(tx, KEEP, JSON.stringify(kept))

export const postgresLimiter = (db: Database): Limiter => ({
  take: (buckets, id, manner, now) =>
    db.bareTransaction(async (tx) => {
      const held = await hold(tx, buckets, now)
      const all = buckets.map((bucket) => ({ bucket, entries: held.get(bucket.key) ?? [] }))
      const [answer, left] = take(all, id, manner, now.getTime())
      if (answer.state === 'TAKEN')
        await keep(
          tx,
          left.map(({ bucket: { key }, entries }) => ({ key, entries })),
        )
      return answer
    }),
  settle: (changes, id, now) =>
    db.bareTransaction(async (tx) => {
      const held = await hold(
        tx,
        changes.map(({ bucket }) => bucket),
        now,
      )
      const settled = changes.map((change) => ({
        key: change.bucket.key,
        outcome: settle(change, held.get(change.bucket.key) ?? [], id, now.getTime()),
      }))
      await keep(
        tx,
        settled.map(({ key, outcome: [, entries] }) => ({ key, entries })),
      )
      return settled.map(({ outcome: [answer] }) => answer)
    }),
  sweep: (now) => write(db.read, SWEEP, now),
  close: async () => undefined,
})
