/**
 * Acting in a viewer's name. A change may wait for an account's lock while somebody ends the session it was asked in: from
 * the commit of that ending on, it does nothing more. So whoever changes something for a viewer takes his locks here, and is
 * asked behind them whether his credential still stands. What he gets is the actor for the log; nobody else makes one.
 */
import { type DomainError, forbidden, unauthenticated } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { isAdmin } from '../../policy/permissions.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { ApiKeyService } from '../api-key/api-key.service.ts'
import type { ActivityService } from './activity.service.ts'
import * as store from './session.store.ts'
import { endReasonAt } from './session.ts'

export type ActingService = ReturnType<typeof actingService>

/** In whose name something is done, and the account it is done to: locked, as it is now; null where there is none. */
export type Mandate = Readonly<{ actor: Actor; account: Account | null }>

type Person = Extract<Viewer, { kind: 'account' }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  activity: ActivityService
  apiKeys: ApiKeyService
}>

export const actingService = ({ db, clock, accounts, activity, apiKeys }: Needs) => {
  /** @param byThisToken whether it has to have the token still that the viewer came with: one that was replaced changes nothing. */
  const sessionRefusal = async (
    tx: BareTx,
    { sessionId, rotation }: Person,
    byThisToken = false,
  ): Promise<DomainError | null> => {
    const session = await store.find(tx, sessionId)
    const reason = session === null ? 'ACCOUNT_DELETED' : endReasonAt(activity.upToDate(session), clock.now())
    if (reason !== null) return unauthenticated(reason)
    return byThisToken && session?.rotation !== rotation ? unauthenticated() : null
  }

  /** An operator is one only as long as the label says so. */
  const labelRefusal = ({ labels }: Person, account: Account | null): DomainError | null =>
    isAdmin(labels) && !isAdmin(account?.labels ?? []) ? forbidden() : null

  /** Locks accounts in the order of their ids, as everybody does who needs more than one. */
  const lockAll = async (tx: BareTx, ids: readonly string[]): Promise<ReadonlyMap<string, Account | null>> => {
    const locked = new Map<string, Account | null>()
    for (const id of [...new Set(ids)].toSorted()) locked.set(id, await accounts.lock(tx, id))
    return locked
  }

  return {
    /** Asked before each mutation of a document and before each delivery. @returns null while the credential is good. */
    refusal: async (viewer: Viewer): Promise<DomainError | null> => {
      if (viewer.kind === 'guest') return unauthenticated(viewer.signedOutReason)
      if (viewer.kind === 'apiKey') return (await apiKeys.isGood(viewer.keyId)) ? null : unauthenticated()
      const refusal = await sessionRefusal(db.read, viewer)
      if (refusal !== null || !isAdmin(viewer.labels)) return refusal
      return labelRefusal(viewer, await accounts.find(viewer, viewer.accountId))
    },

    /**
     * Locks the account that something is done to, and the viewer's own, behind whose lock his sessions end and his labels
     * change; of a key its row. Until the transaction is over his credential stands.
     * @param accountId null for what is no account's.
     * @throws UNAUTHENTICATED with the reason, or FORBIDDEN for an operator who is none any more; nothing is to be written then.
     */
    lock: async (tx: BareTx, viewer: Viewer, accountId: string | null): Promise<Mandate> => {
      if (viewer.kind === 'guest') throw unauthenticated(viewer.signedOutReason)
      const own = viewer.kind === 'account' ? [viewer.accountId] : []
      const locked = await lockAll(tx, accountId === null ? own : [...own, accountId])
      const account = accountId === null ? null : (locked.get(accountId) ?? null)
      if (viewer.kind === 'apiKey') {
        if (!(await apiKeys.hold(tx, viewer.keyId))) throw unauthenticated()
        return { actor: { kind: 'API_KEY', id: viewer.keyId }, account }
      }
      const refusal = (await sessionRefusal(tx, viewer, true)) ?? labelRefusal(viewer, locked.get(viewer.accountId) ?? null)
      if (refusal !== null) throw refusal
      return { actor: { kind: 'ACCOUNT', id: viewer.accountId }, account }
    },
  }
}
