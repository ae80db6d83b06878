/** Signing up and in. Each method proves something; what follows is the same for all. */
import { refuseField } from '../../kernel/errors.ts'
import { isIdOf } from '../../kernel/ids.ts'
import type { Caller } from '../../kernel/viewer.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { AccountService, NewAccount } from '../account/account.service.ts'
import { type Account, EmailTaken } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { CredentialService, ProvenPassword } from '../credential/credential.service.ts'
import { AccountBlocked, InvalidCredentials, PasswordResetRequired } from '../credential/credential.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { Opened, OpeningService, OpenRequest, Proof } from '../session/opening.service.ts'
import type { SessionService } from '../session/session.service.ts'
import { type Factor, SessionLimitReached } from '../session/session.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { SignInMethod } from '../settings/settings.ts'
import type { PendingService } from './pending.service.ts'
import type { Asked } from './pending.ts'
import {
  checkFinish,
  checkPassword,
  checkSignUp,
  type FinishInput,
  methodDisabled,
  PASSWORD_PROOF,
  type PasswordInput,
  SignUpClosed,
  type SignUpInput,
  type Wish,
} from './sign-in.ts'

export type SignInService = ReturnType<typeof signInService>

export type SignedIn = Opened & Readonly<{ account: Account }>

/** Who has proven what; and whether it holds still, which is asked once his account is locked. */
export type Entrance = Readonly<{ accountId: string; proof: Proof; isStill: (tx: BareTx) => Promise<boolean> }>

/** Whose account is made, with which password, and what he has proven. */
type Newcomer = Readonly<{
  account: Omit<NewAccount, 'labels'>
  hash: string
  proof: Proof
  by: 'SIGN_UP' | 'INVITATION'
}>

type Needs = Readonly<{
  db: Database
  accounts: AccountService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  settings: SettingsService
  events: EventService
  tokens: OneTimeTokenService
  sessions: SessionService
  opening: OpeningService
  pending: PendingService
  ending: EndingService
}>

