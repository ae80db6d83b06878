/**
 * Opening a session: in one transaction, under a lock on the account, so that after any commit an account has no more
 * live sessions than its limit. Every way of signing in ends here.
 */
import type { MakeId } from '../../kernel/ids.ts'
import { hashSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { AlertService } from '../alert/alert.service.ts'
import type { DeviceService } from '../device/device.service.ts'
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
export type Opener = Readonly<{
  id: string
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
    tx: Tx,
    account: Opener,
    proof: Proof,
    { replaces, source }: OpenRequest,
    policy: SecuritySettings['sessions'],
  ) => {
    const live = await store.live(tx, account.id, clock.now())
    const replaced = live.filter((session) => session.id === replaces)
    await ending.end(tx, replaced, { reason: 'REPLACED', actor: { kind: 'ACCOUNT', id: account.id }, ip: source.ip })
    const limit = account.sessionLimit ?? policy.limit
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

  const deviceFor = async (tx: Tx, account: Opener, request: OpenRequest, trusted: boolean) => {
    const cookie =
      request.deviceCookie ?? (request.transport === 'COOKIE' && request.deviceKey === null ? makeSecret(random) : null)
    const key = request.deviceKey ?? cookie
    if (key === null) return { device: null, wasKnown: false, cookie: null }
    return {
      ...(await devices.recognise(tx, account.id, key, request.source, trusted)),
      cookie: request.deviceKey === null ? cookie : null,
    }
  }

  return {
    /**
     * Opens a session for an account that the transaction has locked.
     * @param isSignUp whether the account was made in the same transaction: its device is trusted.
     * @returns SessionLimitReached instead of throwing it: its ticket is a row, so the transaction must commit.
     */
    open: async (
      tx: Tx,
      account: Opener,
      proof: Proof,
      request: OpenRequest,
      isSignUp = false,
    ): Promise<Opened | SessionLimitReached> => {
      const { sessions: policy, alerts: alertSettings } = await settings.inForce(tx)
      const refusal = await makeRoom(tx, account, proof, request, policy)
      if (refusal !== null) return refusal

      const now = clock.now()
      const { source, transport } = request
      const place = locate(source.ip)
      const countries = place === null ? null : await store.countriesOf(tx, account.id, place.countryCode)
      const { device, wasKnown, cookie } = await deviceFor(tx, account, request, isSignUp)
      const token = makeSecret(random, SECRET_PREFIXES.session)
      const handoverCode = transport === 'COOKIE' ? makeSecret(random) : null
      const session = await store.insert(tx, {
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
        ...endsUnder(policy, { extendedAt: now, lastActiveAt: now }),
        endedAt: null,
        endReason: null,
        ip: source.ip,
        userAgent: source.userAgent,
        countryCode: place?.countryCode ?? null,
        city: place?.city ?? null,
        deviceId: device?.id ?? null,
        tokenHash: hashSecret(token),
        handoverHash: handoverCode === null ? null : hashSecret(handoverCode),
        handoverExpiresAt: handoverCode === null ? null : after(now, LIFETIMES.handoverCode),
      })
      const alertId = await alerts.consider(tx, {
        session,
        settings: alertSettings,
        isFirstEver: account.firstSessionAt === null,
        isKnownDevice: wasKnown,
        wantsAlerts: account.wantsSessionAlerts,
        isNewCountry: countries?.any === true && !countries.this,
      })
      await events.record(tx, {
        type: 'session.opened',
        actor: { kind: 'ACCOUNT', id: account.id },
        accountId: account.id,
        subjectId: session.id,
        ip: source.ip,
        details: { sessionId: session.id, method: proof.method, transport, deviceId: session.deviceId, alertId },
      })
      return { session, token, handoverCode, deviceCookie: cookie }
    },
  }
}
