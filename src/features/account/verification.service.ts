/**
 * Proving that somebody reads mail at an account's address. The first proof decides whose account it is: unless the link is
 * opened in a session of the account itself, whoever registered the address keeps nothing. An address that waits to take the
 * place of another was asked for with fresh proof: its proof takes nothing away, wherever the link is opened.
 */
import { notFound, refuseField, unauthenticated } from '../../kernel/errors.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { readRedirect } from '../../policy/redirects.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken, type OneTimeToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SessionService } from '../session/session.service.ts'
import { endReasonAt } from '../session/session.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { PendingService } from '../sign-in/pending.service.ts'
import type { AccountService } from './account.service.ts'
import * as store from './account.store.ts'
import type { Account } from './account.ts'
import type { EmailChangeService } from './email-change.service.ts'
import type { ProofLinkService } from './proof-link.service.ts'
import type { VersionService } from './version.service.ts'

export type EmailVerificationService = ReturnType<typeof emailVerificationService>

/**
 * What a proof did: of the account's own address, or of one that took its place (`changed`). `account`: only for its owner.
 * `tookOver`: whether whoever registered the address lost what he had.
 */
export type Verified = Readonly<{ account: Account | null; email: string; changed: boolean; tookOver: boolean }>

/** What a link is about. `isFirst`: nobody has proven the address yet. */
export type Linked = Readonly<{ email: string; isChange: boolean; isFirst: boolean; locale: string | null }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  acting: ActingService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  ending: EndingService
  emailChanges: EmailChangeService
  events: EventService
  links: ProofLinkService
  pending: PendingService
  sessions: SessionService
  settings: SettingsService
  tokens: OneTimeTokenService
  versioning: VersionService
  /** Where links may lead besides our own page. */
  allowedRedirects: readonly string[]
  /** Our own page. */
  verificationPage: () => string
}>

const KIND = 'email-verification'

/** The address that a link would prove: the one that waits, else the account's own. Null: there is nothing to prove. */
const unproven = ({ email, emailVerifiedAt, pendingEmail }: Account): string | null =>
  pendingEmail ?? (emailVerifiedAt === null ? email : null)

/** @throws InvalidToken unless the address is still the account's, or still waits to be. */
const demandOpen = (account: Account | null, { boundTo: email }: OneTimeToken) => {
  if (account === null || account.blockedAt !== null || email === null) throw new InvalidToken()
  const isChange = email === account.pendingEmail
  if (!isChange && email !== account.email) throw new InvalidToken()
  return { account, email, isChange }
}

