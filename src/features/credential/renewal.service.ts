/**
 * Hashes that were made otherwise than hashes are made now: by another algorithm, with other parameters or another pepper.
 * Each is made anew once its password has been proven, behind the answer and behind everybody who waits for a hash; whoever
 * changes the password meanwhile wins. It is the same password, so nothing else changes and nothing is recorded.
 */
import type { Database } from '../../ports/db/index.ts'
import type { Hasher } from '../../ports/hasher/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './credential.store.ts'

export type RenewalService = ReturnType<typeof renewalService>

type Needs = Readonly<{ db: Database; log: Log; hasher: Hasher }>

type Outcome = 'RENEWED' | 'OVERTAKEN' | 'DROPPED' | 'FAILED'

export const renewalService = ({ db, log, hasher }: Needs) => {
  const counts: Record<Outcome, number> = { RENEWED: 0, OVERTAKEN: 0, DROPPED: 0, FAILED: 0 }
  /** What goes on, by account: who signs in twice at once is renewed once. */
  const going = new Map<string, Promise<void>>()

  /** @returns null where there is nothing to do. */
  const renew = async (accountId: string, old: string, password: string): Promise<Outcome | null> => {
    if (!(await hasher.isOutdated(old))) return null
    const hash = await hasher.hashLast(password)
    if (hash === null) return 'DROPPED' // the next sign-in tries again
    return (await db.bareTransaction((tx) => store.replace(tx, accountId, old, hash))) ? 'RENEWED' : 'OVERTAKEN'
  }

  const failed = (error: unknown): Outcome => {
    log.warn({ error }, 'a password hash could not be made anew; the next sign-in tries again')
    return 'FAILED'
  }

  const countUnreadable = async (): Promise<number> => store.countUnreadable(db.read, (await hasher.form()).keyids)

  return {
    /** Begins, if there is something to do; nobody waits. @param old the hash that this password was just proven by. */
    offer: (accountId: string, old: string, password: string): void => {
      if (going.has(accountId)) return
      const work = renew(accountId, old, password)
        .catch(failed)
        .then((outcome) => {
          if (outcome !== null) counts[outcome]++
        })
        .finally(() => going.delete(accountId))
      going.set(accountId, work)
    },

    /** Hashes that the next sign-in of their owner would make anew. */
    countOutdated: async (): Promise<number> => {
      const { head, length } = await hasher.form()
      return store.countOutdated(db.read, head, length)
    },

    /** Hashes that nobody can sign in by, for want of their pepper. */
    countUnreadable,

    /** Says in the log whether peppers are missing. Never throws. */
    check: async (): Promise<void> => {
      const count = await countUnreadable().catch(() => 0) // the database is away: whoever signs in hears of that
      if (count > 0) log.error({ count }, 'password hashes need peppers that PASSWORD_PEPPERS does not list')
    },

    /** What became of hashes on this node. */
    counts: (): Readonly<Record<Outcome, number>> => counts,

    /** Waits for what has begun; what has not is dropped. */
    close: async (): Promise<void> => {
      hasher.close()
      await Promise.all(going.values())
    },
  }
}
