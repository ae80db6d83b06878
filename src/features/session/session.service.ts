/** Sessions, read and ended by people and operators; and the question every request asks: does this token still count? */
import { notFound, refuseField, unauthenticated } from '../../kernel/errors.ts'
import { isIdOf } from '../../kernel/ids.ts'
import { mapPage, type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { hashSecret, looksLikeSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { SessionEndReason, Source, Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { isAdmin } from '../../policy/permissions.ts'
import type { Copies } from '../../ports/copies/index.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { VersionService } from '../account/version.service.ts'
import type { EventService } from '../event/event.service.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { ActingService } from './acting.service.ts'
import type { ActivityService } from './activity.service.ts'
import { answers, decodeCopy, encodeCopy, type Presented } from './copy.ts'
import type { EndingService } from './ending.service.ts'
import { findByToken } from './presented.store.ts'
import * as store from './session.store.ts'
import { asOf, endReasonAt, type Session, type SessionFilter } from './session.ts'

export type SessionService = ReturnType<typeof sessionService>

/**
 * What became of a presented token. `reason` is null for a token that never was one of ours, or is forgotten, or was
 * replaced: then its session lives on under another.
 */
export type Authentication =
  | Readonly<{ live: true; session: Session; account: Account }>
  | Readonly<{ live: false; reason: SessionEndReason | null; isReplaced: boolean }>

const UNKNOWN: Authentication = { live: false, reason: null, isReplaced: false }

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  accounts: AccountService
  acting: ActingService
  settings: SettingsService
  events: EventService
  activity: ActivityService
  ending: EndingService
  versioning: VersionService
  copies: Copies
}>

const checkFilter = (filter: SessionFilter): SessionFilter => {
  if (filter.accountId != null && !isIdOf('Account', filter.accountId))
    refuseField('filter.accountId', 'This is not the id of an account.')
  if (filter.deviceId != null && !isIdOf('Device', filter.deviceId))
    refuseField('filter.deviceId', 'This is not the id of a device.')
  return filter
}

export const sessionService = ({
  db,
  clock,
  random,
  accounts,
  acting,
  settings,
  events,
  activity,
  ending,
  versioning,
  copies,
}: Needs) => {
  const present = (session: Session): Session => asOf(activity.upToDate(session), clock.now())

  const page = async (args: PageArgs, filter: SessionFilter): Promise<Page<Session>> =>
    mapPage(await store.page(db.read, windowOf(args, 2), checkFilter(filter), clock.now()), present)

  const endReasonOf = ({ session, account }: Presented): SessionEndReason | null =>
    endReasonAt(activity.upToDate(session), clock.now()) ?? (account.blockedAt === null ? null : 'ACCOUNT_BLOCKED')

  /** Of a token that is none of those that count: whether it was one until another took its place. */
  const authenticateReplaced = async (tokenHash: string): Promise<Authentication> => {
    const session = await store.findByReplaced(db.read, tokenHash)
    if (session === null) return UNKNOWN
    const reason = endReasonAt(activity.upToDate(session), clock.now())
    return { live: false, reason, isReplaced: reason === null }
  }

  return {
    /**
     * Asked on every request: a copy that counts, or PostgreSQL. This node itself remembers nothing of a session's
     * validity. Counts as a use of the session.
     */
    authenticate: async (token: string, via: 'COOKIE' | 'HEADER'): Promise<Authentication> => {
      if (!looksLikeSecret(token, SECRET_PREFIXES.session)) return UNKNOWN
      const [tokenHash, now] = [hashSecret(token), clock.now()]
      const { text, epoch } = await copies.read(tokenHash)
      const copy = text === null ? null : decodeCopy(text)
      if (copy !== null && answers(copy, via, now))
        return { live: true, session: activity.note(copy.session), account: copy.account }

      const row = await findByToken(db.read, tokenHash)
      if (row === null) return authenticateReplaced(tokenHash)
      const reason = endReasonOf(row)
      if (reason !== null) return { live: false, reason, isReplaced: false }
      const returned = via === 'COOKIE' && row.hasHandover
      if (returned) await store.dropHandover(db.read, row.session.id)
      const session = activity.note(row.session)
      const fresh = encodeCopy({ session, account: row.account, hasHandover: row.hasHandover && !returned })
      if (fresh !== null) copies.write(tokenHash, { accountId: session.accountId, version: row.version, text: fresh }, epoch)
      return { live: true, session, account: row.account }
    },

    /** As `authenticate`, for whoever only looks: no use of the session, and nothing changes by it. */
    recognise: async (token: string): Promise<Authentication> => {
      const row = looksLikeSecret(token, SECRET_PREFIXES.session) ? await findByToken(db.read, hashSecret(token)) : null
      if (row === null) return UNKNOWN
      const { session, account } = row
      const reason = endReasonOf(row)
      return reason === null ? { live: true, session, account } : { live: false, reason, isReplaced: false }
    },

    /** @throws InvalidToken for a code that is unknown, used, older than its 60 s, or void because the cookie came back. */
    claimToken: (source: Source, handoverCode: string): Promise<{ session: Session; account: Account; token: string }> =>
      db.transaction(async (tx) => {
        const [codeHash, token] = [hashSecret(handoverCode), makeSecret(random, SECRET_PREFIXES.session)]
        const owner = looksLikeSecret(handoverCode) ? await store.handoverOwner(tx, codeHash) : null
        if (owner === null) throw new InvalidToken()
        const account = await accounts.lock(tx, owner)
        const session = await store.takeHandover(tx, codeHash, hashSecret(token), clock.now())
        if (session === null || account === null) throw new InvalidToken()
        await versioning.outdate(tx, [owner]) // a copy under the cookie's token must not outlive it
        await events.record(tx, {
          type: 'session.token-claimed',
          actor: { kind: 'ACCOUNT', id: session.accountId },
          accountId: session.accountId,
          subjectId: session.id,
          ip: source.ip,
          details: { sessionId: session.id },
        })
        return { session, account, token }
      }),

    inTransaction: (tx: BareTx, id: string): Promise<Session | null> => store.find(tx, id),

    /** @returns null for what is missing and for what the viewer may not see. */
    find: async (viewer: Viewer, id: string): Promise<Session | null> => {
      const session = await store.findShown(db.read, id)
      const seen = session !== null && decide('session.read', viewer, { ownerId: session.accountId }, NO_FRESHNESS) === null
      return seen ? present(session) : null
    },

    /** For edges of things that may be seen already; in the order of `ids`. */
    byIds: async (ids: readonly string[]): Promise<readonly (Session | null)[]> => {
      const found = new Map((await store.findMany(db.read, ids)).map((session) => [session.id, present(session)]))
      return ids.map((id) => found.get(id) ?? null)
    },

    /** When each account last used any of its sessions, in the order of `accountIds`; null without one. */
    lastActiveAt: async (accountIds: readonly string[]): Promise<readonly (Date | null)[]> => {
      const found = await store.lastActiveAt(db.read, accountIds)
      return accountIds.map((id) => found.get(id) ?? null)
    },

    /** All sessions, newest first. @throws FORBIDDEN without the scope. */
    list: async (viewer: Viewer, args: PageArgs, filter: SessionFilter): Promise<Page<Session>> => {
      permit('session.list', viewer, { ownerId: null }, NO_FRESHNESS)
      return page(args, filter)
    },

    /** One account's sessions, newest first. */
    ofAccount: async (viewer: Viewer, accountId: string, args: PageArgs, filter: SessionFilter): Promise<Page<Session>> => {
      permit('session.read', viewer, { ownerId: accountId }, NO_FRESHNESS)
      if (filter.accountId != null && filter.accountId !== accountId)
        refuseField('filter.accountId', 'These are one account’s sessions.')
      return page(args, { ...filter, accountId })
    },

    /** Whether the viewer may end it: his own, or with the scope; freshness is asked when it comes to it. */
    mayRevoke: async (viewer: Viewer, session: Session): Promise<boolean> => {
      const refusal = decide('session.revoke', viewer, { ownerId: session.accountId }, await settings.freshness())
      return refusal === null || refusal.code === 'REAUTHENTICATION_REQUIRED'
    },

    /** Ends one session. An ended one answers as if it had just ended. @throws NOT_FOUND for what is missing or another's. */
    revoke: async (viewer: Viewer, source: Source, id: string): Promise<Session> => {
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const session = await store.findShown(tx, id)
        const { actor, account: owner } = await acting.lock(tx, viewer, session?.accountId ?? null)
        permit(
          'session.revoke',
          viewer,
          { ownerId: session?.accountId ?? null, ownerIsAdmin: isAdmin(owner?.labels ?? []) },
          freshness,
        )
        if (session === null || owner === null) throw notFound()
        const own = viewer.kind === 'account' && viewer.accountId === session.accountId
        const reason = own ? 'REVOKED_BY_ACCOUNT' : 'REVOKED_BY_OPERATOR'
        const [ended] = await ending.end(tx, [activity.upToDate(session)], { reason, actor, ip: source.ip })
        return ended ?? (await store.find(tx, id)) ?? session
      })
    },

    /**
     * Ends the viewer's other sessions; or, for an operator who names an account, all of that account's.
     * @throws NOT_FOUND, FORBIDDEN
     */
    revokeOthers: async (viewer: Viewer, source: Source, accountId: string | null): Promise<readonly Session[]> => {
      const own = viewer.kind === 'account' ? viewer.accountId : null
      const target = accountId ?? own
      if (viewer.kind === 'apiKey' && target === null) return refuseField('input.accountId', 'A key must name the account.')
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const { actor, account: owner } = await acting.lock(tx, viewer, target)
        permit('session.revoke', viewer, { ownerId: owner?.id ?? null, ownerIsAdmin: isAdmin(owner?.labels ?? []) }, freshness)
        if (owner === null) throw notFound()
        const isOwn = owner.id === own
        const keep = isOwn && viewer.kind === 'account' ? [viewer.sessionId] : []
        const reason = isOwn ? 'REVOKED_BY_ACCOUNT' : 'REVOKED_BY_OPERATOR'
        return ending.endAll(tx, owner.id, { reason, actor, ip: source.ip }, keep)
      })
    },

    /** Ends the viewer's own session, or all of his. @returns the own one, ended. */
    signOut: async (viewer: Viewer, source: Source, everywhere: boolean): Promise<Session> => {
      if (viewer.kind !== 'account') throw unauthenticated(viewer.kind === 'guest' ? viewer.signedOutReason : null)
      return db.transaction(async (tx) => {
        const { actor } = await acting.lock(tx, viewer, viewer.accountId)
        const session = await store.find(tx, viewer.sessionId)
        if (session === null) throw unauthenticated()
        const cause = { reason: 'SIGNED_OUT', actor, ip: source.ip } as const
        const [ended] = await ending.end(tx, [activity.upToDate(session)], cause)
        if (everywhere) await ending.endAll(tx, viewer.accountId, cause)
        return ended ?? session
      })
    },

    /** Starts the absolute lifetime again, as long as the policy allows. The default is the viewer's own session. */
    extend: async (viewer: Viewer, source: Source, sessionId: string | null): Promise<Session> => {
      const id = sessionId ?? (viewer.kind === 'account' ? viewer.sessionId : '')
      return db.transaction(async (tx) => {
        const ownerId = (await store.find(tx, id))?.accountId ?? null
        permit('session.extend', viewer, { ownerId }, NO_FRESHNESS)
        const { actor } = await acting.lock(tx, viewer, ownerId)
        const session = await store.find(tx, id)
        if (session === null || endReasonAt(activity.upToDate(session), clock.now()) !== null) throw notFound() // or over by now
        const { sessions: policy } = await settings.inForce(tx)
        const extendedAt = clock.now()
        const extended = await store.extend(tx, id, { extendedAt, expiresAt: after(extendedAt, policy.lifetimeSeconds) })
        if (extended === null) throw notFound()
        await versioning.outdate(tx, [session.accountId])
        await events.record(tx, {
          type: 'session.extended',
          actor,
          accountId: session.accountId,
          subjectId: id,
          ip: source.ip,
          details: { sessionId: id },
        })
        return present(extended)
      })
    },
  }
}
