/**
 * Counting attempts for all nodes at once. A bucket holds the moments of what was counted; one that is older than its window
 * is gone, to the millisecond, whatever the clock on the wall shows. An attempt takes its place in all of its buckets, or in
 * none, before its work begins. While it is open, it holds the place and nobody knows yet whether it counts: so no more
 * attempts can fail than there are points, however many come at once.
 *
 * Times are given, never taken, so that windows follow the injected clock. Keys come in hashed.
 */
import type { Database } from '../db/index.ts'
import type { Log } from '../log.ts'
import { embeddedLimiter } from './embedded.ts'

export type Bucket = Readonly<{ key: string; points: number; windowMs: number }>

export type Answer =
  | Readonly<{ state: 'TAKEN' }>
  /** All places are held, and some of those who hold them may yet give theirs back: worth asking again at once. */
  | Readonly<{ state: 'BUSY' }>
  /** All places are gone; the first one comes back after that time. */
  | Readonly<{ state: 'FULL'; retryAfterMs: number }>

/** OPEN: whether it counts is said later, by `settle`. COUNTED: it does. */
export type Manner = 'OPEN' | 'COUNTED'

export type Change = Readonly<{
  bucket: Bucket
  /**
   * COUNT what was open. GIVE_BACK the place, open or counted. FORGIVE: gives back, and forgets all that was counted; what
   * others hold open stays.
   */
  act: 'COUNT' | 'GIVE_BACK' | 'FORGIVE'
}>

export type Limiter = Readonly<{
  /** @param id of the attempt; nobody else's. @throws StoreAway */
  take: (buckets: readonly Bucket[], id: string, manner: Manner, now: Date) => Promise<Answer>
  /**
   * Does all of it in one step. @throws StoreAway
   * @returns for each change: of COUNT, whether it took the last place; of FORGIVE, whether all places had been counted.
   */
  settle: (changes: readonly Change[], id: string, now: Date) => Promise<readonly boolean[]>
  /** Removes what is over, where that does not happen by itself. */
  sweep: (now: Date) => Promise<void>
  close: () => Promise<void>
}>

/** Nobody can count for all nodes now. */
export class StoreAway extends Error {}

/** An attempt that was not settled for so long counts: its node has died, or was too slow. */
export const LEASE_MS = 30_000

/**
 * Where attempts are counted: in Redis; in this process, where it is the only one; and where several could share a PostgreSQL
 * without Redis, there.
 */
export type LimiterConfig = Readonly<{ kind: 'redis'; url: string; prefix: string } | { kind: 'embedded' } | { kind: 'postgres' }>

export const openLimiter = async (config: LimiterConfig, db: Database, log: Log): Promise<Limiter> => {
  if (config.kind === 'embedded') return embeddedLimiter()
  if (config.kind === 'postgres') return (await import('./postgres.ts')).postgresLimiter(db)
  return (await import('./redis.ts')).redisLimiter(config.url, config.prefix, log)
}
