/**
 * Proving that somebody reads mail at an account's address. The first proof decides whose account it is: unless the link is
 * opened in a session of the account itself, whoever registered the address keeps nothing.
 */
import { notFound, refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { readRedirect, withToken } from '../../policy/redirects.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SessionService } from '../session/session.service.ts'
import { endReasonAt } from '../session/session.ts'
import type { PendingService } from '../sign-in/pending.service.ts'
import type { AccountService } from './account.service.ts'
import * as store from './account.store.ts'
import type { Account } from './account.ts'
import type { VersionService } from './version.service.ts'

export type EmailVerificationService = ReturnType<typeof emailVerificationService>

/** `account`: only for its owner. `tookOver`: whether whoever registered the address lost what he had. */
export type Verified = Readonly<{ account: Account | null; tookOver: boolean }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  ending: EndingService
  events: EventService
  messages: MessageService
  pending: PendingService
  sessions: SessionService
  tokens: OneTimeTokenService
  versioning: VersionService
  /** Where links may lead besides our own page. */
  allowedRedirects: readonly string[]
  /** Our own page. */
  verificationPage: () => string
}>

const KIND = 'email-verification'

export const emailVerificationService = (needs: Needs) => {
  const { db, clock, accounts, attempts, credentials, devices, ending, events, messages, pending, sessions, tokens } = needs
  const { versioning, allowedRedirects, verificationPage } = needs

  /** A live session of the account at this moment, the account being locked. */
  const isOwner = async (tx: Tx, viewer: Viewer, accountId: string): Promise<boolean> => {
    if (viewer.kind !== 'account' || viewer.accountId !== accountId) return false
    const session = await sessions.inTransaction(tx, viewer.sessionId)
    return session !== null && endReasonAt(session, clock.now()) === null
  }

  /** Not where there is nothing to send. @throws RATE_LIMITED, SERVICE_UNAVAILABLE */
  const countSending = async (viewer: Extract<Viewer, { kind: 'account' }>, { ip }: Source): Promise<void> => {
    const account = await accounts.inTransaction(db.read, viewer.accountId)
    if (account?.email == null || account.emailVerifiedAt !== null) return
    const session = await sessions.inTransaction(db.read, viewer.sessionId)
    const [device = null] = session?.deviceId == null ? [] : await devices.byIds([session.deviceId])
    const deviceId = device?.confirmedAt == null ? null : device.id
    await attempts.take('send', { address: account.email, kind: KIND, ip, deviceId })
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
        const account = await accounts.lock(tx, viewer.accountId)
        if (account === null) throw notFound()
        const { id: accountId, email, name, locale } = account
        if (email === null) return refuseField('input', 'This account has no e-mail address.')
        if (account.emailVerifiedAt !== null) return refuseField('input', 'The e-mail address of this account is verified.')
        const lifetimeSeconds = LIFETIMES.verificationLink
        const wish = { kind: KIND, accountId, lifetimeSeconds, boundTo: email } as const
        const { secret, expiresAt } = await tokens.issue(tx, wish)
        await tokens.keepNewest(tx, wish)
        const data = { name, url: withToken(link, secret), expiresInHours: lifetimeSeconds / 3_600 }
        await messages.enqueue(tx, { kind: KIND, to: email, locale, data, accountId })
        return { sentTo: email, expiresAt }
      })
    },

    /**
     * @param deviceKey of the device that opened the link: it matters to a sign-up that waits for this proof.
     * @throws InvalidToken for a link that is not good, whatever made it so.
     */
    verify: (viewer: Viewer, source: Source, secret: string, deviceKey: string | null): Promise<Verified> =>
      db.transaction(async (tx) => {
        const finished = await pending.finish(tx, source, secret, deviceKey)
        if (finished !== null) return { account: null, tookOver: !finished.isOwn }
        const { accountId } = await tokens.check(tx, KIND, secret)
        const account = await accounts.lock(tx, accountId) // before the token, as whoever voids it does
        const { boundTo } = await tokens.redeem(tx, KIND, secret)
        if (account === null || account.blockedAt !== null || boundTo !== account.email) throw new InvalidToken()
        const isOwn = await isOwner(tx, viewer, accountId)
        if (account.emailVerifiedAt !== null) return { account: isOwn ? account : null, tookOver: false }
        const endedSessions = isOwn ? 0 : await takeOver(tx, accountId, source)
        const verified = await store.mark(tx, accountId, { emailVerifiedAt: clock.now() })
        await versioning.outdate(tx, [accountId])
        await events.record(tx, {
          type: 'email.verified',
          actor: { kind: 'ACCOUNT', id: accountId },
          accountId,
          subjectId: accountId,
          ip: source.ip,
          details: { inOwnSession: isOwn, endedSessions },
        })
        return { account: isOwn ? verified : null, tookOver: !isOwn }
      }),
  }
}
