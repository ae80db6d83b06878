/**
 * A new password and what follows it, the same on every way to one: sessions end, open links and codes are void, copies do not
 * count, the owner is told where his address is proven, and the log has it. All in the transaction that sets it.
 */
import type { EventType, Json } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { ParseUserAgent } from '../../ports/user-agent/index.ts'
import type { Account } from '../account/account.ts'
import type { VersionService } from '../account/version.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Session } from '../session/session.ts'
import type { CredentialService } from './credential.service.ts'
import { occasionOf } from './recovery.ts'

export type ReplacingService = ReturnType<typeof replacingService>

export type Replacement = Readonly<{
  type: Extract<EventType, `password.${string}`>
  /** The locked account. */
  account: Account
  /** Of the new password. */
  hash: string
  /** Whether the address is the owner's: it was proven before, or this very change proves it. */
  isProven: boolean
  /** The sessions that go on. */
  keep: 'ALL' | readonly string[]
  source: Source
  details?: Readonly<Record<string, Json>>
}>

type Needs = Readonly<{
  clock: Clock
  locate: Locate
  parseUserAgent: ParseUserAgent
  credentials: CredentialService
  events: EventService
  messages: MessageService
  tokens: OneTimeTokenService
  ending: EndingService
  versioning: VersionService
  /** Where the owner gets another password, should it not have been him. */
  recoveryPage: () => string
}>

export const replacingService = (needs: Needs) => {
  const { clock, locate, parseUserAgent, credentials, events, messages, tokens, ending, versioning, recoveryPage } = needs

  const notify = async (tx: Tx, { account, isProven, source }: Replacement): Promise<void> => {
    const { id: accountId, email: to, locale, name } = account
    if (to === null || !isProven) return
    const data = { name, ...occasionOf(source, clock.now(), locate, parseUserAgent), recoverUrl: recoveryPage() }
    await messages.enqueue(tx, { kind: 'password-changed', to, locale, data, accountId })
  }

  return {
    /** @returns the sessions that it ended. */
    replace: async (tx: Tx, replacement: Replacement): Promise<readonly Session[]> => {
      const { type, account, hash, keep, source, details } = replacement
      const [accountId, ip] = [account.id, source.ip]
      const actor = { kind: 'ACCOUNT', id: accountId } as const
      await credentials.set(tx, accountId, hash)
      await tokens.voidButObjections(tx, accountId)
      await versioning.outdate(tx, [accountId])
      const cause = { reason: 'PASSWORD_CHANGED', actor, ip } as const
      const ended = keep === 'ALL' ? [] : await ending.endAll(tx, accountId, cause, keep)
      await notify(tx, replacement)
      const all = { endedSessions: ended.length, ...details }
      await events.record(tx, { type, actor, accountId, subjectId: accountId, ip, details: all })
      return ended
    },
  }
}
