/** The session_alerts table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { AlertReview, SessionAlert } from './alert.ts'

const INSERT = prepared(`
  INSERT INTO "session_alerts" ("id", "account_id", "session_id", "is_new_device", "is_new_country", "created_at")
  VALUES ($1, $2, $3, $4, $5, $6)`)

export const insert = (tx: BareTx, alert: Omit<SessionAlert, 'sequence' | 'review' | 'reviewedAt'>): Promise<void> => {
  const { id, accountId, sessionId, isNewDevice, isNewCountry, createdAt } = alert
  return write(tx, INSERT, id, accountId, sessionId, isNewDevice, isNewCountry, createdAt)
}

export const find = async (tx: Tx, id: string): Promise<SessionAlert | null> =>
  isIdOf('SessionAlert', id) ? tx.sessionAlert.findUnique({ where: { id } }) : null

/** Whether a session was alerted as one on a new device, and nobody has confirmed it since. */
export const isDoubted = async (tx: Tx, sessionId: string): Promise<boolean> =>
  (await tx.sessionAlert.count({ where: { sessionId, isNewDevice: true, review: { not: 'CONFIRMED' } } })) > 0

export const lastSequence = async (tx: Tx, accountId: string): Promise<bigint> =>
  (await tx.sessionAlert.findFirst({ where: { accountId }, orderBy: { sequence: 'desc' }, select: { sequence: true } }))
    ?.sequence ?? 0n

const BEHIND = prepared<{ sequence: string | null }>(`
  SELECT COALESCE(
    (SELECT "sequence" FROM "session_alerts" WHERE "id" = $2 AND "account_id" = $1),
    (SELECT min("sequence") - 1 FROM "session_alerts" WHERE "account_id" = $1 AND "id" COLLATE "C" > $2)
  )::text AS "sequence"`)

/**
 * Where an account's alerts behind a given one begin. One that is not there counts by its id, which begins with its time.
 * @returns null if none of them came later.
 */
export const sequenceBehind = async (tx: BareTx, accountId: string, id: string): Promise<bigint | null> => {
  const sequence = (await rows(tx, BEHIND, accountId, id))[0]?.sequence ?? null
  return sequence === null ? null : BigInt(sequence)
}

const AFTER = prepared<Omit<SessionAlert, 'sequence'> & { sequence: string }>(`
  SELECT "id", a."sequence"::text AS "sequence", "account_id" AS "accountId", "session_id" AS "sessionId",
    "is_new_device" AS "isNewDevice", "is_new_country" AS "isNewCountry", "created_at" AS "createdAt", "review",
    "reviewed_at" AS "reviewedAt"
  FROM "session_alerts" a WHERE "account_id" = $1 AND a."sequence" > $2::text::bigint ORDER BY a."sequence" LIMIT $3::int`)

/** An account's alerts behind a sequence number, in order: of the numbers, not of the text that stands for one in a row. */
export const after = async (tx: BareTx, accountId: string, sequence: bigint, take: number): Promise<readonly SessionAlert[]> =>
  (await rows(tx, AFTER, accountId, sequence.toString(), take)).map((row) => ({ ...row, sequence: BigInt(row.sequence) }))

export const review = async (tx: Tx, id: string, verdict: AlertReview, reviewedAt: Date): Promise<SessionAlert> =>
  tx.sessionAlert.update({ where: { id }, data: { review: verdict, reviewedAt } })

/** Newest first. */
export const page = async (tx: Tx, window: Window, accountId: string): Promise<Page<SessionAlert>> => {
  const [newest, oldest] = [window.after?.[0], window.before?.[0]]
  const found = await tx.sessionAlert.findMany({
    where: {
      AND: [
        { accountId },
        newest === undefined ? {} : { sequence: { lt: BigInt(newest) } },
        oldest === undefined ? {} : { sequence: { gt: BigInt(oldest) } },
      ],
    },
    orderBy: { sequence: window.backward ? 'asc' : 'desc' },
    take: window.size + 1,
  })
  return pageOf(
    window,
    found,
    (alert) => [alert.sequence.toString()],
    () => tx.sessionAlert.count({ where: { accountId } }),
  )
}
