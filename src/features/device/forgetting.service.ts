/** Forgetting a device: it is no longer known, and what is signed in on it is signed out. */
import type { Source, Viewer } from '../../kernel/viewer.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Session } from '../session/session.ts'
import type { DeviceService } from './device.service.ts'
import type { Device } from './device.ts'

export type ForgettingService = ReturnType<typeof forgettingService>

type Needs = Readonly<{
  db: Database
  acting: ActingService
  devices: DeviceService
  events: EventService
  ending: EndingService
}>

export const forgettingService = ({ db, acting, devices, events, ending }: Needs) => ({
  /** @throws NOT_FOUND for what is missing or another's. */
  forget: (viewer: Viewer, source: Source, deviceId: string): Promise<{ device: Device; endedSessions: readonly Session[] }> =>
    db.transaction(async (tx) => {
      const { accountId } = await devices.owned(tx, viewer, deviceId)
      const { actor } = await acting.lock(tx, viewer, accountId)
      const device = await devices.owned(tx, viewer, deviceId) // forgotten by another, perhaps, while this one waited
      const endedSessions = await ending.endOfDevice(tx, device.id, { reason: 'REVOKED_BY_ACCOUNT', actor, ip: source.ip })
      await devices.remove(tx, device.id)
      await events.record(tx, {
        type: 'device.forgotten',
        actor,
        accountId,
        subjectId: device.id,
        ip: source.ip,
        details: { deviceId: device.id, endedSessions: endedSessions.length },
      })
      return { device, endedSessions }
    }),
})
