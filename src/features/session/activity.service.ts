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
  /** Uses that some reader of the row may not see yet: when, and up to when the row has them or is getting them. */
  const pending = new Map<string, { at: Date; writtenAt: Date }>()

  /** Writes that nobody waits for; whoever flushes does, so that no sweep overtakes them. */
  const writing = new Set<Promise<void>>()

  const isDue = (writtenAt: Date): boolean => clock.now().getTime() - writtenAt.getTime() >= ACTIVITY_PRECISION_SECONDS * 1000

  /** What is written stays pending for another minute: whoever read the row before must not take the session for idle. */
  const write = async (uses: readonly Readonly<{ id: string; at: Date; writtenAt: Date }>[]): Promise<void> => {
    if (uses.length === 0) return
    for (const { id, at } of uses) pending.set(id, { at, writtenAt: at })
    try {
      const { idleTimeoutSeconds } = (await settings.current()).sessions
      await store.touch(db.read, uses, idleTimeoutSeconds)
    } catch (error) {
      for (const { id, at, writtenAt } of uses) pending.set(id, { at: pending.get(id)?.at ?? at, writtenAt })
      throw error
    }
  }

  const writeAside = (use: Readonly<{ id: string; at: Date; writtenAt: Date }>): void => {
    const written = write([use])
      .catch((error: unknown) => log.warn({ error }, 'a time of use could not be written'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  const flush = async (everything: boolean): Promise<void> => {
    await Promise.all(writing)
    const due = [...pending].filter(([, use]) => everything || isDue(use.writtenAt))
    for (const [id, { at, writtenAt }] of due) if (at <= writtenAt && isDue(writtenAt)) pending.delete(id)
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
      const writtenAt = pending.get(session.id)?.writtenAt ?? session.lastActiveAt
      pending.set(session.id, { at, writtenAt })
      const used = upToDate(session)
      if (isDue(writtenAt)) writeAside({ id: session.id, at, writtenAt })
      return used
    },

    /** Writes what is due; called every second. */
    flushDue: (): Promise<void> => flush(false),

    /** Writes everything: before the clock is moved, and at the end. */
    flush: (): Promise<void> => flush(true),
  }
}
