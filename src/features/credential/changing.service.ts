/** A new password from the owner himself, signed in: in place of the one he knows, or the first one. */
import { refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { Caller, Person, Source, Viewer } from '../../kernel/viewer.ts'
import { permit, personOf } from '../../policy/access.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { Rotated, RotatingService } from '../session/rotating.service.ts'
import type { Session } from '../session/session.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { ProvingService } from '../sign-in/proving.service.ts'
import type { CredentialService } from './credential.service.ts'
import { ownerOf } from './credential.ts'
import type { ReplacingService } from './replacing.service.ts'

export type ChangingService = ReturnType<typeof changingService>

/** `endOtherSessions`: null for what the settings say. */
export type PasswordChange = Readonly<{ currentPassword: string; newPassword: string; endOtherSessions: boolean | null }>

export type Changed = Rotated & Readonly<{ account: Account; endedSessions: readonly Session[] }>

type Needs = Readonly<{
  db: Database
  accounts: AccountService
  attempts: AttemptService
  settings: SettingsService
  credentials: CredentialService
  proving: ProvingService
  replacing: ReplacingService
  rotating: RotatingService
}>

export const changingService = (needs: Needs) => {
  const { db, accounts, attempts, settings, credentials, proving, replacing, rotating } = needs

  /** @throws UNAUTHENTICATED, REAUTHENTICATION_REQUIRED */
  const permitted = async (viewer: Viewer): Promise<Person> => {
    const person = personOf(viewer)
    permit('password.change', person, { ownerId: person.accountId }, await settings.freshness())
    return person
  }

  /** @throws UNAUTHENTICATED */
  const known = async ({ accountId }: Person): Promise<Account> => {
    const account = await accounts.inTransaction(db.read, accountId)
    if (account === null) throw unauthenticated('ACCOUNT_DELETED')
    return account
  }

  /** There is a way to change one, which asks for the one that is there. @throws InvalidInput */
  const demandNone = async (tx: Tx, accountId: string): Promise<void> => {
    if (await credentials.has(tx, accountId))
      refuseField('input', 'This account has a password. Change it with `changePassword`.')
  }

  return {
    /**
     * Takes the current password for the new one. The session that asks goes on with a new token; the others end unless
     * somebody wishes otherwise. Of two changes at once one wins, and the other's current password is wrong by then.
     * @throws UNAUTHENTICATED, REAUTHENTICATION_REQUIRED, InvalidCredentials, PasswordResetRequired, WeakPassword, InvalidInput
     */
    change: async (caller: Caller, wish: PasswordChange): Promise<Changed> => {
      const { source } = caller
      const person = await permitted(caller.viewer)
      const proof = await proving.byPassword(person, caller, 'CHANGE_PASSWORD', wish.currentPassword)
      const account = await known(person) // judged after the proof: its rules know the old ones
      const hash = await credentials
        .hash(wish.newPassword, ownerOf(account), 'input.newPassword', source.isGone)
        .catch((refusal: unknown) => attempts.charge(proof.prover, refusal))
      return proof.use(async (tx, { account, session }) => {
        const endOthers = wish.endOtherSessions ?? (await settings.inForce(tx)).passwords.endOtherSessionsOnChange
        const keep = endOthers ? [session.id] : 'ALL'
        const endedSessions = await replacing.replace(tx, { type: 'password.changed', account, hash, keep, source })
        return { ...(await rotating.rotate(tx, session, 'PASSWORD')), account, endedSessions }
      })
    },

    /**
     * The first password of an account that has none. Nobody came in by one, so the sessions stay.
     * @throws UNAUTHENTICATED, REAUTHENTICATION_REQUIRED, WeakPassword, InvalidInput where there is a password.
     */
    set: async (viewer: Viewer, source: Source, newPassword: string): Promise<Account> => {
      const person = await permitted(viewer)
      await demandNone(db.read, person.accountId) // before the work of hashing
      const hash = await credentials.hash(newPassword, ownerOf(await known(person)), 'input.newPassword')
      return db.transaction(async (tx) => {
        const account = await accounts.lock(tx, person.accountId)
        await rotating.live(tx, person)
        if (account === null) throw unauthenticated('ACCOUNT_DELETED')
        await demandNone(tx, account.id)
        await replacing.replace(tx, { type: 'password.set', account, hash, keep: 'ALL', source })
        return account
      })
    },
  }
}
