/** The events table and the ledger's head. */
import type { Json } from '../../kernel/events.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { Prisma, Event as Row } from '../../ports/db/generated/client.ts'
import { type BareTx, prepared, sql, type Tx, write } from '../../ports/db/index.ts'
import type { Event, EventFilter, UnsealedEvent } from './event.ts'

const toEvent = (row: Row): Event => ({
  id: row.id,
  position: row.position ?? 0n,
  type: row.type,
  occurredAt: row.occurredAt,
  actor: { kind: row.actorKind, id: row.actorId },
  accountId: row.accountId,
  subjectId: row.subjectId,
  ip: row.ip,
  outcome: row.outcome,
  details: row.details as Record<string, Json>,
  hash: row.hash ?? '',
})

const INSERT = prepared(`
  INSERT INTO "events" ("id", "type", "occurred_at", "actor_kind", "actor_id", "account_id", "subject_id", "outcome", "details",
    "ip", "salt", "digest") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)

export const insert = (tx: BareTx, event: UnsealedEvent): Promise<void> => {
  const { id, type, occurredAt, actor, accountId, subjectId, outcome, ip, salt, digest } = event
  const details = JSON.stringify(event.details)
  return write(tx, INSERT, id, type, occurredAt, actor.kind, actor.id, accountId, subjectId, outcome, details, ip, salt, digest)
}

/** Takes the chain's end for this transaction; other nodes wait. */
export const lockHead = async (tx: Tx): Promise<{ position: bigint; hash: string }> => {
  const [head] = await tx.$queryRaw<{ position: bigint; hash: string }[]>`
    SELECT "position", "hash" FROM "ledger" WHERE "id" = 1 FOR UPDATE`
  if (head === undefined) throw new Error('the ledger has lost its head; run the migrations')
  return head
}

export const headPosition = async (tx: Tx): Promise<bigint> =>
  (await tx.ledger.findUniqueOrThrow({ where: { id: 1 }, select: { position: true } })).position

/** Where the log ends, as it is kept apart from the events. */
export const head = (tx: Tx): Promise<{ position: bigint; hash: string }> =>
  tx.ledger.findUniqueOrThrow({ where: { id: 1 }, select: { position: true, hash: true } })

/** Whole rows behind a position, for proving the chain. */
export const rowsAfter = async (
  tx: Tx,
  position: bigint,
  take: number,
): Promise<readonly (Event & { digest: string; salt: string | null })[]> => {
  const rows = await tx.event.findMany({ where: { position: { gt: position } }, orderBy: { position: 'asc' }, take })
  return rows.map((row) => ({ ...toEvent(row), digest: row.digest, salt: row.salt }))
}

export const hasUnsealed = async (tx: Tx): Promise<boolean> =>
  (await tx.event.findFirst({ where: { position: null }, select: { id: true } })) !== null

export const unsealed = async (tx: Tx, take: number): Promise<readonly (Event & { digest: string })[]> => {
  const rows = await tx.event.findMany({ where: { position: null }, orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }], take })
  return rows.map((row) => ({ ...toEvent(row), digest: row.digest }))
}

export type Seal = Readonly<{ id: string; position: bigint; hash: string }>

export const seal = async (tx: Tx, seals: readonly Seal[], head: Seal): Promise<void> => {
  const [ids, positions, hashes] = [seals.map((s) => s.id), seals.map((s) => s.position), seals.map((s) => s.hash)]
  await tx.$executeRaw(sql`
    UPDATE "events" SET "position" = sealed."position", "hash" = sealed."hash"
    FROM unnest(${ids}::text[], ${positions}::bigint[], ${hashes}::text[]) AS sealed("id", "position", "hash")
    WHERE "events"."id" = sealed."id"`)
  await tx.ledger.update({ where: { id: 1 }, data: { position: head.position, hash: head.hash }, select: { id: true } })
  await tx.$executeRaw(sql`SELECT pg_notify('gatehouse_events', '')`) // heard by every node, with or without the bus
}

/** Sealed events behind a position, in order. */
export const after = async (tx: Tx, position: bigint, take: number): Promise<readonly Event[]> =>
  (await tx.event.findMany({ where: { position: { gt: position } }, orderBy: { position: 'asc' }, take })).map(toEvent)

export const find = async (tx: Tx, id: string): Promise<Event | null> => {
  const row = await tx.event.findFirst({ where: { id, position: { not: null } } })
  return row === null ? null : toEvent(row)
}

const where = (filter: EventFilter): Prisma.EventWhereInput => ({
  position: { not: null },
  ...(filter.types == null ? {} : { type: { in: [...filter.types] } }),
  ...(filter.accountId == null ? {} : { accountId: filter.accountId }),
  ...(filter.outcome == null ? {} : { outcome: filter.outcome }),
  occurredAt: { ...(filter.since == null ? {} : { gte: filter.since }), ...(filter.until == null ? {} : { lt: filter.until }) },
})

/** Newest first. */
export const page = async (tx: Tx, window: Window, filter: EventFilter): Promise<Page<Event>> => {
  const matching = where(filter)
  const [newest, oldest] = [window.after?.[0], window.before?.[0]]
  const rows = await tx.event.findMany({
    where: {
      AND: [
        matching,
        newest === undefined ? {} : { position: { lt: BigInt(newest) } },
        oldest === undefined ? {} : { position: { gt: BigInt(oldest) } },
      ],
    },
    orderBy: { position: window.backward ? 'asc' : 'desc' },
    take: window.size + 1,
  })
  return pageOf(
    window,
    rows.map(toEvent),
    (event) => [event.position.toString()],
    () => tx.event.count({ where: matching }),
  )
}
