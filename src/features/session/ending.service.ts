/** Ending is one path for every reason: the rows, then an event each, in one transaction; every node hears after the commit. */
import type { Actor } from '../../kernel/events.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { SessionEndReason, Source } from '../../kernel/viewer.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { VersionService } from '../account/version.service.ts'
import type { EventService } from '../event/event.service.ts'
import { SYSTEM } from '../event/event.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { SecuritySettings } from '../settings/settings.ts'
import * as store from './session.store.ts'
import { endReasonAt, type Session, surplus } from './session.ts'

export type EndingService = ReturnType<typeof endingService>

/** Who ends it, and from where. */
export type Cause = Readonly<{ reason: SessionEndReason; actor: Actor; ip: string | null }>

const BATCH = 200

type Needs = Readonly<{
  db: Database
  clock: Clock
  events: EventService
  accounts: AccountService
  settings: SettingsService
  versioning: VersionService
}>

export const endingService = ({ db, clock, events, accounts, settings, versioning }: Needs) => {
  /** @returns the sessions that this call ended; ones that had ended before are left as they are. */
  const end = async (tx: BareTx, sessions: readonly Session[], { reason, actor, ip }: Cause): Promise<readonly Session[]> => {
    if (sessions.length === 0) return []
    const now = clock.now()
    const ended: Session[] = []
    // whose time was over already ended by that, whoever comes after it
    for (const why of new Set<SessionEndReason>(['EXPIRED', 'IDLE', reason])) {
      const group = sessions.filter((session) => (endReasonAt({ ...session, endedAt: null }, now) ?? reason) === why)
      if (group.length === 0) continue
      const ids = group.map((session) => session.id)
      ended.push(...(await store.end(tx, ids, why, now)))
    }
    if (ended.length === 0) return []
    await versioning.outdate(tx, [...new Set(ended.map((session) => session.accountId))])
    for (const { id, accountId, endReason } of ended)
      await events.record(tx, {
        type: 'session.ended',
        actor,
        accountId,
        subjectId: id,
        ip,
        details: { sessionId: id, reason: endReason ?? reason },
      })
    return ended
  }

  /** @param patient whether to wait for accounts that somebody else has; left for the next time otherwise. */
  const endOverdue = async (tx: Tx, patient: boolean): Promise<number> => {
    const now = clock.now()
    const owners = (await store.overdue(tx, now, BATCH)).map((session) => session.accountId)
    const locked = await accounts.lockMany(tx, [...new Set(owners)], !patient)
    const over = await store.overdue(tx, now, BATCH, locked)
    await end(tx, over, { reason: 'EXPIRED', actor: SYSTEM, ip: null }) // or IDLE, by each one's own times
    return over.length
  }

  const endAllOverdue = async (tx: Tx): Promise<number> => {
    let ended = 0
    for (let count = BATCH; count === BATCH; ended += count) count = await endOverdue(tx, true)
    return ended
  }

  return {
    end,

    /** Ends all live sessions of an account but the given ones. The account must be locked. */
    endAll: async (tx: Tx, accountId: string, cause: Cause, keep: readonly string[] = []): Promise<readonly Session[]> => {
      const live = await store.live(tx, accountId, clock.now())
      return end(
        tx,
        live.filter((session) => !keep.includes(session.id)),
        cause,
      )
    },

    /** Ends every session of an account that is deleted. What stays of each is how, when and why. The account must be locked. */
    endForGood: async (tx: Tx, accountId: string, cause: Cause): Promise<void> => {
      await end(tx, await store.unended(tx, accountId), cause) // whose time is over, too: nobody writes its end later
      await store.erase(tx, accountId)
    },

    /** Ends the live sessions of one device. */
    endOfDevice: async (tx: Tx, deviceId: string, cause: Cause): Promise<readonly Session[]> =>
      end(tx, await store.liveOfDevice(tx, deviceId, clock.now()), cause),

    /** Ends what an account has beyond its own limit or the setting's. The account must be locked. */
    endSurplus: async (
      tx: Tx,
      account: Readonly<{ id: string; sessionLimit: number | null }>,
      source: Source,
    ): Promise<readonly Session[]> => {
      const { sessions: policy } = await settings.inForce(tx)
      const live = await store.live(tx, account.id, clock.now())
      const over = surplus(live, account.sessionLimit ?? policy.limit, policy.whenLimitReached)
      return end(tx, over, { reason: 'LIMIT_REACHED', actor: SYSTEM, ip: source.ip })
    },

    /** Brings every live session under a changed policy: new ends, then whatever is over time, then whatever is over the limit. */
    applyPolicy: async (tx: Tx, { sessions: policy }: SecuritySettings, source: Source): Promise<number> => {
      await endAllOverdue(tx) // over before the change: a longer life must not wake them, and the change did not end them
      await store.reschedule(tx, policy.lifetimeSeconds, policy.idleTimeoutSeconds)
      await versioning.outdateAll(tx)
      let ended = await endAllOverdue(tx)
      const now = clock.now()
      for (const { accountId, limit } of await store.accountsOver(tx, policy.limit, now)) {
        const over = surplus(await store.live(tx, accountId, now), limit, policy.whenLimitReached)
        ended += (await end(tx, over, { reason: 'LIMIT_REACHED', actor: SYSTEM, ip: source.ip })).length
      }
      return ended
    },

    /** Writes the end of sessions whose time is over, and removes old tombstones. Safe on every node at once. */
    sweep: async (): Promise<void> => {
      for (let count = BATCH; count === BATCH; ) {
        if ((await store.overdue(db.read, clock.now(), 1)).length === 0) break
        count = await db.transaction((tx) => endOverdue(tx, false))
      }
      await store.removeTombstones(db.read, after(clock.now(), -LIFETIMES.sessionTombstone))
    },
  }
}
