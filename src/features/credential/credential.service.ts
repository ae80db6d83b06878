/** Passwords: proven, set, recovered. */
import type { Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { Hasher } from '../../ports/hasher/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import * as store from './credential.store.ts'
import { acceptPassword, offeredPassword } from './credential.ts'

export type CredentialService = ReturnType<typeof credentialService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  hasher: Hasher
  accounts: AccountService
  events: EventService
  tokens: OneTimeTokenService
  ending: EndingService
}>

export const credentialService = ({ db, clock, hasher, accounts, events, tokens, ending }: Needs) => ({
  /** @returns the hash of a password that may be set. @throws WeakPassword, SERVICE_UNAVAILABLE */
  hash: (password: string): Promise<string> => hasher.hash(acceptPassword(password)),

  set: (tx: Tx, accountId: string, hash: string): Promise<void> => store.put(tx, accountId, hash, clock.now()),

  /**
   * Whether this is the account's password. Costs the same for an account that does not exist (null) or has none.
   * @throws SERVICE_UNAVAILABLE when too many wait.
   */
  verify: async (accountId: string | null, password: string): Promise<boolean> => {
    const hash = await store.hashOf(db.read, accountId ?? '')
    return hasher.verify(hash, offeredPassword(password))
  },

  has: async (tx: Tx, accountId: string): Promise<boolean> => (await store.hashOf(tx, accountId)) !== null,

  /** When each account's password was set, in the order of `accountIds`; null without a password. */
  changedAt: async (accountIds: readonly string[]): Promise<readonly (Date | null)[]> => {
    const found = new Map((await store.findMany(db.read, accountIds)).map((row) => [row.accountId, row.changedAt]))
    return accountIds.map((id) => found.get(id) ?? null)
  },

  /**
   * Sets a new password by a recovery link: single use, ends all sessions, does not sign in.
   * @returns how many sessions it ended.
   * @throws InvalidToken, WeakPassword
   */
  recover: async (source: Source, secret: string, newPassword: string): Promise<number> => {
    await tokens.check(db.read, 'password-recovery', secret) // before the work of hashing, and before a weak password uses the link up
    const hash = await hasher.hash(acceptPassword(newPassword))
    return db.transaction(async (tx) => {
      const { accountId, data } = await tokens.redeem(tx, 'password-recovery', secret)
      const account = await accounts.lock(tx, accountId)
      if (account !== null && typeof data.label === 'string') await accounts.label(tx, account, data.label)
      await store.put(tx, accountId, hash, clock.now())
      await accounts.passwordWasReset(tx, accountId)
      await tokens.voidOf(tx, accountId)
      const actor = { kind: 'ACCOUNT', id: accountId } as const
      const ended = await ending.endAll(tx, accountId, { reason: 'PASSWORD_CHANGED', actor, ip: source.ip })
      await events.record(tx, {
        type: 'password.recovered',
        actor,
        accountId,
        subjectId: accountId,
        ip: source.ip,
        details: { endedSessions: ended.length },
      })
      return ended.length
    })
  },
})
