/**
 * The development clock: all nodes share an offset through the database and ask for it before each operation, so that
 * time has moved for everybody once `moveClock` has answered. Without DEV_CLOCK nothing of this runs.
 */
import { forbidden, refuseField } from '../../kernel/errors.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { NO_FRESHNESS, permit } from '../../policy/access.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import * as store from './installation.store.ts'

/** A clock that can be pushed forward. */
export type MovableClock = Clock & Readonly<{ setOffset: (seconds: number) => void }>

export const movableClock = (real: Clock): MovableClock => {
  let offset = 0
  return {
    now: () => (offset === 0 ? real.now() : after(real.now(), offset)),
    setOffset: (seconds) => {
      offset = seconds
    },
  }
}

/** A hundred years: beyond it dates stop fitting the formats that carry them. */
const FURTHEST_SECONDS = 3_155_760_000

export type ClockService = ReturnType<typeof clockService>

type Needs = Readonly<{
  db: Database
  clock: MovableClock
  acting: ActingService
  events: EventService
  enabled: boolean
  /** Writes what this node only remembers, before time moves. */
  settle: () => Promise<void>
  /** Does what is due at the new time. */
  tick: () => Promise<void>
}>

export const clockService = ({ db, clock, acting, events, enabled, settle, tick }: Needs) => {
  const sync = async (): Promise<void> => {
    if (enabled) clock.setOffset(await store.offsetSeconds(db.read))
  }
  return {
    /** Takes over where the clock stands. Called before each operation and each second. */
    sync,

    /** Moves time forward for every node; 0 reads it. @returns the new time. @throws FORBIDDEN unless DEV_CLOCK is on. */
    move: async (viewer: Viewer, source: Source, seconds: number): Promise<Date> => {
      permit('clock.move', viewer, { ownerId: null }, NO_FRESHNESS)
      if (!enabled) throw forbidden('The clock can be moved in development only, with DEV_CLOCK=true.')
      if (seconds < 0) refuseField('input.seconds', 'Time moves forward only: 0 or more.')
      await sync()
      if (seconds === 0) return clock.now()
      await settle()
      const offset = await db.transaction(async (tx) => {
        const { actor } = await acting.lock(tx, viewer, null)
        const moved = await store.move(tx, seconds)
        if (moved > FURTHEST_SECONDS) return refuseField('input.seconds', 'Time can be moved a hundred years at most.')
        const details = { seconds }
        await events.record(tx, {
          type: 'clock.moved',
          actor,
          accountId: null,
          subjectId: null,
          ip: source.ip,
          details,
        })
        return moved
      })
      clock.setOffset(offset)
      await tick()
      return clock.now()
    },
  }
}
