/**
 * Keeping an account out, and letting it in again. Blocking ends every session, with its sockets, and makes every open link, code
 * and ticket void for good; the password stays what it was.
 */
import { notFound, refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { type Freshness, permit } from '../../policy/access.ts'
import { SIZES } from '../../policy/bounds.ts'
import { isAdmin } from '../../policy/permissions.ts'
import { textProblem } from '../../policy/text.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './account.store.ts'
import type { Account } from './account.ts'
import type { VersionService } from './version.service.ts'

export type BlockingService = ReturnType<typeof blockingService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  events: EventService
  settings: SettingsService
  tokens: OneTimeTokenService
  ending: EndingService
  versioning: VersionService
}>

/** @returns the reason as it is kept. @throws InvalidInput */
const checkReason = (given: string | null): string | null => {
  const reason = given === null || given.trim() === '' ? null : given.trim()
  const problem = reason === null ? null : textProblem(reason, SIZES.blockReason)
  return problem === null ? reason : refuseField('input.reason', problem)
}

export const blockingService = ({ db, clock, acting, events, settings, tokens, ending, versioning }: Needs) => {
  /** The account, locked, and who acts. @throws FORBIDDEN, for a key on an operator's account too; REAUTHENTICATION_REQUIRED, NOT_FOUND. */
  const take = async (
    tx: Tx,
    viewer: Viewer,
    accountId: string,
    freshness: Freshness,
  ): Promise<Readonly<{ account: Account; actor: Actor }>> => {
    permit('account.operate', viewer, { ownerId: null }, freshness)
    const { account, actor } = await acting.lock(tx, viewer, accountId)
    permit('account.operate', viewer, { ownerId: null, ownerIsAdmin: isAdmin(account?.labels ?? []) }, freshness)
    if (account === null) throw notFound()
    return { account, actor }
  }

  const record = (
    tx: Tx,
    actor: Actor,
    { ip }: Source,
    accountId: string,
    type: 'account.blocked' | 'account.unblocked',
    details = {},
  ) => events.record(tx, { type, actor, accountId, subjectId: accountId, ip, details })

  return {
    /**
     * One that is blocked stays as it is, with the reason that was given first.
     * @returns the account, and how many sessions it ended. @throws InvalidInput for the own one: nobody locks himself out.
     */
    block: async (
      viewer: Viewer,
      source: Source,
      accountId: string,
      given: string | null,
    ): Promise<{ account: Account; endedSessions: number }> => {
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const { account, actor } = await take(tx, viewer, accountId, freshness)
        const blockReason = checkReason(given)
        if (viewer.kind === 'account' && viewer.accountId === account.id)
          return refuseField('input.accountId', 'This is your own account.')
        if (account.blockedAt !== null) return { account, endedSessions: 0 }
        const blocked = await store.mark(tx, account.id, { blockedAt: clock.now(), blockReason, pendingEmail: null })
        await tokens.voidAll(tx, account.id) // and whoever voids links ends the wait of a new address
        await versioning.outdate(tx, [account.id])
        const cause = { reason: 'ACCOUNT_BLOCKED', actor, ip: source.ip } as const
        const { length: endedSessions } = await ending.endAll(tx, account.id, cause)
        await record(tx, actor, source, account.id, 'account.blocked', { endedSessions })
        return { account: blocked, endedSessions }
      })
    },

    /** What the block ended stays ended. One that is not blocked stays as it is. */
    unblock: async (viewer: Viewer, source: Source, accountId: string): Promise<Account> => {
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const { account, actor } = await take(tx, viewer, accountId, freshness)
        if (account.blockedAt === null) return account
        const unblocked = await store.mark(tx, account.id, { blockedAt: null, blockReason: null })
        await versioning.outdate(tx, [account.id])
        await record(tx, actor, source, account.id, 'account.unblocked')
        return unblocked
      })
    },
  }
}
