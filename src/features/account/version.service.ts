/**
 * The account's version: grows with every change that a copy of the account or its sessions must not outlive. The store
 * of copies hears of it twice around the commit, so that no copy is believed from the commit on, and once more from the
 * log on every node, in case the node that made the change could not reach the store.
 */

import type { EventType } from '../../kernel/events.ts'
import type { Copies, Raised } from '../../ports/copies/index.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { EventService } from '../event/event.service.ts'
import type { InstallationService } from '../installation/installation.service.ts'
import * as store from './account.store.ts'

export type VersionService = ReturnType<typeof versionService>

type Needs = Readonly<{ db: Database; log: Log; copies: Copies; events: EventService; installation: InstallationService }>

/** Events after which copies of the account do not count. */
const OUTDATING: ReadonlySet<EventType> = new Set<EventType>([
  'session.ended',
  'session.extended',
  'session.token-claimed',
  'session.reauthenticated',
  'account.updated',
  'account.blocked',
  'account.unblocked',
  'email.verified',
  'password.changed',
  'password.set',
  'alert.reported',
  'email.verified',
  'email.change-requested',
  'email.change-withdrawn',
  'email.changed',
  'email.change-undone',
  'password.recovered',
])

/** Beyond every version: no copy of an account that is gone counts. */
const GONE = Number.MAX_SAFE_INTEGER

export const versionService = ({ db, log, copies, events, installation }: Needs) => {
  const followEpoch = async (): Promise<void> => copies.adopt(await installation.epoch())

  /** The node that ended something may not have reached the store; whoever hears of it tells the store again. */
  const repeat = async (accountId: string): Promise<void> => {
    const version = (await store.versionOf(db.read, accountId)) ?? GONE
    await copies.raise([{ accountId, version }])
  }

  /** Without PostgreSQL's word nobody knows which copies still count: none does, until a new epoch has begun. */
  const orDistrust = (work: Promise<void>): void =>
    void work.catch((error: unknown) => {
      log.warn({ error }, 'a change could not be followed')
      copies.distrust('a change could not be followed')
    })

  events.hear('all', ({ type, accountId }) => {
    if (type === 'settings.updated') orDistrust(followEpoch())
    if (accountId !== null && OUTDATING.has(type)) orDistrust(repeat(accountId))
  })

  return {
    /** Called in the transaction of the change, the accounts locked. */
    outdate: async (tx: BareTx, ids: readonly string[]): Promise<void> => {
      const reached: readonly Raised[] = (await store.raiseVersions(tx, ids)).map(({ id, version }) => ({
        accountId: id,
        version,
      }))
      const raise = (): Promise<void> => copies.raise(reached)
      db.beforeCommit(tx, raise)
      db.afterCommit(tx, raise)
    },

    /** The same for every copy there is: after a change of the policy. */
    outdateAll: async (tx: Tx): Promise<void> => {
      const epoch = await installation.nextEpoch(tx)
      db.afterCommit(tx, () => copies.adopt(epoch))
    },
  }
}
