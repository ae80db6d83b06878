/** The messages table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { DeliveryFailure } from '../../ports/carrier.ts'
import type { Prisma } from '../../ports/db/generated/client.ts'
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { Message, MessageChannel, MessageFilter } from './message.ts'

/** A message with its content sealed. */
export type SealedMessage = Omit<Message, 'subject' | 'text' | 'html'> & Readonly<{ content: string | null }>

/** What somebody took to carry. `attempts` is this try's number, and proves that it is still his. */
export type Job = Readonly<{
  id: string
  channel: MessageChannel
  kind: string
  to: string
  messageId: string
  content: string | null
  attempts: number
  createdAt: Date
}>

const fields = {
  id: true,
  channel: true,
  kind: true,
  to: true,
  content: true,
  status: true,
  createdAt: true,
  sentAt: true,
  accountId: true,
} as const

type NewRow = Omit<SealedMessage, 'status' | 'sentAt'> & Readonly<{ messageId: string }>

const INSERT = prepared(`
  INSERT INTO "messages" ("id", "channel", "kind", "to", "message_id", "content", "status", "due_at", "created_at", "account_id")
  VALUES ($1, $2, $3, $4, $5, $6, 'WAITING', $7, $7, $8)`)

/** Due at once. */
export const insert = (tx: BareTx, message: NewRow): Promise<void> => {
  const { id, channel, kind, to, messageId, content, createdAt, accountId } = message
  return write(tx, INSERT, id, channel, kind, to, messageId, content, createdAt, accountId)
}

const TAKE = prepared<Job>(`
  WITH "due" AS MATERIALIZED (
    SELECT "id" FROM "messages" WHERE "due_at" <= $1 AND "channel"::text = ANY($3::text[])
    ORDER BY "due_at", "id" LIMIT 1 FOR UPDATE SKIP LOCKED)
  UPDATE "messages" SET "due_at" = $2, "attempts" = "attempts" + 1 FROM "due" WHERE "messages"."id" = "due"."id"
  RETURNING "messages"."id", "channel", "kind", "to", "message_id" AS "messageId", "content", "attempts",
    "created_at" AS "createdAt"`)

/**
 * Takes the message that is due longest, for the length of a lease; those that others take at this moment are passed over.
 * One statement, so one transaction, which is over before anything is carried.
 * @returns null if none is due.
 */
export const take = async (tx: BareTx, channels: readonly MessageChannel[], now: Date, leaseEnd: Date): Promise<Job | null> =>
  (await rows(tx, TAKE, now, leaseEnd, channels))[0] ?? null

/** How a try ended. */
export type Ending =
  | Readonly<{ status: 'SENT'; at: Date }>
  | Readonly<{ status: 'FAILED'; failure: DeliveryFailure; dueAt: Date }>
  | Readonly<{ status: 'DEAD'; failure: DeliveryFailure }>

const FINISH = prepared(`
  UPDATE "messages" SET "status" = $3, "sent_at" = $4, "due_at" = $5, "last_failure" = $6,
    "content" = CASE WHEN $7::boolean THEN NULL ELSE "content" END
  WHERE "id" = $1 AND "attempts" = $2 AND "due_at" IS NOT NULL`)

/** Writes how a try ended, unless somebody else has it by now. @param forget whether the content goes with it. */
export const finish = (tx: BareTx, { id, attempts }: Job, ending: Ending, forget: boolean): Promise<void> => {
  const sentAt = ending.status === 'SENT' ? ending.at : null
  const dueAt = ending.status === 'FAILED' ? ending.dueAt : null
  const failure = ending.status === 'SENT' ? null : ending.failure
  return write(tx, FINISH, id, attempts, ending.status, sentAt, dueAt, failure, forget)
}

/** Gives up what nobody could carry. @returns how many. */
export const bury = async (tx: Tx, channels: readonly MessageChannel[], createdBy: Date, forget: boolean): Promise<number> => {
  const { count } = await tx.message.updateMany({
    where: { channel: { in: [...channels] }, dueAt: { not: null }, createdAt: { lte: createdBy } },
    data: { status: 'DEAD', dueAt: null, ...(forget ? { content: null } : {}) },
  })
  return count
}

/** Removes what is over and older than that. */
export const removeOlderThan = async (tx: Tx, before: Date): Promise<void> => {
  await tx.message.deleteMany({ where: { createdAt: { lt: before }, dueAt: null } })
}

/** Removes what is over of an account; what has still to leave leaves. */
export const removeOf = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.message.deleteMany({ where: { accountId, dueAt: null } })
}

export const find = async (tx: Tx, id: string): Promise<SealedMessage | null> =>
  isIdOf('Message', id) ? tx.message.findUnique({ where: { id }, select: fields }) : null

const where = ({ to, channel, kind, status }: MessageFilter): Prisma.MessageWhereInput => ({
  ...(to == null ? {} : { to }),
  ...(channel == null ? {} : { channel }),
  ...(kind == null ? {} : { kind }),
  ...(status == null ? {} : { status }),
})

/** Newest first. */
export const page = async (tx: Tx, window: Window, filter: MessageFilter): Promise<Page<SealedMessage>> => {
  const matching = where(filter)
  const beyond = (key: readonly string[] | null, side: 'lt' | 'gt') =>
    key === null
      ? {}
      : {
          OR: [
            { createdAt: { [side]: new Date(Number(key[0])) } },
            { createdAt: new Date(Number(key[0])), id: { [side]: String(key[1]) } },
          ],
        }
  const direction = window.backward ? 'asc' : 'desc'
  const found = await tx.message.findMany({
    where: { AND: [matching, beyond(window.after, 'lt'), beyond(window.before, 'gt')] },
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.size + 1,
    select: fields,
  })
  return pageOf(
    window,
    found,
    (message) => [String(message.createdAt.getTime()), message.id],
    () => tx.message.count({ where: matching }),
  )
}
