/** Passwords: proven and set. */
import type { Clock } from '../../kernel/time.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { Hasher, IsGone } from '../../ports/hasher/index.ts'
import * as store from './credential.store.ts'
import { acceptPassword, offeredPassword } from './credential.ts'
import type { RenewalService } from './renewal.service.ts'

export type CredentialService = ReturnType<typeof credentialService>

type Needs = Readonly<{ db: Database; clock: Clock; hasher: Hasher; renewal: RenewalService }>

export const credentialService = ({ db, clock, hasher, renewal }: Needs) => ({
  /** @returns the hash of a password that may be set. @throws WeakPassword, SERVICE_UNAVAILABLE */
  hash: (password: string, isGone?: IsGone): Promise<string> => hasher.hash(acceptPassword(password), isGone),

  set: (tx: Tx, accountId: string, hash: string): Promise<void> => store.put(tx, accountId, hash, clock.now()),

  /** Leaves the account without a password. */
  remove: (tx: Tx, accountId: string): Promise<void> => store.remove(tx, accountId),

  /**
   * Whether this is the account's password. Costs the same for an account that does not exist (null) or has none. If it is,
   * and is hashed otherwise than passwords are hashed now, it is hashed anew behind the answer.
   * @throws SERVICE_UNAVAILABLE when too many wait.
   */
  verify: async (accountId: string | null, password: string, isGone?: IsGone): Promise<boolean> => {
    const [hash, offered] = [await store.hashOf(db.read, accountId ?? ''), offeredPassword(password)]
    const matches = await hasher.verify(hash, offered, isGone)
    if (matches && accountId !== null && hash !== null) renewal.offer(accountId, hash, offered)
    return matches
  },

  has: async (tx: Tx, accountId: string): Promise<boolean> => (await store.hashOf(tx, accountId)) !== null,

  /** When each account's password was set, in the order of `accountIds`; null without a password. */
  changedAt: async (accountIds: readonly string[]): Promise<readonly (Date | null)[]> => {
    const found = new Map((await store.findMany(db.read, accountIds)).map((row) => [row.accountId, row.changedAt]))
    return accountIds.map((id) => found.get(id) ?? null)
  },
})
