/**
 * A new address for an account: asked for with fresh proof, waiting until somebody has proven that he reads there, then in the
 * place of the old one. While it waits it belongs to nobody; of those who wait for the same one, the first to prove it gets it.
 */
import { notFound, refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import { normaliseEmail } from '../../policy/text.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { AccountService } from './account.service.ts'
import { type Account, EmailTaken } from './account.ts'
import type { AddressService } from './address.service.ts'
import type { NoticeService } from './notice.service.ts'
import type { OperatorMarks } from './operating.ts'
import type { ProofLinkService } from './proof-link.service.ts'

export type EmailChangeService = ReturnType<typeof emailChangeService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  attempts: AttemptService
  accounts: AccountService
  addresses: AddressService
  events: EventService
  links: ProofLinkService
  notices: NoticeService
  settings: SettingsService
  tokens: OneTimeTokenService
  /** Our own page that proves an address. */
  verificationPage: () => string
}>

export const emailChangeService = (needs: Needs) => {
  const { db, clock, acting, accounts, addresses, attempts, events, links, notices, settings, tokens, verificationPage } = needs

  /** Lets another address wait, or none; the links to the one that waited are void then. */
  const letWait = async (tx: Tx, actor: Actor, source: Source, account: Account, email: string | null): Promise<Account> => {
    const waited = account.pendingEmail
    if (waited !== null && waited !== email) await tokens.voidSentTo(tx, account.id, waited)
    const { id } = account
    const type = email === null ? 'email.change-withdrawn' : 'email.change-requested'
    await events.record(tx, { type, actor, accountId: id, subjectId: id, ip: source.ip, details: {} })
    return accounts.setPendingEmail(tx, account, email)
  }

  return {
    /**
     * Lets an address wait for its proof and sends the link for that, in place of one that waits already. The address that the
     * account has ends the wait.
     * @throws UNAUTHENTICATED, FORBIDDEN for keys, REAUTHENTICATION_REQUIRED, InvalidInput, EmailTaken
     */
    request: async (viewer: Viewer, source: Source, typed: string): Promise<Account> => {
      const { signIn: policy } = await settings.current()
      const ownerId = viewer.kind === 'account' ? viewer.accountId : null
      permit('email.change', viewer, { ownerId }, await settings.freshness())
      const email = normaliseEmail(typed) ?? refuseField('input.email', 'This is not an e-mail address.')
      await attempts.take('send', { address: email, kind: 'email-verification', ip: source.ip, deviceId: null })
      return db.transaction(async (tx) => {
        const { account, actor } = await acting.lock(tx, viewer, ownerId)
        if (account === null) throw notFound()
        if (email === account.email) {
          if (account.pendingEmail !== null) return letWait(tx, actor, source, account, null)
          return refuseField('input.email', 'The account has this address already.')
        }
        // says no more than a sign-up does: where that is not to tell, such an address waits for a link that never comes
        const isTaken = await addresses.isTaken(tx, email, account.id)
        if (isTaken && policy.discloseTakenEmail) throw new EmailTaken()
        const waiting = await letWait(tx, actor, source, account, email)
        if (!isTaken) await links.send(tx, waiting, email, verificationPage())
        return waiting
      })
    },

    /**
     * Puts the address that waited in the place of the old one, now that a link to it was used. Sessions and password stay: who
     * asked for it had proven himself. The old address is told and kept for the account, and what was sent there is void, but
     * for what gives it back. The account must be locked.
     * @throws InvalidToken if somebody else was first.
     */
    settle: async (tx: Tx, account: Account, email: string, source: Source, inOwnSession: boolean): Promise<Account> => {
      const { id, email: old } = account
      const marks = { email, emailVerifiedAt: clock.now() }
      const changed = await accounts.readdress(tx, id, marks).catch((error: unknown) => {
        throw error instanceof EmailTaken ? new InvalidToken() : error
      })
      await tokens.voidSentTo(tx, id, email)
      if (old !== null) {
        await tokens.voidSentTo(tx, id, old)
        await notices.emailReplaced(tx, { ...account, email: old }, email)
        await addresses.keep(tx, old, id) // last, so that it is kept no shorter than its link is good
      }
      const actor = { kind: 'ACCOUNT', id } as const
      const details = { inOwnSession, hadAddress: old !== null }
      await events.record(tx, { type: 'email.changed', actor, accountId: id, subjectId: id, ip: source.ip, details })
      return changed
    },

    /**
     * Does what an operator has decided about an address, which is the last word: whatever was sent to another is void, what
     * would give an earlier one back too, and none is kept any more. The account must be locked. @throws EmailTaken
     */
    decide: async (tx: Tx, account: Account, marks: OperatorMarks & { email: string | null }): Promise<Account> => {
      await tokens.voidAll(tx, account.id)
      await addresses.release(tx, account.id)
      await notices.emailChanged(tx, account, marks.email)
      return accounts.readdress(tx, account.id, marks)
    },
  }
}
