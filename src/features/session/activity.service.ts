/**
 * When sessions were last used: exact, at about one write a minute a session. The first use after a quiet minute is
 * written at once; later ones are kept here and written when the minute is over. Where the idle timeout is hardly longer
 * than that, they are written some seconds before it, so that no node ends a session early by a use it cannot see yet.
 */
import type { Clock } from '../../kernel/time.ts'
import { ACTIVITY_PRECISION_SECONDS } from '../../policy/bounds.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './session.store.ts'
import type { Session } from './session.ts'

export type ActivityService = ReturnType<typeof activityService>

/** Seconds that a write, and the beat that begins it, may take before the shortest idle end. */
const MARGIN_SECONDS = 5

/** A use: when, up to when the row has them or is getting them, and how long the row may be behind, in milliseconds. */
type Use = Readonly<{ at: Date; writtenAt: Date; patience: number }>

type Named = Use & Readonly<{ id: string }>

/** How long a session's row may be behind its uses. */
const patienceOf = ({ lastActiveAt, idleExpiresAt }: Session): number => {
  const idle = idleExpiresAt === null ? Number.POSITIVE_INFINITY : idleExpiresAt.getTime() - lastActiveAt.getTime()
  return Math.min(ACTIVITY_PRECISION_SECONDS * 1000, idle - MARGIN_SECONDS * 1000)
}

type Needs = Readonly<{ db: Database; clock: Clock; log: Log; settings: SettingsService }>

export const activityService = ({ db, clock, log, settings }: Needs) => {
  /** Uses that some reader of the row may not see yet. */
  const pending = new Map<string, Use>()

  /** Writes that nobody waits for; whoever flushes does, so that no sweep overtakes them. */
  const writing = new Set<Promise<void>>()

  const isDue = ({ writtenAt, patience }: Use): boolean => clock.now().getTime() - writtenAt.getTime() >= patience

  /** What is written stays pending for another minute: whoever read the row before must not take the session for idle. */
  const write = async (uses: readonly Named[]): Promise<void> => {
    if (uses.length === 0) return
    for (const { id, at, patience } of uses) pending.set(id, { at, writtenAt: at, patience })
    try {
      const { idleTimeoutSeconds } = (await settings.current()).sessions
      await store.touch(db.read, uses, idleTimeoutSeconds)
    } catch (error) {
      for (const { id, at, writtenAt, patience } of uses) pending.set(id, { at: pending.get(id)?.at ?? at, writtenAt, patience })
      throw error
    }
  }

  const writeAside = (use: Named): void => {
    const written = write([use])
      .catch((error: unknown) => log.warn({ error }, 'a time of use could not be written'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  const flush = async (everything: boolean): Promise<void> => {
    await Promise.all(writing)
    const due = [...pending].filter(([, use]) => everything || isDue(use))
    for (const [id, use] of due) if (use.at <= use.writtenAt && isDue(use)) pending.delete(id)
    await write(due.flatMap(([id, use]) => (use.at > use.writtenAt ? [{ id, ...use }] : [])))
  }

  const upToDate = <S extends Session>(session: S): S => {
    const use = pending.get(session.id)
    if (use === undefined || use.at <= session.lastActiveAt) return session
    const moved = use.at.getTime() - session.lastActiveAt.getTime()
    const idleExpiresAt = session.idleExpiresAt === null ? null : new Date(session.idleExpiresAt.getTime() + moved)
    return { ...session, lastActiveAt: use.at, idleExpiresAt }
  }

  return {
    /** The session as this node knows it: uses that the row does not show yet count. */
    upToDate,

    /** Notes a use now; nobody waits for the write. @returns the session as it is with this use. */
    note: <S extends Session>(session: S): S => {
      const at = clock.now()
      const known = pending.get(session.id)
      const use = { at, writtenAt: known?.writtenAt ?? session.lastActiveAt, patience: known?.patience ?? patienceOf(session) }
      pending.set(session.id, use)
      const used = upToDate(session)
      if (isDue(use)) writeAside({ id: session.id, ...use })
      return used
    },

    /** Writes what is due; called every second. */
    flushDue: (): Promise<void> => flush(false),

    /** Writes everything: before the clock is moved, and at the end. */
    flush: (): Promise<void> => flush(true),
  }
}
