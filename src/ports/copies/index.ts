/**
 * Copies of what PostgreSQL says of live sessions, close at hand. A copy counts only if it was made under the epoch of
 * this moment and if its account has not changed since: one question, one round trip, and "no" to anything else, after
 * which PostgreSQL is asked. So a copy can be lost, late, stale or resurrected by a slow writer, and never be believed
 * beyond its time.
 *
 * - **Version**: grows in PostgreSQL with every change of the account that a copy must not outlive. Raised here before
 *   and after the commit of the change, by the node that makes it, and again by every node that reads of it in the log.
 *   It never goes back.
 * - **Epoch**: grows in PostgreSQL whenever a node cannot know what it missed: after an outage, an emptied or replaced
 *   store, a change of policy. Copies of another epoch count for nothing, and a writer of another epoch is refused.
 */
import type { Log } from '../log.ts'
import { embeddedCopies } from './embedded.ts'

export type Copies = Readonly<{
  /** The copy under a token's hash, or none, and then PostgreSQL has to be asked. Never throws, never waits longer than 50 ms. */
  read: (tokenHash: string) => Promise<Found>
  /**
   * Keeps a copy of what PostgreSQL said after `read` had found none. Nobody waits, and it may be refused.
   * @param epoch the one that `read` gave: a copy of what was true in an earlier one is not kept.
   */
  write: (tokenHash: string, copy: NewCopy, epoch: number) => void
  /** Makes every copy of these accounts under an earlier version count for nothing. Waits 50 ms at the most. */
  raise: (accounts: readonly Raised[]) => Promise<void>
  /** Takes over an epoch that PostgreSQL has reached. */
  adopt: (epoch: number) => Promise<void>
  /** Believes nothing that was kept until now: this node may have missed why it does not count. */
  distrust: (why: string) => void
  /** Whether copies are believed now. */
  trusted: () => boolean
  close: () => Promise<void>
}>

/** The copy, if there is one, and the epoch under which it was asked for. */
type Found = Readonly<{ text: string | null; epoch: number }>

type NewCopy = Readonly<{ accountId: string; version: number; text: string }>

export type Raised = Readonly<{ accountId: string; version: number }>

/** Where the epoch stands in PostgreSQL. */
export type Epochs = Readonly<{ current: () => Promise<number>; next: () => Promise<number> }>

/** How long a copy is kept unused, in seconds; a version outlives every copy it judges. */
export const KEPT_SECONDS = { copy: 86_400, version: 172_800 } as const

/** How long an answer is waited for before PostgreSQL is asked instead, in milliseconds. */
export const PATIENCE_MS = 50

/** Where several nodes share a database but no Redis, no node may keep copies: PostgreSQL answers everything. */
const noCopies: Copies = {
  read: async () => ({ text: null, epoch: 0 }),
  write: () => undefined,
  raise: async () => undefined,
  adopt: async () => undefined,
  distrust: () => undefined,
  trusted: () => false,
  close: async () => undefined,
}

export type CopiesConfig = Readonly<{ kind: 'redis'; url: string; prefix: string } | { kind: 'embedded' } | { kind: 'none' }>

export const openCopies = async (config: CopiesConfig, epochs: Epochs, log: Log): Promise<Copies> => {
  if (config.kind === 'none') return noCopies
  if (config.kind === 'embedded') return embeddedCopies(await epochs.current())
  return (await import('./redis.ts')).redisCopies(config.url, config.prefix, epochs, log)
}
