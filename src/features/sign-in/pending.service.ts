/**
 * Signing up where nobody is to learn whether an address is taken: everybody gets the same answer, and the mail says the
 * rest. Until its link is used nothing is an account. The link proves the address; what was typed at the sign-up counts
 * only if the link is opened on the device that asked, since anybody can sign up with a stranger's address.
 */
import { hashSecret, looksLikeSecret, makeSecret, type Random } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source } from '../../kernel/viewer.ts'
import { LIFETIMES, OPEN_LINKS } from '../../policy/bounds.ts'
import { withToken } from '../../policy/redirects.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import { type Account, EmailTaken } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { MessageService } from '../message/message.service.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './pending.store.ts'
import type { Asked } from './pending.ts'
import { methodDisabled, type SignUpInput } from './sign-in.ts'

export type PendingService = ReturnType<typeof pendingService>

/** @param isOwn whether the device that asked has finished it: then the account has the password that was chosen there. */
export type Finished = Readonly<{ account: Account; isOwn: boolean }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  accounts: AccountService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  events: EventService
  messages: MessageService
  settings: SettingsService
  /** Our own pages, where the links lead. */
  verificationPage: () => string
  recoveryPage: () => string
}>

const KIND = 'sign-up-pending'

export const pendingService = (needs: Needs) => {
  const { db, clock, random, accounts, attempts, credentials, devices, events, messages, settings } = needs
  const { verificationPage, recoveryPage } = needs

  return {
    /**
     * Sends a link that finishes the sign-up, or says that there is an account already: the same answer and the same work.
     * @param input checked. @throws WeakPassword, RATE_LIMITED, SERVICE_UNAVAILABLE
     */
    ask: async (input: SignUpInput, deviceCookie: string | null, source: Source): Promise<Asked> => {
      const { email, password, transport, deviceKey } = input
      await attempts.take('send', { address: email, kind: KIND, ip: source.ip, deviceId: null })
      const owner = { person: { name: input.name, email, phone: null }, accountId: null }
      const passwordHash = await credentials.hash(password, owner, 'input.password', source.isGone)
      const cookie = deviceKey === null ? (deviceCookie ?? (transport === 'COOKIE' ? makeSecret(random) : null)) : null
      const key = deviceKey ?? cookie
      const keyHash = key === null ? null : hashSecret(key)
      const [secret, now] = [makeSecret(random), clock.now()]
      await db.bareTransaction(async (tx) => {
        // both are asked whatever the first one says: as much is done for an address with an account as for any other
        const [known, isTaken] = [await accounts.byEmail(tx, email), await accounts.isTaken(tx, email, null)]
        const { name, locale } = known ?? input
        const pending = { email, passwordHash, name, locale, keyHash }
        const nothing = { email, passwordHash: null, name: null, locale: null, keyHash: null }
        await store.insert(tx, hashSecret(secret), isTaken ? nothing : pending, now, after(now, LIFETIMES.pendingSignUp))
        await store.keepNewest(tx, email, OPEN_LINKS)
        const finishUrl = isTaken ? null : withToken(verificationPage(), secret)
        const recoverUrl = isTaken ? recoveryPage() : null
        const data = { name, finishUrl, hours: LIFETIMES.pendingSignUp / 3_600, recoverUrl }
        const accountId = known?.id ?? null
        await messages.enqueue(tx, { kind: KIND, to: email, locale, data, accountId })
        await events.record(tx, {
          type: 'sign-up.requested',
          actor: { kind: 'GUEST', id: null },
          accountId,
          subjectId: accountId,
          ip: source.ip,
          outcome: isTaken ? 'REFUSED' : 'SUCCEEDED',
          details: {},
        })
      })
      return { sentTo: email, deviceCookie: cookie }
    },

    /**
     * Makes the account, its address proven. With the password that was chosen, and the device known, if the link is opened
     * on the device that asked; without a password otherwise.
     * @returns null for what is no link of a sign-up. @throws InvalidToken once the address has an account or sign-up is
     * closed, and METHOD_DISABLED, which leaves the link good.
     */
    finish: async (tx: Tx, source: Source, secret: string, key: string | null): Promise<Finished | null> => {
      const pending = looksLikeSecret(secret) ? await store.take(tx, hashSecret(secret), clock.now()) : null
      if (pending === null) return null
      const { signIn: policy } = await settings.inForce(tx)
      if (!policy.methods.includes('PASSWORD')) throw methodDisabled()
      const { email, name, locale, passwordHash, keyHash } = pending
      if (!policy.signUpOpen || passwordHash === null) throw new InvalidToken()
      const made = await accounts
        .create(tx, { email, name, locale, labels: [] }, 'SIGN_UP', source.ip)
        .catch((error: unknown) => {
          throw error instanceof EmailTaken ? new InvalidToken() : error
        })
      const account = await accounts.proven(tx, made)
      const isOwn = key !== null && hashSecret(key) === keyHash
      if (isOwn) {
        await credentials.set(tx, account.id, passwordHash)
        await devices.recognise(tx, account.id, key, null, source, true)
      }
      await store.removeOf(tx, email)
      await events.record(tx, {
        type: 'email.verified',
        actor: { kind: 'ACCOUNT', id: account.id },
        accountId: account.id,
        subjectId: account.id,
        ip: source.ip,
        details: { inOwnSession: isOwn, endedSessions: 0 },
      })
      return { account, isOwn }
    },

    /** What a link is about; changes nothing. @returns null for what is no link of a sign-up that can be finished. */
    linked: async (secret: string): Promise<Readonly<{ email: string; locale: string | null }> | null> => {
      const found = looksLikeSecret(secret) ? await store.find(db.read, hashSecret(secret), clock.now()) : null
      return found === null || found.passwordHash === null ? null : { email: found.email, locale: found.locale }
    },

    /** Removes what nobody has finished in time. */
    sweep: (): Promise<void> => store.sweep(db.read, clock.now()),
  }
}
