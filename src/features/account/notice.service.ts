/**
 * Telling an owner that something of his account was changed: in the transaction of the change, in his language, at every
 * address that was proven by then, with a way to object. Whatever changes an address or a password comes by here.
 */
import type { Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { withToken } from '../../policy/redirects.ts'
import { maskEmail } from '../../policy/text.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { ParseUserAgent } from '../../ports/user-agent/index.ts'
import { occasionOf } from '../credential/recovery.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { type Account, provenAddresses } from './account.ts'

export type NoticeService = ReturnType<typeof noticeService>

type Needs = Readonly<{
  clock: Clock
  locate: Locate
  parseUserAgent: ParseUserAgent
  messages: MessageService
  tokens: OneTimeTokenService
  /** Our own pages. */
  recoveryPage: () => string
  undoPage: () => string
}>

export const noticeService = ({ clock, locate, parseUserAgent, messages, tokens, recoveryPage, undoPage }: Needs) => {
  const addressChanged = async (tx: Tx, before: Account, newEmail: string | null, to: string, undoUrl: string | null) => {
    const { id: accountId, name, locale } = before
    const when = { at: clock.now(), timeZone: 'UTC' }
    const newEmailMasked = newEmail === null ? null : maskEmail(newEmail)
    const data = { name, ...when, newEmailMasked, undoUrl, undoHours: LIFETIMES.undoLink / 3_600 }
    await messages.enqueue(tx, { kind: 'email-changed', to, locale, data, accountId })
  }

  return {
    /** The way to object is the page where a recovery link is asked for. @param account as it is now. */
    passwordChanged: async (tx: Tx, account: Account, source: Source): Promise<void> => {
      const { id: accountId, name, locale } = account
      const data = { name, ...occasionOf(source, clock.now(), locate, parseUserAgent), recoverUrl: recoveryPage() }
      for (const to of provenAddresses(account))
        await messages.enqueue(tx, { kind: 'password-changed', to, locale, data, accountId })
    },

    /** By somebody who decides in the owner's place: the way to object is to ask him. @param before as it was. */
    emailChanged: async (tx: Tx, before: Account, newEmail: string | null): Promise<void> => {
      for (const to of provenAddresses(before)) await addressChanged(tx, before, newEmail, to, null)
    },

    /**
     * By the owner, or whoever passes for him: each mail has a link that gives the old address back. That address gets one even
     * if nobody has proven it: the account may have been taken from whoever reads there.
     */
    emailReplaced: async (tx: Tx, before: Account & { email: string }, newEmail: string): Promise<void> => {
      const { id: accountId, email } = before
      const data = { wasProven: before.emailVerifiedAt !== null }
      for (const to of new Set([email, ...provenAddresses(before)])) {
        const wish = { kind: 'email-undo', accountId, lifetimeSeconds: LIFETIMES.undoLink, boundTo: email, data } as const
        const { secret } = await tokens.issue(tx, wish)
        await addressChanged(tx, before, newEmail, to, withToken(undoPage(), secret))
      }
    },
  }
}
