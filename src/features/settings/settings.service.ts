/** The settings, read. A decision that guards a write reads them in its own transaction; everything else may read the copy. */
import type { Clock } from '../../kernel/time.ts'
import type { Freshness } from '../../policy/access.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import * as store from './settings.store.ts'
import type { CurrentSettings } from './settings.ts'

export type SettingsService = ReturnType<typeof settingsService>

export const settingsService = ({ db, clock, events }: Readonly<{ db: Database; clock: Clock; events: EventService }>) => {
  let copy: Promise<CurrentSettings> | null = null
  events.hear('all', (bell) => {
    if (bell.type === 'settings.updated') copy = null
  })

  const current = (): Promise<CurrentSettings> => {
    copy ??= store.read(db.read).catch((error: unknown) => {
      copy = null
      throw error
    })
    return copy
  }

  return {
    /** The row itself. A transaction that has locked an account may rely on it: changes wait for such transactions. */
    inForce: (tx: BareTx): Promise<CurrentSettings> => store.read(tx),
    /** This node's copy; dropped as soon as it hears of a change. */
    current,
    /** What a fresh proof is, for an action that begins now: whatever waits later does not make it older. */
    freshness: async (): Promise<Freshness> => ({
      now: clock.now(),
      maxAgeSeconds: (await current()).signIn.reauthenticationMaxAgeSeconds,
    }),
    /** Drops the copy, where the change was made. */
    forget: (): void => {
      copy = null
    },
  }
}
