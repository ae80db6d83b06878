/** Changing the settings: checked, versioned, recorded, and at once in force for the sessions that are live. */
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from './settings.service.ts'
import * as store from './settings.store.ts'
import {
  type Abilities,
  applyChange,
  type CurrentSettings,
  differences,
  type SecuritySettings,
  type SettingsChange,
  settingsOf,
} from './settings.ts'

/** Brings live sessions under a changed policy. @returns how many it ended. */
type ApplyPolicy = (tx: Tx, settings: SecuritySettings, source: Source) => Promise<number>

export type SettingsChangeService = ReturnType<typeof settingsChangeService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  events: EventService
  settings: SettingsService
  applyToSessions: ApplyPolicy
  /** Forgets earlier passwords beyond what counts now. */
  trimHistory: () => Promise<void>
  can: Abilities
}>

export const settingsChangeService = ({ db, clock, acting, events, settings, applyToSessions, trimHistory, can }: Needs) => ({
  /** @throws FORBIDDEN, REAUTHENTICATION_REQUIRED, or InvalidInput with every field out of bounds. */
  update: async (
    viewer: Viewer,
    source: Source,
    change: SettingsChange,
  ): Promise<{ settings: CurrentSettings; endedSessions: number }> => {
    permit('settings.update', viewer, { ownerId: null }, await settings.freshness())
    const result = await db.transaction(async (tx) => {
      await store.lock(tx) // before any account, as everybody takes the policy
      const { actor } = await acting.lock(tx, viewer, null)
      const before = await store.read(tx)
      const after = applyChange(settingsOf(before), change, can)
      const [version, updatedAt] = [before.version + 1, clock.now()]
      await store.write(tx, after, version, updatedAt)
      const endedSessions = await applyToSessions(tx, after, source)
      await events.record(tx, {
        type: 'settings.updated',
        actor,
        accountId: null,
        subjectId: null,
        ip: source.ip,
        details: { version, ...differences(before, after) },
      })
      const isTrimmed = after.passwords.historyLength < before.passwords.historyLength
      return { settings: { ...after, version, updatedAt }, endedSessions, isTrimmed }
    })
    settings.forget()
    if (result.isTrimmed) await trimHistory()
    return result
  },
})
