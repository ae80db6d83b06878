/**
 * Opening a session: in one transaction, under a lock on the account, so that after any commit an account has no more
 * live sessions than its limit. Every way of signing in ends here.
 */
import type { MakeId } from '../../kernel/ids.ts'
import { hashSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import { makesDeviceKnown } from '../../policy/alerts.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { BareTx } from '../../ports/db/index.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { Alerted, AlertService } from '../alert/alert.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { Device } from '../device/device.ts'
import type { EventService } from '../event/event.service.ts'
import { SYSTEM } from '../event/event.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { SecuritySettings, SignInMethod } from '../settings/settings.ts'
import type { EndingService } from './ending.service.ts'
import * as store from './session.store.ts'
import { endsUnder, type Factor, type Session, SessionLimitReached, type SessionTransport, surplus } from './session.ts'

export type OpeningService = ReturnType<typeof openingService>

/** What was proven, by which method. */
export type Proof = Readonly<{ method: SignInMethod; factors: readonly Factor[]; provider: string | null; byPerson: boolean }>

/** The locked account, as far as opening looks at it. */
export type Opener = Alerted &
  Readonly<{
    sessionLimit: number | null
    wantsSessionAlerts: boolean
    firstSessionAt: Date | null
  }>

/** How the caller wants the session, and what his browser presented. */
export type OpenRequest = Readonly<{
  transport: SessionTransport
  deviceKey: string | null
  deviceCookie: string | null
  /** The live session of the same account that the same browser presented; it is replaced. */
  replaces: string | null
  source: Source
}>

/** What opening goes by: read under the account's lock, in the transaction that opens. */
export type Seen = Readonly<{
  settings: SecuritySettings
  live: Readonly<{ live: number; hasNamed: boolean }>
  device: Device | null
  isNewCountry: boolean
}>

export type Opened = Readonly<{
  session: Session
  token: string
  handoverCode: string | null
  /** What the device cookie is to hold; null where there is none to set. */
  deviceCookie: string | null
}>

type Needs = Readonly<{
  clock: Clock
  random: Random
  makeId: MakeId
  locate: Locate
  settings: SettingsService
  events: EventService
  devices: DeviceService
  alerts: AlertService
  tokens: OneTimeTokenService
  ending: EndingService
}>

export const openingService = ({ clock, random, makeId, locate, settings, events, devices, alerts, tokens, ending }: Needs) => {
  /** Ends what has to go, or refuses with a ticket. */
  const makeRoom = async (
    tx: BareTx,
    account: Opener,
    proof: Proof,
    { replaces, source }: OpenRequest,
    { live: count, settings: { sessions: policy } }: Seen,
  ) => {
    const limit = account.sessionLimit ?? policy.limit
    if (count.live < limit && !count.hasNamed) return null
    const live = await store.live(tx, account.id, clock.now())
    const replaced = live.filter((session) => session.id === replaces)
    await ending.end(tx, replaced, { reason: 'REPLACED', actor: { kind: 'ACCOUNT', id: account.id }, ip: source.ip })
    const others = live.filter((session) => session.id !== replaces)
    const over = surplus(others, limit - 1, policy.whenLimitReached)
    if (over.length > 0 && policy.whenLimitReached === 'REFUSE') {
      const data = { method: proof.method, factors: proof.factors, provider: proof.provider, byPerson: proof.byPerson }
      const lifetimeSeconds = LIFETIMES.sessionLimitTicket
      const { secret } = await tokens.issue(tx, { kind: 'sign-in-ticket', accountId: account.id, lifetimeSeconds, data })
      return new SessionLimitReached(limit, secret, others)
    }
    await ending.end(tx, over, { reason: 'LIMIT_REACHED', actor: SYSTEM, ip: source.ip })
    return null
  }

  const deviceFor = async (tx: BareTx, account: Opener, request: OpenRequest, found: Device | null, trusted: boolean) => {
    const cookie =
      request.deviceCookie ?? (request.transport === 'COOKIE' && request.deviceKey === null ? makeSecret(random) : null)
    const key = request.deviceKey ?? cookie
    if (key === null) return { id: null, wasKnown: false, cookie: null }
    return {
      ...(await devices.recognise(tx, account.id, key, found, request.source, trusted)),
      cookie: request.deviceKey === null ? cookie : null,
    }
  }

  return {
    /**
     * Reads what opening goes by. All of it is asked at once, so that it can travel with the statement that locks the
     * account: asked right behind that, each of these sees what the lock waited for.
     */
    look: async (tx: BareTx, accountId: string, request: OpenRequest): Promise<Seen> => {
      const key = request.deviceKey ?? request.deviceCookie
      const place = locate(request.source.ip)
      const [inForce, live, device, isNewCountry] = await Promise.all([
        settings.inForce(tx),
        store.countLive(tx, accountId, clock.now(), request.replaces),
        key === null ? null : devices.presented(tx, accountId, key),
        place === null ? false : store.isNewCountry(tx, accountId, place.countryCode),
      ])
      return { settings: inForce, live, device, isNewCountry }
    },

    /**
     * Opens a session for an account that the transaction has locked.
     * @param seen what `look` saw since then.
     * @param isSignUp whether the account was made in the same transaction: its device is trusted.
     * @returns SessionLimitReached instead of throwing it: its ticket is a row, so the transaction must commit.
     */
    open: async (
      tx: BareTx,
      account: Opener,
      proof: Proof,
      request: OpenRequest,
      seen: Seen,
      isSignUp = false,
    ): Promise<Opened | SessionLimitReached> => {
      const refusal = await makeRoom(tx, account, proof, request, seen)
      if (refusal !== null) return refusal

      const now = clock.now()
      const { source, transport } = request
      const place = locate(source.ip)
      const device = await deviceFor(tx, account, request, seen.device, isSignUp || makesDeviceKnown(proof))
      const token = makeSecret(random, SECRET_PREFIXES.session)
      const handoverCode = transport === 'COOKIE' ? makeSecret(random) : null
      const session: Session = {
        id: makeId('Session'),
        accountId: account.id,
        transport,
        method: proof.method,
        provider: proof.provider,
        factors: proof.factors,
        createdAt: now,
        extendedAt: now,
        authenticatedAt: proof.byPerson ? now : null,
        lastActiveAt: now,
        ...endsUnder(seen.settings.sessions, { extendedAt: now, lastActiveAt: now }),
        endedAt: null,
        endReason: null,
        ip: source.ip,
        userAgent: source.userAgent,
        countryCode: place?.countryCode ?? null,
        city: place?.city ?? null,
        deviceId: device.id,
        rotation: 0,
      }
      await store.insert(tx, {
        ...session,
        tokenHash: hashSecret(token),
        handoverHash: handoverCode === null ? null : hashSecret(handoverCode),
        handoverExpiresAt: handoverCode === null ? null : after(now, LIFETIMES.handoverCode),
      })
      const alertId = await alerts.consider(tx, {
        session,
        account,
        settings: seen.settings.alerts,
        isFirstEver: account.firstSessionAt === null,
        isKnownDevice: device.wasKnown,
        wantsAlerts: account.wantsSessionAlerts,
        isNewCountry: seen.isNewCountry,
      })
      await events.record(tx, {
        type: 'session.opened',
        actor: { kind: 'ACCOUNT', id: account.id },
        accountId: account.id,
        subjectId: session.id,
        ip: source.ip,
        details: { sessionId: session.id, method: proof.method, transport, deviceId: session.deviceId, alertId },
      })
      return { session, token, handoverCode, deviceCookie: device.cookie }
    },
  }
}
