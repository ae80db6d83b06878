/** The session_alerts table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import { type BareTx, prepared, type Tx, write } from '../../ports/db/index.ts'
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

export const lastSequence = async (tx: Tx, accountId: string): Promise<bigint> =>
  (await tx.sessionAlert.findFirst({ where: { accountId }, orderBy: { sequence: 'desc' }, select: { sequence: true } }))
    ?.sequence ?? 0n

/** An account's alerts behind a sequence number, in order. */
export const after = (tx: Tx, accountId: string, sequence: bigint, take: number): Promise<readonly SessionAlert[]> =>
  tx.sessionAlert.findMany({ where: { accountId, sequence: { gt: sequence } }, orderBy: { sequence: 'asc' }, take })

export const review = async (tx: Tx, id: string, verdict: AlertReview, reviewedAt: Date): Promise<SessionAlert> =>
  tx.sessionAlert.update({ where: { id }, data: { review: verdict, reviewedAt } })

/** Newest first. */
export const page = async (tx: Tx, window: Window, accountId: string): Promise<Page<SessionAlert>> => {
  const [newest, oldest] = [window.after?.[0], window.before?.[0]]
  const rows = await tx.sessionAlert.findMany({
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
    rows,
    (alert) => [alert.sequence.toString()],
    () => tx.sessionAlert.count({ where: { accountId } }),
  )
}
