/**
 * Making an account in somebody's name. Nobody is signed in by it and nobody is told. Whoever made it with a password knows
 * that password: so the owner hears of the first session already.
 */
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import { isAdmin } from '../../policy/permissions.ts'
import type { Database } from '../../ports/db/index.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { AccountService } from './account.service.ts'
import { type Account, EmailTaken } from './account.ts'
import { type AccountWish, checkAccountWish } from './creating.ts'

export type CreatingService = ReturnType<typeof creatingService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  accounts: AccountService
  credentials: CredentialService
  settings: SettingsService
}>

export const creatingService = ({ db, clock, acting, accounts, credentials, settings }: Needs) => ({
  /** @throws FORBIDDEN, for a key that would make an operator too; REAUTHENTICATION_REQUIRED, InvalidInput, EmailTaken, PhoneTaken, WeakPassword. */
  create: async (viewer: Viewer, source: Source, given: AccountWish): Promise<Account> => {
    const freshness = await settings.freshness()
    permit('account.operate', viewer, { ownerId: null, ownerIsAdmin: isAdmin(given.labels) }, freshness)
    const { email, emailVerified, phone, phoneVerified, password, ...wish } = checkAccountWish(given)
    if (email !== null && (await accounts.isTaken(db.read, email, null))) throw new EmailTaken() // before the work of hashing
    const person = { name: wish.name, email, phone }
    const hash = password === null ? null : await credentials.hash(password, { person, accountId: null })
    const now = clock.now()
    const addresses = { email, emailVerifiedAt: emailVerified ? now : null, phone, phoneVerifiedAt: phoneVerified ? now : null }
    const made = { ...wish, ...addresses, firstSessionAt: hash === null ? null : now }
    return db.transaction(async (tx) => {
      const { actor } = await acting.lock(tx, viewer, null)
      const account = await accounts.create(tx, made, { operator: actor }, source.ip)
      if (hash !== null) await credentials.set(tx, account.id, hash)
      return account
    })
  },
})
