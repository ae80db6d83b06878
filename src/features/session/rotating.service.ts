/**
 * A new token for a session that goes on: whoever still has the old one has nothing from the commit on. It stays the same
 * session, and what listens in its name goes on listening.
 */
import { unauthenticated } from '../../kernel/errors.ts'
import { hashSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Person } from '../../kernel/viewer.ts'
import type { BareTx } from '../../ports/db/index.ts'
import type { VersionService } from '../account/version.service.ts'
import type { ActivityService } from './activity.service.ts'
import * as store from './session.store.ts'
import { asOf, endReasonAt, type Factor, type Session } from './session.ts'

export type RotatingService = ReturnType<typeof rotatingService>

/** The session as it is now, and its secret, which leaves once. */
export type Rotated = Readonly<{ session: Session; token: string }>

type Needs = Readonly<{ clock: Clock; random: Random; activity: ActivityService; versioning: VersionService }>

export const rotatingService = ({ clock, random, activity, versioning }: Needs) => ({
  /**
   * The session that asks, which may have ended since it began to, or got another token: of two new ones at once a browser
   * might keep the one that is dead. Its account must be locked. @throws UNAUTHENTICATED
   */
  live: async (tx: BareTx, { sessionId, rotation }: Person): Promise<Session> => {
    const session = await store.find(tx, sessionId)
    const reason = session === null ? 'ACCOUNT_DELETED' : endReasonAt(activity.upToDate(session), clock.now())
    if (session === null || reason !== null || session.rotation !== rotation) throw unauthenticated(reason)
    return session
  },

  /** @param factor what the person has just proven. The account must be locked. @throws UNAUTHENTICATED */
  rotate: async (tx: BareTx, session: Session, factor: Factor): Promise<Rotated> => {
    const token = makeSecret(random, SECRET_PREFIXES.session)
    const factors = session.factors.includes(factor) ? session.factors : [...session.factors, factor]
    const proof = { authenticatedAt: clock.now(), factors }
    const rotated = await store.rotate(tx, session.id, hashSecret(token), proof)
    if (rotated === null) throw unauthenticated()
    await versioning.outdate(tx, [session.accountId]) // a copy under the old token must not outlive it
    return { session: asOf(activity.upToDate(rotated), clock.now()), token }
  },
})
