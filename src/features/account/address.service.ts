/**
 * Whose an address is. The account's that has it; and, for 72 hours after another took its place, still the account's that
 * had it: nobody else may have it while a link can give it back.
 */
import { after, type Clock } from '../../kernel/time.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import * as accounts from './account.store.ts'
import { type Account, EmailTaken } from './account.ts'
import * as former from './former-email.store.ts'

export type AddressService = ReturnType<typeof addressService>

export const addressService = ({ db, clock }: Readonly<{ db: Database; clock: Clock }>) => {
  /**
   * @param email in its normal form.
   * @param id the account that asks for it; null: none yet.
   */
  const isTaken = async (tx: BareTx, email: string, id: string | null): Promise<boolean> => {
    const holder = (await accounts.findByEmail(tx, email))?.id ?? null
    const keeper = await former.keptFor(tx, email, clock.now())
    return [holder, keeper].some((owner) => owner !== null && owner !== id)
  }

  return {
    isTaken,

    /** Asked once the account has its address, when nobody can come in between any more. @throws EmailTaken */
    demandFree: async (tx: Tx, account: Account): Promise<Account> => {
      if (account.email !== null && (await isTaken(tx, account.email, account.id))) throw new EmailTaken()
      return account
    },

    /** Which of these accounts have an address that is kept for another. @returns their ids, each with the address. */
    keptAmong: async (tx: BareTx, made: readonly Account[]): Promise<ReadonlyMap<string, string>> => {
      const given = made.flatMap(({ id, email }) => (email === null ? [] : [[id, email] as const]))
      const kept = await former.keptAmong(
        tx,
        given.map(([, email]) => email),
        clock.now(),
      )
      return new Map(given.filter(([, email]) => kept.has(email)))
    },

    /** Keeps an address from everybody but the account that had it, as long as a link can give it back. */
    keep: (tx: BareTx, email: string, accountId: string): Promise<void> =>
      former.keep(tx, email, accountId, after(clock.now(), LIFETIMES.undoLink)),

    /** Keeps nothing for that account any more. */
    release: (tx: BareTx, accountId: string): Promise<void> => former.release(tx, accountId),

    /** Forgets what was kept for long enough. */
    sweep: (): Promise<void> => former.removeLapsed(db.read, clock.now()),
  }
}
