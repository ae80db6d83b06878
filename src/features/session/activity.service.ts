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

type Use = Readonly<{ at: Date; dueAt: number }>

type Needs = Readonly<{ db: Database; clock: Clock; log: Log; settings: SettingsService }>

/** When uses after the given one have to be written, in milliseconds. */
const dueAfter = ({ lastActiveAt, idleExpiresAt }: Session): number => {
  const minute = ACTIVITY_PRECISION_SECONDS * 1000
  const idle = idleExpiresAt === null ? Number.POSITIVE_INFINITY : idleExpiresAt.getTime() - lastActiveAt.getTime()
  return lastActiveAt.getTime() + Math.min(minute, idle - MARGIN_SECONDS * 1000)
}

export const activityService = ({ db, clock, log, settings }: Needs) => {
  /** Uses that are not written yet. */
  const pending = new Map<string, Use>()
  const writing = new Set<Promise<void>>()

  const write = async (uses: readonly Readonly<{ id: string; at: Date }>[]): Promise<void> => {
    if (uses.length === 0) return
    const { idleTimeoutSeconds } = (await settings.current()).sessions
    await store.touch(db.read, uses, idleTimeoutSeconds)
  }

  const writeSoon = (id: string, at: Date): void => {
    const written = write([{ id, at }])
      .catch((error: unknown) => log.warn({ error }, 'a time of use could not be written'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  const flush = async (everything: boolean): Promise<void> => {
    const now = clock.now().getTime()
    const due = [...pending].filter(([, use]) => everything || use.dueAt <= now)
    for (const [id] of due) pending.delete(id)
    await write(due.map(([id, { at }]) => ({ id, at })))
    await Promise.all(writing)
  }

  const upToDate = <S extends Session>(session: S): S => {
    const use = pending.get(session.id)
    if (use === undefined || use.at <= session.lastActiveAt) return session
    const moved = use.at.getTime() - session.lastActiveAt.getTime()
    const idleExpiresAt = session.idleExpiresAt === null ? null : new Date(session.idleExpiresAt.getTime() + moved)
    return { ...session, lastActiveAt: use.at, idleExpiresAt }
  }

  return {
    /** The session as this node knows it: uses that are not written yet count. */
    upToDate,

    /** Notes a use now; nobody waits for the write. @returns the session as it is with this use. */
    note: <S extends Session>(session: S): S => {
      const at = clock.now()
      const dueAt = pending.get(session.id)?.dueAt ?? dueAfter(session)
      pending.set(session.id, { at, dueAt })
      const used = upToDate(session)
      if (dueAt <= at.getTime()) {
        pending.delete(session.id)
        writeSoon(session.id, at)
      }
      return used
    },

    /** Writes what is due; called every second. */
    flushDue: (): Promise<void> => flush(false),

    /** Writes everything: before the clock is moved, and at the end. */
    flush: (): Promise<void> => flush(true),
  }
}
