/** Passwords: proven and set. */
import type { Clock } from '../../kernel/time.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { Hasher, IsGone } from '../../ports/hasher/index.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './credential.store.ts'
import { type Owner, offeredPassword, typedPassword } from './credential.ts'
import type { JudgingService } from './judging.service.ts'
import type { RenewalService } from './renewal.service.ts'

export type CredentialService = ReturnType<typeof credentialService>

/** That somebody knew a password of an account, and which one it was. */
export type ProvenPassword = Readonly<{ accountId: string; sequence: string }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  hasher: Hasher
  judging: JudgingService
  renewal: RenewalService
  settings: SettingsService
}>

/** Earlier passwords that are forgotten in one statement, and such statements in one go: the next sweep does the rest. */
const TRIM = { batch: 1_000, batches: 100 } as const

export const credentialService = ({ db, clock, hasher, judging, renewal, settings }: Needs) => {
  const trimHistory = async (): Promise<void> => {
    const { historyLength } = (await settings.inForce(db.read)).passwords
    for (let batch = 0; batch < TRIM.batches; batch++)
      if ((await store.trim(db.read, historyLength, TRIM.batch)) < TRIM.batch) return
  }

  const prove = async (accountId: string | null, password: string, isGone?: IsGone): Promise<ProvenPassword | null> => {
    const stored = await store.find(db.read, accountId ?? '')
    const offered = offeredPassword(password)
    const matches = await hasher.verify(stored?.hash ?? null, offered, typedPassword(password), isGone)
    if (!matches || accountId === null || stored === null) return null
    renewal.offer(accountId, stored.hash, offered)
    return { accountId, sequence: stored.sequence }
  }

  return {
    /**
     * @param owner whose it is to be; the account's own passwords may not come back.
     * @param path where the password stands in the input.
     * @returns the hash of a password that may be set.
     * @throws WeakPassword with every rule it breaks, InvalidInput if it is absurdly long, SERVICE_UNAVAILABLE
     */
    hash: async (password: string, owner: Owner, path = 'input.password', isGone?: IsGone): Promise<string> =>
      hasher.hash(await judging.accept(password, owner, path), isGone),

    /** Another password takes the place of the present one, which becomes an earlier one. The account must be locked. */
    set: async (tx: Tx, accountId: string, hash: string): Promise<void> => {
      const { historyLength } = (await settings.inForce(tx)).passwords
      await store.supersede(tx, accountId, hash, clock.now(), historyLength)
    },

    /** Passwords that another system hashed, in the form in which they are stored. No rule applies: nobody knows them. */
    setImported: (tx: BareTx, hashes: readonly store.NewHash[]): Promise<void> => store.insertMany(tx, hashes, clock.now()),

    /** Leaves the account without a password, and without earlier ones: they were somebody else's. */
    remove: (tx: Tx, accountId: string): Promise<void> => store.remove(tx, accountId),

    /**
     * Whether this is the account's password. Costs the same for an account that does not exist (null) or has none. If it is,
     * and is hashed otherwise than passwords are hashed now, it is hashed anew behind the answer.
     * @returns what was proven, to be asked `isStill` before anything is done because of it; null for a wrong password.
     * @throws SERVICE_UNAVAILABLE when too many wait.
     */
    prove,

    /**
     * Whether what was proven is still so, the account being locked: a hash takes its time, and a change of the password may
     * have committed meanwhile. The same password hashed anew is still the same.
     */
    isStill: async (tx: BareTx, { accountId, sequence }: ProvenPassword): Promise<boolean> =>
      (await store.find(tx, accountId))?.sequence === sequence,

    has: async (tx: Tx, accountId: string): Promise<boolean> => (await store.find(tx, accountId)) !== null,

    /** When each account's password was set, in the order of `accountIds`; null without a password. */
    changedAt: async (accountIds: readonly string[]): Promise<readonly (Date | null)[]> => {
      const found = new Map((await store.findMany(db.read, accountIds)).map((row) => [row.accountId, row.changedAt]))
      return accountIds.map((id) => found.get(id) ?? null)
    },

    /** Forgets earlier passwords beyond what the settings say. Safe on every node at once. */
    trimHistory,
  }
}
