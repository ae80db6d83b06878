/** A session: one sign-in of an account on one device, and what is always true of it. */
import { DomainError } from '../../kernel/errors.ts'
import { after, earlier } from '../../kernel/time.ts'
import type { Person, SessionEndReason } from '../../kernel/viewer.ts'
import type { SecuritySettings, SessionLimitAction, SignInMethod } from '../settings/settings.ts'

/** What a person has proven. */
export const FACTORS = {
  PASSWORD: 'Knows the password.',
  EMAIL: 'Reads mail at the address.',
  PHONE: 'Reads text messages at the number.',
  OAUTH: 'Is signed in with another provider.',
  PASSKEY: 'Holds a passkey.',
  TOTP: 'Holds the authenticator.',
  RECOVERY_CODE: 'Knows a recovery code.',
  TOKEN: 'Holds a token that a server or a mail gave out.',
} as const

export type Factor = keyof typeof FACTORS

/** How the session's secret travels. */
export const TRANSPORTS = {
  COOKIE: 'In a cookie that script cannot read.',
  TOKEN: 'In the Authorization header; the client keeps the token itself.',
} as const

export type SessionTransport = keyof typeof TRANSPORTS

export type Session = Readonly<{
  id: string
  accountId: string
  transport: SessionTransport
  method: SignInMethod
  provider: string | null
  factors: readonly Factor[]
  createdAt: Date
  /** Start of the absolute lifetime: creation, or the last extension. */
  extendedAt: Date
  authenticatedAt: Date | null
  lastActiveAt: Date
  expiresAt: Date
  idleExpiresAt: Date | null
  endedAt: Date | null
  endReason: SessionEndReason | null
  ip: string | null
  userAgent: string | null
  countryCode: string | null
  city: string | null
  deviceId: string | null
  /** How many tokens it had before the one it has. */
  rotation: number
}>

type Policy = SecuritySettings['sessions']

/** When a session ends by time under a policy. */
export const endsUnder = (
  policy: Policy,
  session: Pick<Session, 'extendedAt' | 'lastActiveAt'>,
): Pick<Session, 'expiresAt' | 'idleExpiresAt'> => ({
  expiresAt: after(session.extendedAt, policy.lifetimeSeconds),
  idleExpiresAt: policy.idleTimeoutSeconds === null ? null : after(session.lastActiveAt, policy.idleTimeoutSeconds),
})

type Times = Pick<Session, 'expiresAt' | 'idleExpiresAt' | 'endedAt' | 'endReason'>

/** Why a session does not count at that moment; null while it is live. */
export const endReasonAt = (session: Times, now: Date): SessionEndReason | null => {
  if (session.endedAt !== null) return session.endReason
  if (earlier(session.expiresAt, session.idleExpiresAt) > now) return null
  return session.idleExpiresAt !== null && session.idleExpiresAt < session.expiresAt ? 'IDLE' : 'EXPIRED'
}

/** The session as it is at that moment: one whose time is over is shown as ended even before the sweep has written it. */
export const asOf = <S extends Times>(session: S, now: Date): S => {
  const endReason = endReasonAt(session, now)
  if (endReason === null || session.endedAt !== null) return session
  return { ...session, endReason, endedAt: earlier(session.expiresAt, session.idleExpiresAt) }
}

const byCreation = (a: Session, b: Session): number => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1)

const byUse = (a: Session, b: Session): number => a.lastActiveAt.getTime() - b.lastActiveAt.getTime() || byCreation(a, b)

/** The sessions to end so that at most `room` are left: the oldest, or the ones that were not used for longest. */
export const surplus = (live: readonly Session[], room: number, action: SessionLimitAction): readonly Session[] =>
  live.toSorted(action === 'END_LEAST_RECENTLY_USED' ? byUse : byCreation).slice(0, Math.max(0, live.length - room))

/** Whoever presents this session, as the rest of the house sees him. */
export const viewerOf = (session: Session, labels: readonly string[], via: 'COOKIE' | 'HEADER'): Person => ({
  kind: 'account',
  accountId: session.accountId,
  sessionId: session.id,
  rotation: session.rotation,
  labels,
  authenticatedAt: session.authenticatedAt,
  via,
})

/** The account is at its limit and the setting says refuse. `ticket` finishes the sign-in once one session is given up. */
export class SessionLimitReached extends DomainError {
  readonly limit: number
  readonly ticket: string | null
  readonly sessions: readonly Session[]
  constructor(limit: number, ticket: string | null, sessions: readonly Session[]) {
    super('SESSION_LIMIT_REACHED', 'You are signed in on as many devices as allowed. End one session to go on.')
    this.limit = limit
    this.ticket = ticket
    this.sessions = sessions
  }
}

export type SessionFilter = Readonly<{
  live?: boolean | null | undefined
  accountId?: string | null | undefined
  method?: readonly SignInMethod[] | null | undefined
  deviceId?: string | null | undefined
  endReason?: readonly SessionEndReason[] | null | undefined
}>
