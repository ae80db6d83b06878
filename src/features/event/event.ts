/** An event of the log, and the chain that makes a changed or missing one show. */
import { createHash } from 'node:crypto'
import type { Actor, Bell, EventOutcome, EventType, Json, News } from '../../kernel/events.ts'

export type Event = Readonly<{
  id: string
  position: bigint
  type: string
  occurredAt: Date
  actor: Actor
  accountId: string | null
  subjectId: string | null
  ip: string | null
  outcome: EventOutcome
  details: Readonly<Record<string, Json>>
  hash: string
}>

/** A row as it is written: not yet in the chain. */
export type UnsealedEvent = Omit<Event, 'position' | 'hash' | 'type'> &
  Readonly<{ type: EventType; salt: string; digest: string }>

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** JSON with its keys in order: the same text whatever a database did to the object. */
const canonicalJson = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value as Record<string, Json>).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`
}

/** Stands in the chain for the personal part, which can then be erased without breaking it. */
export const personalDigest = (salt: string, ip: string | null): string => sha256(`${salt}:${ip ?? ''}`)

/** What of an event is chained: everything but its personal part, which is there as a digest. */
export type Chained = Pick<Event, 'id' | 'type' | 'occurredAt' | 'actor' | 'accountId' | 'subjectId' | 'outcome' | 'details'> &
  Readonly<{ digest: string }>

/** The hash of an event behind the one before it. */
export const chainHash = (previous: string, position: bigint, event: Chained): string =>
  sha256(
    canonicalJson([
      previous,
      position.toString(),
      event.id,
      event.type,
      event.occurredAt.toISOString(),
      event.actor.kind,
      event.actor.id,
      event.accountId,
      event.subjectId,
      event.outcome,
      event.digest,
      event.details,
    ]),
  )

/** What the bus says of an event: ids and enums only. */
export const newsOf = ({
  id,
  type,
  accountId,
  subjectId,
  details: { reason },
}: Pick<Event, 'id' | 'type' | 'accountId' | 'subjectId' | 'details'>): News => ({
  id,
  type: type as EventType, // written by this code base from the catalogue; a newer node's type simply finds no listener
  accountId,
  subjectId,
  ...(typeof reason === 'string' ? { reason } : {}),
})

/** The same of one that has its place in the log. */
export const bellOf = (event: Event): Bell => ({ ...newsOf(event), position: event.position.toString() })

export type EventFilter = Readonly<{
  types?: readonly string[] | null | undefined
  accountId?: string | null | undefined
  since?: Date | null | undefined
  until?: Date | null | undefined
  outcome?: EventOutcome | null | undefined
}>

/** The same filter for a row that has just come in. */
export const matches = (filter: EventFilter, event: Event): boolean =>
  (filter.types == null || filter.types.includes(event.type)) &&
  (filter.accountId == null || event.accountId === filter.accountId) &&
  (filter.since == null || event.occurredAt >= filter.since) &&
  (filter.until == null || event.occurredAt < filter.until) &&
  (filter.outcome == null || event.outcome === filter.outcome)

export const SYSTEM: Actor = { kind: 'SYSTEM', id: null }
