/** A new password for who has lost his: a link to the address, and what follows when it is used. */
import type { MakeId } from '../../kernel/ids.ts'
import { noSoonerThan } from '../../kernel/quiet.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import { LIFETIMES, QUIET_MS } from '../../policy/bounds.ts'
import { withToken } from '../../policy/redirects.ts'
import type { Database } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import { addressOf } from '../attempt/attempt.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken, type OneTimeToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { CredentialService } from './credential.service.ts'
import { ownerOf } from './credential.ts'
import { checkRequest, type RecoveryRequest } from './recovery.ts'
import type { ReplacingService } from './replacing.service.ts'

export type RecoveryService = ReturnType<typeof recoveryService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  accounts: AccountService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  events: EventService
  messages: MessageService
  tokens: OneTimeTokenService
  replacing: ReplacingService
  /** Where links may lead besides our own page. */
  allowedRedirects: readonly string[]
  /** Our own page. */
  recoveryPage: () => string
}>

const KIND = 'password-recovery'

/** @throws InvalidToken unless the token still belongs to this account. */
const demandOpen = (account: Account | null, { boundTo }: OneTimeToken): Account => {
  if (account === null || account.blockedAt !== null) throw new InvalidToken()
  if (boundTo !== null && boundTo !== account.email) throw new InvalidToken()
  return account
}

export const recoveryService = (needs: Needs) => {
  const { db, clock, makeId, accounts, attempts, credentials, devices, events, messages, tokens, replacing } = needs
  const { allowedRedirects, recoveryPage } = needs

  /** A refusal that says which passwords the account had costs an attempt. */
  const charged = async (source: Source, accountId: string, refusal: unknown): Promise<never> => {
    const account = await accounts.inTransaction(db.read, accountId)
    const address = account === null ? accountId : addressOf(account)
    return attempts.charge({ address, account, deviceId: null, source }, refusal)
  }

  return {
    /**
     * Sends a link, if there is an account to send it to: the answer, the work and the time are the same if not. An account that waits
     * for its deletion gets one too, since signing in takes the deletion back.
     * @param deviceKey of the device that asks: one that the account knows has links of its own to ask for.
     * @throws InvalidInput, RATE_LIMITED, SERVICE_UNAVAILABLE
     */
    request: (source: Source, given: RecoveryRequest, deviceKey: string | null): Promise<{ sentTo: string; expiresAt: Date }> =>
      noSoonerThan(QUIET_MS, async () => {
        const { email, link } = checkRequest(given, [...allowedRedirects, recoveryPage()])
        const known = await accounts.byEmail(db.read, email)
        const deviceId = await devices.knownId(db.read, known?.id ?? null, deviceKey)
        await attempts.take('send', { address: email, kind: KIND, ip: source.ip, deviceId })
        const [id, lifetimeSeconds] = [known?.id ?? makeId('Account'), LIFETIMES.recoveryLink]
        await db.bareTransaction(async (tx) => {
          const account = await accounts.lock(tx, id)
          const isReachable = account !== null && account.blockedAt === null && account.email === email
          const wish = { kind: KIND, accountId: id, lifetimeSeconds, boundTo: email } as const
          const secret = isReachable ? (await tokens.issue(tx, wish)).secret : await tokens.rehearse(tx, wish)
          await tokens.keepNewest(tx, wish)
          const data = { name: account?.name ?? null, url: withToken(link, secret), minutes: lifetimeSeconds / 60 }
          const message = { kind: KIND, to: email, locale: account?.locale ?? null, data, accountId: id } as const
          if (isReachable) await messages.enqueue(tx, message)
          else await messages.rehearse(tx, message)
          await events.record(tx, {
            type: 'password.recovery-requested',
            actor: { kind: 'GUEST', id: null },
            accountId: account?.id ?? null,
            subjectId: account?.id ?? null,
            ip: source.ip,
            outcome: isReachable ? 'SUCCEEDED' : 'REFUSED',
            details: {},
          })
        })
        return { sentTo: email, expiresAt: after(clock.now(), lifetimeSeconds) }
      }),

    /** What the link of a token is about; changes nothing. @returns null for a token that is good for nothing. */
    linked: (secret: string): Promise<Readonly<{ locale: string | null }> | null> =>
      unlessVoid(async () => {
        const token = await tokens.check(db.read, KIND, secret)
        const { locale } = demandOpen(await accounts.inTransaction(db.read, token.accountId), token)
        return { locale }
      }),

    /**
     * Sets a new password by a recovery link: single use, ends all sessions, does not sign in. A link that came by the
     * address proves it; if that is its first proof, whoever registered it keeps nothing.
     * @returns how many sessions it ended.
     * @throws InvalidToken, RATE_LIMITED, WeakPassword, InvalidInput; of the password nothing is said to somebody whose link is not good.
     */
    recover: async (source: Source, secret: string, newPassword: string): Promise<number> => {
      // before the work of hashing, and before a weak password uses the link up
      const seen = await tokens.check(db.read, KIND, secret)
      const open = demandOpen(await accounts.inTransaction(db.read, seen.accountId), seen)
      // each try costs as many hashes as passwords are remembered; only who has a good link comes so far
      await attempts.take('recover', { address: addressOf(open), ip: source.ip, deviceId: null })
      const hash = await credentials
        .hash(newPassword, ownerOf(open), 'input.newPassword', source.isGone)
        .catch((refusal: unknown) => charged(source, seen.accountId, refusal))
      const { account: recovered, endedSessions } = await db.transaction(async (tx) => {
        const { token, locked } = await tokens.redeem(tx, KIND, secret, accounts.lock)
        const account = demandOpen(locked, token)
        const { accountId, boundTo, data } = token
        const isProven = boundTo !== null // the command line's link came by no address
        const isFirstProof = isProven && account.emailVerifiedAt === null
        if (typeof data.label === 'string') await accounts.label(tx, account, data.label)
        if (isFirstProof) await credentials.remove(tx, accountId) // whose it was, his password is none of the owner's earlier ones
        const recovered = await accounts.recovered(tx, account, isProven)
        if (isFirstProof) await devices.removeAll(tx, accountId)
        const ended = await replacing.replace(tx, {
          type: 'password.recovered',
          account: recovered,
          hash,
          keep: [],
          source,
          details: { firstProof: isFirstProof },
        })
        return { account: recovered, endedSessions: ended.length }
      })
      await attempts.recovered(recovered, source)
      return endedSessions
    },
  }
}
