/**
 * Giving an account back to whoever reads mail at an address that it had before. The link is good for 72 hours, whatever has
 * become of the account since, and nothing that can be done with the account voids it: it is there for the owner of an
 * account that somebody else has got hold of. Of several the one that goes back furthest has the last word.
 */
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken, type OneTimeToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Session } from '../session/session.ts'
import type { AccountService } from './account.service.ts'
import { type Account, EmailTaken } from './account.ts'
import type { NoticeService } from './notice.service.ts'

export type UndoService = ReturnType<typeof undoService>

/** What an undo did. `passwordResetRequired`: the account had a password, and needs a new one. */
export type Undone = Readonly<{ email: string; endedSessions: readonly Session[]; passwordResetRequired: boolean }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  credentials: CredentialService
  devices: DeviceService
  ending: EndingService
  events: EventService
  notices: NoticeService
  tokens: OneTimeTokenService
}>

const KIND = 'email-undo'

/** @throws InvalidToken unless the token can still be used for this account. */
const demandOpen = (account: Account | null, { boundTo }: OneTimeToken): Readonly<{ account: Account; email: string }> => {
  if (account === null || account.blockedAt !== null || boundTo === null) throw new InvalidToken()
  return { account, email: boundTo }
}

export const undoService = (needs: Needs) => {
  const { db, clock, accounts, credentials, devices, ending, events, notices, tokens } = needs

  /**
   * Makes the password useless. If nobody had ever proven the address, this is its first proof, and whoever registered it
   * keeps no password at all. @returns whether there was one.
   */
  const distrustPassword = async (tx: Tx, accountId: string, isFirstProof: boolean): Promise<boolean> => {
    const had = await credentials.has(tx, accountId)
    if (had && isFirstProof) await credentials.remove(tx, accountId)
    if (had && !isFirstProof) await accounts.requirePasswordReset(tx, accountId)
    return had
  }

  const restore = async (tx: Tx, { id, deletesAt }: Account, email: string, actor: Actor, ip: string | null): Promise<void> => {
    const marks = { email, emailVerifiedAt: clock.now(), ...(deletesAt === null ? {} : { deletesAt: null }) }
    await accounts.readdress(tx, id, marks).catch((error: unknown) => {
      throw error instanceof EmailTaken ? new InvalidToken() : error // kept for this account, so nobody can have it
    })
    const cancelled = { type: 'account.deletion-cancelled', actor, accountId: id, subjectId: id, ip, details: {} } as const
    if (deletesAt !== null) await events.record(tx, cancelled)
  }

  return {
    /** What the link of a token is about; changes nothing. @returns null for a token that is good for nothing. */
    linked: (secret: string): Promise<Readonly<{ email: string; locale: string | null }> | null> =>
      unlessVoid(async () => {
        const token = await tokens.check(db.read, KIND, secret)
        const { account, email } = demandOpen(await accounts.inTransaction(db.read, token.accountId), token)
        return { email, locale: account.locale }
      }),

    /**
     * Gives the account its earlier address back, as a proven one, and takes everything from whoever has it now: every session
     * ends, no device is known, the password is of no use, what waits to take the address's place does not any more, and every
     * open link and code is void, but for those that go back further. A deletion that was asked for is taken back.
     * @throws InvalidToken
     */
    undo: (source: Source, secret: string): Promise<Undone> =>
      db.transaction(async (tx) => {
        const { token, locked } = await tokens.redeem(tx, KIND, secret, accounts.lock)
        const { accountId } = token
        const { account, email } = demandOpen(locked, token)
        const [actor, ip] = [{ kind: 'ACCOUNT', id: accountId } as const, source.ip]
        const isFirstProof = token.data.wasProven !== true
        const passwordResetRequired = await distrustPassword(tx, accountId, isFirstProof)
        await devices.removeAll(tx, accountId)
        await tokens.voidAfter(tx, token)
        const endedSessions = await ending.endAll(tx, accountId, { reason: 'REPORTED', actor, ip })
        await restore(tx, account, email, actor, ip)
        const changed = account.email !== email
        if (changed) await notices.emailChanged(tx, account, email)
        const details = { endedSessions: endedSessions.length, firstProof: isFirstProof, changed }
        await events.record(tx, { type: 'email.change-undone', actor, accountId, subjectId: accountId, ip, details })
        return { email, endedSessions, passwordResetRequired }
      }),
  }
}
