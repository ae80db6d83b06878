/** Passwords: proven and set. */
import type { Clock } from '../../kernel/time.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { Hasher } from '../../ports/hasher/index.ts'
import * as store from './credential.store.ts'
import { acceptPassword, offeredPassword, typedPassword } from './credential.ts'

export type CredentialService = ReturnType<typeof credentialService>

type Needs = Readonly<{ db: Database; clock: Clock; hasher: Hasher }>

export const credentialService = ({ db, clock, hasher }: Needs) => ({
  /** @returns the hash of a password that may be set. @throws WeakPassword, SERVICE_UNAVAILABLE */
  hash: (password: string): Promise<string> => hasher.hash(acceptPassword(password)),

  set: (tx: Tx, accountId: string, hash: string): Promise<void> => store.put(tx, accountId, hash, clock.now()),

  /** Passwords that another system hashed, in the form in which they are stored. No rule applies: nobody knows them. */
  setImported: (tx: BareTx, hashes: readonly store.NewHash[]): Promise<void> => store.insertMany(tx, hashes, clock.now()),

  /** Leaves the account without a password. */
  remove: (tx: Tx, accountId: string): Promise<void> => store.remove(tx, accountId),

  /**
   * Whether this is the account's password. Costs the same for an account that does not exist (null) or has none.
   * @throws SERVICE_UNAVAILABLE when too many wait.
   */
  verify: async (accountId: string | null, password: string): Promise<boolean> => {
    const hash = await store.hashOf(db.read, accountId ?? '')
    return hasher.verify(hash, offeredPassword(password), typedPassword(password))
  },

  has: async (tx: Tx, accountId: string): Promise<boolean> => (await store.hashOf(tx, accountId)) !== null,

  /** When each account's password was set, in the order of `accountIds`; null without a password. */
  changedAt: async (accountIds: readonly string[]): Promise<readonly (Date | null)[]> => {
    const found = new Map((await store.findMany(db.read, accountIds)).map((row) => [row.accountId, row.changedAt]))
    return accountIds.map((id) => found.get(id) ?? null)
  },
})