export const signInService = (needs: Needs) => {
  const { db, accounts, attempts, credentials, devices, settings, events, tokens, sessions, opening, pending, ending } = needs

  const requestOf = (accountId: string, wish: Wish, { viewer, source, deviceCookie }: Caller): OpenRequest => ({
    transport: wish.transport,
    deviceKey: wish.deviceKey,
    deviceCookie,
    replaces: viewer.kind === 'account' && viewer.via === 'COOKIE' && viewer.accountId === accountId ? viewer.sessionId : null,
    source,
  })

  /** For an account that is locked already. */
  const open = async (tx: BareTx, account: Account, proof: Proof, wish: Wish, caller: Caller, isSignUp = false) => {
    const request = requestOf(account.id, wish, caller)
    return opening.open(tx, account, proof, request, await opening.look(tx, account.id, request), isSignUp)
  }

  const failed = (tx: BareTx, accountId: string | null, caller: Caller, method: SignInMethod, code: string): Promise<string> =>
    events.record(tx, {
      type: 'sign-in.failed',
      actor: { kind: 'GUEST', id: null },
      accountId,
      subjectId: accountId,
      ip: caller.source.ip,
      outcome: code === 'INVALID_CREDENTIALS' ? 'FAILED' : 'REFUSED',
      details: { method, code },
    })

  const demandMethod = async (method: SignInMethod): Promise<void> => {
    if (!(await settings.current()).signIn.methods.includes(method)) throw methodDisabled()
  }

  /** Why somebody who has proven who he is may not come in all the same. */
  const obstacle = (account: Account) =>
    account.blockedAt !== null ? new AccountBlocked() : account.passwordResetRequired ? new PasswordResetRequired() : null

  /** How every way in ends: the account is in use, which also takes back its deletion. */
  const welcome = async (tx: BareTx, account: Account, opened: Opened, { source }: Caller): Promise<SignedIn> => {
    await accounts.signedIn(tx, account, source)
    return { ...opened, account: { ...account, deletesAt: null } }
  }

  /** What follows every proof of an account that was there before: lock, look again, open. */
  const enter = async ({ accountId, proof, isStill }: Entrance, wish: Wish, caller: Caller): Promise<SignedIn> => {
    const request = requestOf(accountId, wish, caller)
    const outcome = await db.bareTransaction(async (tx) => {
      // in one go, the lock first: what is looked at is what it waited for
      const [account, holds, seen] = await Promise.all([
        accounts.lock(tx, accountId),
        isStill(tx),
        opening.look(tx, accountId, request),
      ])
      if (account === null) return new InvalidCredentials() // deleted since the proof
      if (!holds) {
        await failed(tx, account.id, caller, proof.method, 'INVALID_CREDENTIALS')
        return new InvalidCredentials()
      }
      const refusal = obstacle(account)
      if (refusal !== null) {
        await failed(tx, account.id, caller, proof.method, refusal.code)
        return refusal
      }
      const opened = await opening.open(tx, account, proof, request, seen)
      if (opened instanceof SessionLimitReached) {
        await failed(tx, account.id, caller, proof.method, opened.code)
        return opened
      }
      return welcome(tx, account, opened, caller)
    })
    if (outcome instanceof Error) throw outcome // the refusal is a row by now: thrown inside, it would have been rolled back
    return outcome
  }

  /** The address was proven by what made the account: in no session of it, and nobody had registered it before. */
  const verified = (tx: Tx, { id }: Account, { source }: Caller) =>
    events.record(tx, {
      type: 'email.verified',
      actor: { kind: 'ACCOUNT', id },
      accountId: id,
      subjectId: id,
      ip: source.ip,
      details: { inOwnSession: false, endedSessions: 0 },
    })

  const enrol = async (tx: Tx, { account: person, hash, proof, by }: Newcomer, wish: Wish, caller: Caller): Promise<SignedIn> => {
    const account = await accounts.create(tx, { ...person, labels: [] }, by, caller.source.ip)
    await accounts.lock(tx, account.id) // nobody else knows of it, but the policy must stay as it is
    if (account.emailVerifiedAt !== null) await verified(tx, account, caller) // by the link, before there is a session
    await credentials.set(tx, account.id, hash)
    const opened = await open(tx, account, proof, wish, caller, true)
    if (opened instanceof SessionLimitReached) throw opened // a limit is at least 1, so the first session always fits
    return welcome(tx, account, opened, caller)
  }

  return {
    /**
     * Makes an account and its first session, which alerts nobody and whose device is known from now on, in the caller's
     * transaction. For whoever has looked that its method is switched on. @throws EmailTaken
     */
    enrol,

    /** For whoever has taken a proof and looked that its method is switched on. */
    enter,

    /**
     * Makes an account and its first session, which alerts nobody and whose device is known from now on. Where nobody is to
     * learn whether an address is taken, a link is sent instead, whoever has the address.
     */
    signUp: async (given: SignUpInput, caller: Caller): Promise<SignedIn | Asked> => {
      const input = checkSignUp(given)
      await demandMethod('PASSWORD')
      const { signIn: policy } = await settings.current()
      if (!policy.signUpOpen) throw new SignUpClosed()
      await attempts.take('signUp', { address: null, ip: caller.source.ip, deviceId: null })
      if (!policy.discloseTakenEmail) return pending.ask(input, caller.deviceCookie, caller.source)
      if (await accounts.isTaken(db.read, input.email, null)) throw new EmailTaken()
      const person = { name: input.name, email: input.email, phone: null }
      const hash = await credentials.hash(input.password, { person, accountId: null }, 'input.password', caller.source.isGone)
      const { email, name, locale } = input
      const newcomer = { account: { email, name, locale }, hash, proof: PASSWORD_PROOF, by: 'SIGN_UP' } as const
      return db.transaction((tx) => enrol(tx, newcomer, input, caller))
    },

    /** @throws RATE_LIMITED, InvalidCredentials at the same cost for an unknown address, and others only after the right password. */
    withPassword: async (given: PasswordInput, caller: Caller): Promise<SignedIn> => {
      const input = checkPassword(given)
      await demandMethod('PASSWORD')
      const { email: address, password, deviceKey } = input
      const account = await accounts.byEmail(db.read, address)
      const [accountId, source] = [account?.id ?? null, caller.source]
      const deviceId = await devices.knownId(db.read, accountId, deviceKey ?? caller.deviceCookie)
      const fails = (code: string) => db.bareTransaction((tx) => failed(tx, accountId, caller, 'PASSWORD', code))
      const prove = async (): Promise<ProvenPassword> => {
        const proven = await credentials.prove(accountId, password, source.isGone)
        if (proven !== null) return proven
        await fails('INVALID_CREDENTIALS')
        throw new InvalidCredentials()
      }
      const prover = { address, account, deviceId, source }
      const proven = await attempts.guard(prover, prove, () => fails('RATE_LIMITED'))
      const isStill = (tx: BareTx) => credentials.isStill(tx, proven)
      return enter({ accountId: proven.accountId, proof: PASSWORD_PROOF, isStill }, input, caller).catch((refusal: unknown) =>
        attempts.charge(prover, refusal),
      )
    },

    /**
     * Finishes a sign-in that was refused at the limit: ends the session the person picked and opens the new one, both or
     * neither. @throws InvalidToken, InvalidInput for a session that is not the account's or does not make room, and
     * METHOD_DISABLED, which leaves the ticket good.
     */
    finish: async (given: FinishInput, caller: Caller): Promise<SignedIn> => {
      const input = checkFinish(given)
      return db.bareTransaction(async (tx) => {
        const { token, locked: account } = await tokens.redeem(tx, 'sign-in-ticket', input.ticket, accounts.lock)
        const { accountId, data } = token
        if (account === null || obstacle(account) !== null) throw new InvalidToken()
        const proof = proofOf(data)
        if (!(await settings.inForce(tx)).signIn.methods.includes(proof.method)) throw methodDisabled()
        const chosen = isIdOf('Session', input.endSessionId) ? await sessions.inTransaction(tx, input.endSessionId) : null
        if (chosen === null || chosen.accountId !== accountId)
          return refuseField('input.endSessionId', 'This is not one of your sessions.')
        const cause = { reason: 'LIMIT_REACHED', actor: { kind: 'ACCOUNT', id: accountId }, ip: caller.source.ip } as const
        await ending.end(tx, [chosen], cause)
        const opened = await open(tx, account, proof, input, caller)
        if (opened instanceof SessionLimitReached)
          return refuseField('input.endSessionId', 'This does not make room. Pick another session.')
        return welcome(tx, account, opened, caller)
      })
    },
  }
}

/** The proof that a ticket carries, as this server wrote it. */
const proofOf = (data: Readonly<Record<string, unknown>>): Proof => ({
  method: data.method as SignInMethod,
  factors: data.factors as readonly Factor[],
  provider: (data.provider as string | null) ?? null,
  byPerson: data.byPerson === true,
})
