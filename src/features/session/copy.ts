/** What a copy of a session holds: what authenticating needs, and what the common question about the own account needs. */
import { ACTIVITY_PRECISION_SECONDS } from '../../policy/bounds.ts'
import type { Account } from '../account/account.ts'
import { endReasonAt, type Session } from './session.ts'

export type Presented = Readonly<{
  session: Session
  account: Account
  /** Whether the handover code still waits for the cookie to come back. */
  hasHandover: boolean
}>

/**
 * Which fields a copy has; grows whenever one comes or goes. During an upgrade nodes of two versions write copies, and one
 * that lacks a field must not be taken for an account that has none. Older nodes look past it.
 */
const SHAPE = 2

/** Larger accounts are not copied: the store is for sessions, not for preferences. */
const LARGEST = 4_096

const SESSION_TIMES = [
  'createdAt',
  'extendedAt',
  'authenticatedAt',
  'lastActiveAt',
  'expiresAt',
  'idleExpiresAt',
  'endedAt',
] as const
const ACCOUNT_TIMES = ['emailVerifiedAt', 'phoneVerifiedAt', 'blockedAt', 'createdAt', 'firstSessionAt', 'deletesAt'] as const

/** Times travel as milliseconds, which are read several times faster than text. */
const flatten = (object: Readonly<Record<string, unknown>>, times: readonly string[]): Record<string, unknown> => {
  const flat = { ...object }
  for (const name of times) if (flat[name] instanceof Date) flat[name] = (flat[name] as Date).getTime()
  return flat
}

const revive = (object: Record<string, unknown>, times: readonly string[]): void => {
  for (const name of times) if (object[name] != null) object[name] = new Date(object[name] as number)
}

/** @returns null for what is too large to be copied. */
export const encodeCopy = ({ session, account, hasHandover }: Presented): string | null => {
  const text = JSON.stringify({
    shape: SHAPE,
    session: flatten(session, SESSION_TIMES),
    account: flatten(account, ACCOUNT_TIMES),
    hasHandover,
  })
  return text.length > LARGEST ? null : text
}

/** @param text as `encodeCopy` made it; the store keeps it to itself. @returns null for one of another shape. */
export const decodeCopy = (text: string): Presented | null => {
  const presented = JSON.parse(text) as {
    shape?: number
    session: Record<string, unknown>
    account: Record<string, unknown>
  }
  if (presented.shape !== SHAPE) return null
  revive(presented.session, SESSION_TIMES)
  revive(presented.account, ACCOUNT_TIMES)
  return presented as unknown as Presented
}

/**
 * Whether a copy can answer by itself. What it says against a session is never believed: PostgreSQL knows of later uses.
 * One that is a minute behind is made anew, so that times of use stay exact to the minute.
 */
export const answers = ({ session, hasHandover }: Presented, via: 'COOKIE' | 'HEADER', now: Date): boolean =>
  endReasonAt(session, now) === null &&
  !(via === 'COOKIE' && hasHandover) &&
  now.getTime() - session.lastActiveAt.getTime() < ACTIVITY_PRECISION_SECONDS * 1000
