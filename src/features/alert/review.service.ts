/** Acting on an alert: it was me, or it was not. */
import { forbidden, refuseField } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { NO_FRESHNESS, permit } from '../../policy/access.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import { actorOf } from '../event/event.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SessionService } from '../session/session.service.ts'
import type { Session } from '../session/session.ts'
import * as store from './alert.store.ts'
import type { SessionAlert } from './alert.ts'

export type ReviewService = ReturnType<typeof reviewService>

export type ReportOptions = Readonly<{ endOtherSessions: boolean; requirePasswordReset: boolean }>

export type Report = Readonly<{ alert: SessionAlert; endedSessions: readonly Session[]; passwordResetRequired: boolean }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  credentials: CredentialService
  devices: DeviceService
  events: EventService
  tokens: OneTimeTokenService
  sessions: SessionService
  ending: EndingService
}>

/** A stolen session must not make its own device known, nor another one that was opened on it. */
const vouchesForItself = () => forbidden('A session cannot vouch for itself or its own new device. Confirm it from another one.')

export const reviewService = ({ db, clock, accounts, credentials, devices, events, tokens, sessions, ending }: Needs) => {
  /** The alert, its account locked. @throws NOT_FOUND for what is missing or another's. */
  const take = async (tx: Tx, viewer: Viewer, alertId: string): Promise<{ alert: SessionAlert; account: Account | null }> => {
    const alert = await store.find(tx, alertId)
    permit('alert.review', viewer, { ownerId: alert?.accountId ?? null }, NO_FRESHNESS)
    const found = alert as SessionAlert // permit has refused: nobody owns a missing alert
    const account = await accounts.lock(tx, found.accountId)
    return { alert: (await store.find(tx, alertId)) ?? found, account }
  }

  return {
    /** It was me: the device becomes known. @throws FORBIDDEN from the alerted session itself, InvalidInput once reported. */
    confirm: (viewer: Viewer, source: Source, alertId: string): Promise<SessionAlert> =>
      db.transaction(async (tx) => {
        const { alert } = await take(tx, viewer, alertId)
        if (viewer.kind === 'account' && viewer.sessionId === alert.sessionId) throw vouchesForItself()
        if (alert.review === 'REPORTED') return refuseField('input.alertId', 'This alert has been reported.')
        if (alert.review === 'CONFIRMED') return alert
        const session = await sessions.inTransaction(tx, alert.sessionId)
        const vouching = viewer.kind === 'account' ? await sessions.inTransaction(tx, viewer.sessionId) : null
        if (alert.isNewDevice && session?.deviceId != null && session.deviceId === vouching?.deviceId) throw vouchesForItself()
        if (session?.deviceId != null) await devices.confirm(tx, session.deviceId)
        await events.record(tx, {
          type: 'alert.confirmed',
          actor: actorOf(viewer),
          accountId: alert.accountId,
          subjectId: alert.id,
          ip: source.ip,
          details: { alertId: alert.id },
        })
        return store.review(tx, alert.id, 'CONFIRMED', clock.now())
      }),

    /**
     * It was not me: ends that session and by default all others but the one that reports, forgets the device, voids
     * every open link and code, and by default makes the next sign-in with a password go through recovery.
     */
    report: (viewer: Viewer, source: Source, alertId: string, options: ReportOptions): Promise<Report> =>
      db.transaction(async (tx) => {
        const { alert, account } = await take(tx, viewer, alertId)
        const reported = await sessions.inTransaction(tx, alert.sessionId)
        const cause = { reason: 'REPORTED', actor: actorOf(viewer), ip: source.ip } as const
        const suspect = reported === null ? [] : await ending.end(tx, [reported], cause)
        const keep = viewer.kind === 'account' ? [viewer.sessionId] : []
        const others = options.endOtherSessions ? await ending.endAll(tx, alert.accountId, cause, keep) : []
        if (reported?.deviceId != null) await devices.remove(tx, reported.deviceId)
        await tokens.voidOf(tx, alert.accountId)
        const isFirst = alert.review !== 'REPORTED' // said twice, it was reported when it was said first
        const resets = isFirst && options.requirePasswordReset && (await credentials.has(tx, alert.accountId))
        if (resets) await accounts.requirePasswordReset(tx, alert.accountId)
        const passwordResetRequired = resets || account?.passwordResetRequired === true
        const endedSessions = [...suspect, ...others]
        await events.record(tx, {
          type: 'alert.reported',
          actor: actorOf(viewer),
          accountId: alert.accountId,
          subjectId: alert.id,
          ip: source.ip,
          details: { alertId: alert.id, endedSessions: endedSessions.length },
        })
        return {
          alert: isFirst ? await store.review(tx, alert.id, 'REPORTED', clock.now()) : alert,
          endedSessions,
          passwordResetRequired,
        }
      }),
  }
}
