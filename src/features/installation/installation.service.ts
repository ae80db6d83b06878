/** Which installation this is, and the epoch that its copies of sessions are in. */
import type { Database, Tx } from '../../ports/db/index.ts'
import * as store from './installation.store.ts'

export type InstallationService = ReturnType<typeof installationService>

export const installationService = (db: Database) => ({
  /** Separates neighbours on one Redis. */
  name: (): Promise<string> => store.name(db.read),
  /** The epoch as it stands. */
  epoch: (): Promise<number> => store.epoch(db.read),
  /** Begins the next epoch, in the given transaction or at once: copies of earlier ones count for nothing. */
  nextEpoch: (tx: Tx = db.read): Promise<number> => store.nextEpoch(tx),
})
