/** The chain as a reader of the database would check it: written from its description, not with the server's own code. */
import { createHash } from 'node:crypto'
import type { TestApp } from '../../support/app.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value

/** @returns each event's position with its stored and its recomputed hash, in order, and the ledger's head. */
export const readChain = async ({ app }: TestApp) => {
  await app.tick()
  const rows = await app.db.read.event.findMany({ orderBy: { position: 'asc' } })
  let previous = '0'.repeat(64)
  const links = rows.map((row) => {
    const { id, type, occurredAt, actorKind, actorId, accountId, subjectId, outcome, digest, details } = row
    const content = [
      previous,
      String(row.position),
      id,
      type,
      occurredAt.toISOString(),
      actorKind,
      actorId,
      accountId,
      subjectId,
      outcome,
      digest,
      sorted(details),
    ]
    previous = sha256(JSON.stringify(content))
    return {
      position: row.position,
      hash: row.hash,
      recomputed: previous,
      digest,
      personal: sha256(`${row.salt}:${row.ip ?? ''}`),
    }
  })
  return { links, head: await app.db.read.ledger.findUniqueOrThrow({ where: { id: 1 } }) }
}
