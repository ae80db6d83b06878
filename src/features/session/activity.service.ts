/**
 * When sessions were last used: exact, at one write a minute a session. The first use after a quiet minute is written at
 * once; later ones are kept here and written when the minute is over, before any idle end could come early by them.
 */
import type { Clock } from '../../kernel/time.ts'
import { ACTIVITY_PRECISION_SECONDS } from '../../policy/bounds.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './session.store.ts'
import type { Session } from './session.ts'

export type ActivityService = ReturnType<typeof activityService>

type Needs = Readonly<{ db: Database; clock: Clock; log: Log; settings: SettingsService }>

export const activityService = ({ db, clock, log, settings }: Needs) => {
  /** Uses that are not written yet: when, and when the row was last written. */
  const pending = new Map<string, { at: Date; writtenAt: Date }>()

  const write = async (uses: readonly Readonly<{ id: string; at: Date }>[]): Promise<void> => {
    if (uses.length === 0) return
    const { idleTimeoutSeconds } = (await settings.current()).sessions
    await store.touch(db.read, uses, idleTimeoutSeconds)
  }

  const isDue = (writtenAt: Date): boolean => clock.now().getTime() - writtenAt.getTime() >= ACTIVITY_PRECISION_SECONDS * 1000

  const flush = async (everything: boolean): Promise<void> => {
    const due = [...pending].filter(([, use]) => everything || isDue(use.writtenAt))
    for (const [id] of due) pending.delete(id)
    await write(due.map(([id, { at }]) => ({ id, at })))
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
      const writtenAt = pending.get(session.id)?.writtenAt ?? session.lastActiveAt
      pending.set(session.id, { at, writtenAt })
      const used = upToDate(session)
      if (isDue(writtenAt)) {
        pending.delete(session.id)
        write([{ id: session.id, at }]).catch((error: unknown) => log.warn({ error }, 'a time of use could not be written'))
      }
      return used
    },

    /** Writes what is due; called every second. */
    flushDue: (): Promise<void> => flush(false),

    /** Writes everything: before the clock is moved, and at the end. */
    flush: (): Promise<void> => flush(true),
  }
}