export const emailVerificationService = (needs: Needs) => {
  const { db, clock, accounts, acting, attempts, credentials, devices, emailChanges, ending, events, links, pending } = needs
  const { sessions, settings, tokens, versioning, allowedRedirects, verificationPage } = needs

  /** A live session of the account at this moment, the account being locked. */
  const isOwner = async (tx: Tx, viewer: Viewer, accountId: string): Promise<boolean> => {
    if (viewer.kind !== 'account' || viewer.accountId !== accountId) return false
    const session = await sessions.inTransaction(tx, viewer.sessionId)
    return session !== null && endReasonAt(session, clock.now()) === null
  }

  /**
   * Counts by the address that the link goes to. One that waits may be a stranger's: no device is his.
   * Not where there is nothing to send. @throws RATE_LIMITED, SERVICE_UNAVAILABLE
   */
  const countSending = async (viewer: Extract<Viewer, { kind: 'account' }>, { ip }: Source): Promise<void> => {
    const account = await accounts.inTransaction(db.read, viewer.accountId)
    const address = account === null ? null : unproven(account)
    if (address === null) return
    const session = address === account?.email ? await sessions.inTransaction(db.read, viewer.sessionId) : null
    const deviceId = await devices.ifKnown(db.read, session?.deviceId ?? null)
    await attempts.take('send', { address, kind: KIND, ip, deviceId })
  }

  /** Takes password, sessions, devices and open links from whoever registered the address. @returns how many sessions ended. */
  const takeOver = async (tx: Tx, accountId: string, source: Source): Promise<number> => {
    await credentials.remove(tx, accountId)
    await devices.removeAll(tx, accountId)
    await tokens.voidOf(tx, accountId)
    const cause = { reason: 'PASSWORD_CHANGED', actor: { kind: 'ACCOUNT', id: accountId }, ip: source.ip } as const
    return (await ending.endAll(tx, accountId, cause)).length
  }

  return {
    /** @throws UNAUTHENTICATED, RATE_LIMITED, InvalidInput for a page that is not listed, and where there is nothing to verify. */
    send: async (viewer: Viewer, source: Source, redirectUrl: string): Promise<{ sentTo: string; expiresAt: Date }> => {
      if (viewer.kind !== 'account') throw unauthenticated(viewer.kind === 'guest' ? viewer.signedOutReason : null)
      const link = readRedirect([...allowedRedirects, verificationPage()], redirectUrl)
      if (link === null) return refuseField('input.redirectUrl', 'Links may not lead there.')
      await countSending(viewer, source)
      return db.transaction(async (tx) => {
        const { account } = await acting.lock(tx, viewer, viewer.accountId)
        if (account === null) throw notFound()
        if (account.pendingEmail === null && account.email === null)
          return refuseField('input', 'This account has no e-mail address.')
        const email = unproven(account) ?? refuseField('input', 'The e-mail address of this account is verified.')
        if (await accounts.isTaken(tx, email, account.id)) {
          if ((await settings.inForce(tx)).signIn.discloseTakenEmail)
            return refuseField('input', 'The new address belongs to another account by now. Change to another one.')
          return { sentTo: email, expiresAt: after(clock.now(), LIFETIMES.verificationLink) } // as if it were on its way
        }
        return { sentTo: email, expiresAt: await links.send(tx, account, email, link) }
      })
    },

    /** What the link of a token is about; changes nothing. @returns null for a token that is good for nothing. */
    linked: (secret: string): Promise<Linked | null> =>
      unlessVoid(async () => {
        const waiting = await pending.linked(secret)
        if (waiting !== null) return { ...waiting, isChange: false, isFirst: true }
        const token = await tokens.check(db.read, KIND, secret)
        const { account, ...rest } = demandOpen(await accounts.inTransaction(db.read, token.accountId), token)
        return { ...rest, isFirst: !rest.isChange && account.emailVerifiedAt === null, locale: account.locale }
      }),

    /**
     * @param deviceKey of the device that opened the link: it matters to a sign-up that waits for this proof.
     * @throws InvalidToken for a link that is not good, whatever made it so.
     */
    verify: (viewer: Viewer, source: Source, secret: string, deviceKey: string | null): Promise<Verified> =>
      db.transaction(async (tx) => {
        const finished = await pending.finish(tx, source, secret, deviceKey)
        if (finished !== null)
          return { account: null, email: String(finished.account.email), changed: false, tookOver: !finished.isOwn }
        const { token, locked } = await tokens.redeem(tx, KIND, secret, accounts.lock)
        const { accountId } = token
        const { account, email, isChange } = demandOpen(locked, token)
        const isOwn = await isOwner(tx, viewer, accountId)
        const shown = (now: Account) => ({ account: isOwn ? now : null, email, changed: isChange })
        if (isChange) {
          const changed = await emailChanges.settle(tx, account, email, source, isOwn)
          return { ...shown(changed), tookOver: false }
        }
        if (account.emailVerifiedAt !== null) return { ...shown(account), tookOver: false }
        const endedSessions = isOwn ? 0 : await takeOver(tx, accountId, source)
        const verified = await store.mark(tx, accountId, {
          emailVerifiedAt: clock.now(),
          ...(isOwn ? {} : { pendingEmail: null }), // it was asked for by whoever loses the account
        })
        await versioning.outdate(tx, [accountId])
        await events.record(tx, {
          type: 'email.verified',
          actor: { kind: 'ACCOUNT', id: accountId },
          accountId,
          subjectId: accountId,
          ip: source.ip,
          details: { inOwnSession: isOwn, endedSessions },
        })
        return { ...shown(verified), tookOver: !isOwn }
      }),
  }
}
