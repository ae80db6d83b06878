/**
 * Deleting accounts: at once, or after a grace period in which signing in takes it back. What is left for 30 days is an empty
 * row, for why and when its sessions ended.
 */
import { notFound } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { isAdmin } from '../../policy/permissions.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import { SYSTEM } from '../event/event.ts'
import type { LeavingService } from '../membership/leaving.service.ts'
import type { MessageService } from '../message/message.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { AccountService } from './account.service.ts'

export type DeletionService = ReturnType<typeof deletionService>

const BATCH = 50

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  acting: ActingService
  events: EventService
  settings: SettingsService
  ending: EndingService
  leaving: LeavingService
  messages: MessageService
}>

export const deletionService = ({ db, clock, accounts, acting, events, settings, ending, leaving, messages }: Needs) => {
  const removeNow = async (tx: Tx, id: string, actor: Actor, ip: string | null): Promise<void> => {
    await ending.endForGood(tx, id, { reason: 'ACCOUNT_DELETED', actor, ip })
    await leaving.leaveAll(tx, id, actor, ip)
    await accounts.remove(tx, id)
    await messages.removeOf(tx, id)
    await events.record(tx, { type: 'account.deleted', actor, accountId: id, subjectId: id, ip, details: {} })
  }

  const removeDue = (id: string): Promise<void> =>
    db.transaction(async (tx) => {
      const account = await accounts.lock(tx, id)
      if (account?.deletesAt == null || account.deletesAt > clock.now()) return // signed in, or deleted, meanwhile
      await removeNow(tx, id, SYSTEM, null)
    })

  return {
    /**
     * Ends every session at once; the account goes after 14 days, or now.
     * @returns when it is (or was) deleted.
     * @throws NOT_FOUND, FORBIDDEN for a key on an operator's account, REAUTHENTICATION_REQUIRED; LastOwner.
     */
    request: async (viewer: Viewer, source: Source, accountId: string | null, immediately: boolean): Promise<Date> => {
      const freshness = await settings.freshness()
      const target = accountId ?? (viewer.kind === 'account' ? viewer.accountId : '')
      return db.transaction(async (tx) => {
        const { actor, account } = await acting.lock(tx, viewer, target)
        const resource = { ownerId: account?.id ?? null, ownerIsAdmin: isAdmin(account?.labels ?? []) }
        permit('account.delete', viewer, resource, freshness)
        if (account === null) throw notFound()
        await leaving.demandLeavable(tx, account.id)
        const { ip } = source
        if (immediately) {
          await removeNow(tx, account.id, actor, ip)
          return clock.now()
        }
        const deletesAt = account.deletesAt ?? after(clock.now(), LIFETIMES.deletionGrace)
        await accounts.deleteAt(tx, account.id, deletesAt)
        await ending.endAll(tx, account.id, { reason: 'ACCOUNT_DELETED', actor, ip })
        await events.record(tx, {
          type: 'account.deletion-requested',
          actor,
          accountId: account.id,
          subjectId: account.id,
          ip,
          details: { deletesAt: deletesAt.toISOString() },
        })
        return deletesAt
      })
    },

    /**
     * Deletes the accounts whose grace period is over, and what was left of older ones. Safe on every node at once.
     * @throws what went wrong with some of them, once all others are done.
     */
    sweep: async (): Promise<void> => {
      const faults: unknown[] = []
      for (const id of await accounts.dueForDeletion(BATCH)) await removeDue(id).catch((fault: unknown) => faults.push(fault))
      await accounts.removeTombstones()
      if (faults.length > 0) throw new AggregateError(faults, 'some accounts could not be deleted')
    },
  }
}
