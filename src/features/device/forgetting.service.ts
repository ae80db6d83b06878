/** Forgetting a device: it is no longer known, and what is signed in on it is signed out. */
import type { Source, Viewer } from '../../kernel/viewer.ts'
import type { Database } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { EventService } from '../event/event.service.ts'
import { actorOf } from '../event/event.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Session } from '../session/session.ts'
import type { DeviceService } from './device.service.ts'
import type { Device } from './device.ts'

export type ForgettingService = ReturnType<typeof forgettingService>

type Needs = Readonly<{
  db: Database
  accounts: AccountService
  devices: DeviceService
  events: EventService
  ending: EndingService
}>

export const forgettingService = ({ db, accounts, devices, events, ending }: Needs) => ({
  /** @throws NOT_FOUND for what is missing or another's. */
  forget: (viewer: Viewer, source: Source, deviceId: string): Promise<{ device: Device; endedSessions: readonly Session[] }> =>
    db.transaction(async (tx) => {
      const device = await devices.owned(tx, viewer, deviceId)
      await accounts.lock(tx, device.accountId)
      const actor = actorOf(viewer)
      const endedSessions = await ending.endOfDevice(tx, device.id, { reason: 'REVOKED_BY_ACCOUNT', actor, ip: source.ip })
      await devices.remove(tx, device.id)
      await events.record(tx, {
        type: 'device.forgotten',
        actor,
        accountId: device.accountId,
        subjectId: device.id,
        ip: source.ip,
        details: { deviceId: device.id, endedSessions: endedSessions.length },
      })
      return { device, endedSessions }
    }),
})
