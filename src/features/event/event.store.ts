/** The events table and the ledger's head. */
import type { EventType, Json } from '../../kernel/events.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { Prisma, Event as StoredEvent } from '../../ports/db/generated/client.ts'
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { Event, EventFilter, UnsealedEvent } from './event.ts'

/** But for its place among what is to be sealed, which nobody reads. */
type Row = Omit<StoredEvent, 'sequence'>

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

const INSERT_MANY = prepared(`
  INSERT INTO "events" ("id", "type", "occurred_at", "actor_kind", "actor_id", "account_id", "subject_id", "outcome", "details",
    "ip", "salt", "digest")
  SELECT "id", "type", "occurredAt", "actorKind"::"ActorKind", "actorId", "accountId", "subjectId", "outcome"::"EventOutcome",
    "details", "ip", "salt", "digest"
  FROM jsonb_to_recordset($1::text::jsonb) AS given("id" text, "type" text, "occurredAt" timestamptz, "actorKind" text,
    "actorId" text, "accountId" text, "subjectId" text, "outcome" text, "details" jsonb, "ip" text, "salt" text, "digest" text)`)

/** Any number in one statement. */
export const insertMany = (tx: BareTx, events: readonly UnsealedEvent[]): Promise<void> =>
  write(
    tx,
    INSERT_MANY,
    JSON.stringify(events.map(({ actor, ...event }) => ({ ...event, actorKind: actor.kind, actorId: actor.id }))),
  )

export const headPosition = async (tx: Tx): Promise<bigint> =>
  (await tx.ledger.findUniqueOrThrow({ where: { id: 1 }, select: { position: true } })).position

/** Where the log ends. */
export type Head = Readonly<{ position: bigint; hash: string }>

/** Where the log ends, as it is kept apart from the events. */
export const head = (tx: Tx): Promise<Head> =>
  tx.ledger.findUniqueOrThrow({ where: { id: 1 }, select: { position: true, hash: true } })

/** Whole rows behind a position, for proving the chain. */
export const rowsAfter = async (
  tx: Tx,
  position: bigint,
  take: number,
): Promise<readonly (Event & { digest: string; salt: string | null })[]> => {
  const found = await tx.event.findMany({ where: { position: { gt: position } }, orderBy: { position: 'asc' }, take })
  return found.map((row) => ({ ...toEvent(row), digest: row.digest, salt: row.salt }))
}

/** As the type has it, but for the position: the engines read 64 bits differently. */
const COLUMNS = `e."id", e."type", e."occurred_at" AS "occurredAt", e."actor_kind" AS "actorKind", e."actor_id" AS "actorId",
  e."account_id" AS "accountId", e."subject_id" AS "subjectId", e."outcome", e."details", e."ip"`

type PlainRow = Omit<Row, 'position' | 'hash'>

const UNSEALED = prepared<(PlainRow | { id: null }) & { headPosition: string; headHash: string }>(`
  SELECT l."position"::text AS "headPosition", l."hash" AS "headHash", e."digest", ${COLUMNS}
  FROM "ledger" l LEFT JOIN LATERAL
    (SELECT * FROM "events" WHERE "position" IS NULL ORDER BY "sequence" LIMIT $1::int) e ON true
  WHERE l."id" = 1 ORDER BY e."sequence"`)

/** Where the log ends, and events that are not in it yet, as of one moment: in the order in which they were written. */
export const unsealed = async (
  tx: BareTx,
  take: number,
): Promise<{ head: Head; events: readonly (Event & { digest: string })[] }> => {
  const found = await rows(tx, UNSEALED, take)
  const [first] = found
  if (first === undefined) throw new Error('the ledger has lost its head; run the migrations')
  return {
    head: { position: BigInt(first.headPosition), hash: first.headHash },
    events: found.flatMap((row) =>
      row.id === null ? [] : [{ ...toEvent({ ...row, position: null, hash: null }), digest: row.digest }],
    ),
  }
}

type Seal = Head & Readonly<{ id: string }>

const SEAL = prepared<{ moved: number }>(`
  WITH moved AS (
    UPDATE "ledger" SET "position" = $3::text::bigint, "hash" = $4
    WHERE "id" = 1 AND "position" = $1::text::bigint AND "hash" = $2 RETURNING "position"
  ), sealed AS (
    UPDATE "events" SET "position" = placed."position"::bigint, "hash" = placed."hash"
    FROM moved, unnest($5::text[], $6::text[], $7::text[]) AS placed("id", "position", "hash")
    WHERE "events"."id" = placed."id"
  )
  SELECT 1 AS "moved", pg_notify('gatehouse_events', moved."position"::text)::text FROM moved`)

/**
 * Seals events, in one statement, if the log still ends at `head`; and every node hears of it, with or without the bus.
 * @returns whether it did.
 */
export const seal = async (tx: BareTx, head: Head, seals: readonly Seal[]): Promise<boolean> => {
  const [ids, positions, hashes] = [seals.map((s) => s.id), seals.map((s) => s.position.toString()), seals.map((s) => s.hash)]
  const last = seals.at(-1) ?? head
  const [from, to] = [head.position.toString(), last.position.toString()]
  return (await rows(tx, SEAL, from, head.hash, to, last.hash, ids, positions, hashes)).length > 0
}

const AFTER = prepared<PlainRow & { position: string; hash: string }>(`
  SELECT e."position"::text AS "position", e."hash", ${COLUMNS} FROM "events" e
  WHERE e."position" > $1::text::bigint ORDER BY e."position" LIMIT $2::int`)

/** Sealed events behind a position, in order. */
export const after = async (tx: BareTx, position: bigint, take: number): Promise<readonly Event[]> =>
  (await rows(tx, AFTER, position.toString(), take)).map((row) => toEvent({ ...row, position: BigInt(row.position) }))

export const find = async (tx: Tx, id: string): Promise<Event | null> => {
  const row = await tx.event.findFirst({ where: { id, position: { not: null } } })
  return row === null ? null : toEvent(row)
}

const SUBJECTS_AFTER = prepared<{ subjectId: string }>(`
  SELECT DISTINCT "subject_id" AS "subjectId" FROM "events"
  WHERE "account_id" = $1 AND ("position" > $2::text::bigint OR "position" IS NULL) AND "type" = $3 AND "subject_id" IS NOT NULL`)

/** What an account's events of a type behind a position are about, sealed or not. */
export const subjectsAfter = async (
  tx: BareTx,
  accountId: string | null,
  position: bigint,
  type: EventType,
): Promise<ReadonlySet<string>> =>
  new Set((await rows(tx, SUBJECTS_AFTER, accountId, position.toString(), type)).map(({ subjectId }) => subjectId))

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
  const found = await tx.event.findMany({
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
    found.map(toEvent),
    (event) => [event.position.toString()],
    () => tx.event.count({ where: matching }),
  )
}
