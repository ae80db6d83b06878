/**
 * A new password and what follows it, the same on every way to one: sessions end, open links and codes are void, copies do not
 * count, the owner is told where his address is proven, and the log has it. All in the transaction that sets it.
 */
import type { EventType, Json } from '../../kernel/events.ts'
import type { Source } from '../../kernel/viewer.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { NoticeService } from '../account/notice.service.ts'
import type { VersionService } from '../account/version.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Session } from '../session/session.ts'
import type { CredentialService } from './credential.service.ts'

export type ReplacingService = ReturnType<typeof replacingService>

export type Replacement = Readonly<{
  type: Extract<EventType, `password.${string}`>
  /** The locked account, as it is now. */
  account: Account
  /** Of the new password. */
  hash: string
  /** The sessions that go on. */
  keep: 'ALL' | readonly string[]
  source: Source
  details?: Readonly<Record<string, Json>>
}>

type Needs = Readonly<{
  accounts: AccountService
  credentials: CredentialService
  events: EventService
  notices: NoticeService
  tokens: OneTimeTokenService
  ending: EndingService
  versioning: VersionService
}>

export const replacingService = (needs: Needs) => {
  const { accounts, credentials, events, notices, tokens, ending, versioning } = needs

  return {
    /** @returns the sessions that it ended. */
    replace: async (tx: Tx, replacement: Replacement): Promise<readonly Session[]> => {
      const { type, account, hash, keep, source, details } = replacement
      const [accountId, ip] = [account.id, source.ip]
      const actor = { kind: 'ACCOUNT', id: accountId } as const
      await credentials.set(tx, accountId, hash)
      await tokens.voidButObjections(tx, accountId)
      await accounts.setPendingEmail(tx, account, null) // whoever knew the old password may have asked for it
      await versioning.outdate(tx, [accountId])
      const cause = { reason: 'PASSWORD_CHANGED', actor, ip } as const
      const ended = keep === 'ALL' ? [] : await ending.endAll(tx, accountId, cause, keep)
      await notices.passwordChanged(tx, account, source)
      const all = { endedSessions: ended.length, ...details }
      await events.record(tx, { type, actor, accountId, subjectId: accountId, ip, details: all })
      return ended
    },
  }
}
