/**
 * The account's version: grows with every change that a copy of the account or its sessions must not outlive. The store
 * of copies hears of it twice around the commit, so that no copy is believed from the commit on, and once more from the
 * log on every node, in case the node that made the change could not reach the store.
 */

import type { Copies, Raised } from '../../ports/copies/index.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { EventService } from '../event/event.service.ts'
import type { InstallationService } from '../installation/installation.service.ts'
import * as store from './account.store.ts'

export type VersionService = ReturnType<typeof versionService>

type Needs = Readonly<{ db: Database; log: Log; copies: Copies; events: EventService; installation: InstallationService }>

export const versionService = ({ db, log, copies, events, installation }: Needs) => {
  const followEpoch = (): void =>
    void installation
      .epoch()
      .then(copies.adopt)
      .catch((error: unknown) => log.warn({ error }, 'the epoch could not be read yet'))

  events.hear('all', ({ type, accountId, accountVersion }) => {
    if (accountId !== null && accountVersion !== undefined) void copies.raise([{ accountId, version: accountVersion }])
    if (type === 'settings.updated') followEpoch()
  })

  return {
    /** Called in the transaction of the change, the accounts locked. @returns the versions reached, for the events. */
    outdate: async (tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
      const reached: readonly Raised[] = (await store.raiseVersions(tx, ids)).map(({ id, version }) => ({
        accountId: id,
        version,
      }))
      const raise = (): Promise<void> => copies.raise(reached)
      db.beforeCommit(tx, raise)
      db.afterCommit(tx, raise)
      return new Map(reached.map(({ accountId, version }) => [accountId, version]))
    },

    /** The same for every copy there is: after a change of the policy. */
    outdateAll: async (tx: Tx): Promise<void> => {
      const epoch = await installation.nextEpoch(tx)
      db.afterCommit(tx, () => copies.adopt(epoch))
    },
  }
}
