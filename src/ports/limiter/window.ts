/** What a bucket answers, as a pure function over what it holds. In Redis a script says the same; one suite holds both to it. */
import { type Answer, type Bucket, type Change, LEASE_MS, type Manner } from './index.ts'

/** One attempt in a bucket. `at`: milliseconds since 1970. */
export type Entry = Readonly<{ id: string; at: number; open: boolean }>

/** A bucket with what it holds. */
type Held = Readonly<{ bucket: Bucket; entries: readonly Entry[] }>

const within = ({ bucket, entries }: Held, now: number): readonly Entry[] =>
  entries.filter(({ at }) => at > now - bucket.windowMs)

const isOpen = ({ open, at }: Entry, now: number): boolean => open && at > now - LEASE_MS

/** @returns what is held, and the answer. */
export const take = (all: readonly Held[], id: string, manner: Manner, now: number): readonly [Answer, readonly Held[]] => {
  const held = all.map(({ bucket, entries }) => ({ bucket, entries: within({ bucket, entries }, now) }))
  const full = held.filter(({ bucket, entries }) => entries.length >= bucket.points)
  const spent = full.filter(({ entries }) => !entries.some((entry) => isOpen(entry, now)))
  // the clocks of nodes differ a little, so the first one in need not be the oldest
  const waits = spent.map(({ bucket, entries }) => Math.min(...entries.map(({ at }) => at)) + bucket.windowMs - now)
  if (spent.length > 0) return [{ state: 'FULL', retryAfterMs: Math.max(...waits) }, held]
  if (full.length > 0) return [{ state: 'BUSY' }, held]
  const entry = { id, at: now, open: manner === 'OPEN' }
  return [{ state: 'TAKEN' }, held.map(({ bucket, entries }) => ({ bucket, entries: [...entries, entry] }))]
}

/** @returns what is left in the bucket, and what `settle` answers for it. */
export const settle = (
  { bucket, act }: Change,
  entries: readonly Entry[],
  id: string,
  now: number,
): readonly [boolean, readonly Entry[]] => {
  const held = within({ bucket, entries }, now)
  const own = held.find((entry) => entry.id === id)
  if (act === 'GIVE_BACK') return [false, held.filter((entry) => entry !== own)]
  if (act === 'FORGIVE') {
    const counted = held.filter((entry) => entry !== own && !isOpen(entry, now))
    return [counted.length >= bucket.points, held.filter((entry) => entry !== own && isOpen(entry, now))]
  }
  if (own === undefined || !own.open) return [false, held]
  const left = held.map((entry) => (entry === own ? { ...entry, open: false } : entry))
  return [left.filter((entry) => !isOpen(entry, now)).length === bucket.points, left]
}
