/**
 * Proving oneself once more, signed in. A proof is used in a transaction in which it still holds, and an account whose password
 * has to be recovered proves nothing by it. What is not accepted is an event.
 */
import { DomainError, refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { Caller, Person, Source } from '../../kernel/viewer.ts'
import { personOf } from '../../policy/access.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import { addressOf, type Prover } from '../attempt/attempt.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import { InvalidCredentials, PasswordResetRequired } from '../credential/credential.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { Rotated, RotatingService } from '../session/rotating.service.ts'
import type { SessionService } from '../session/session.service.ts'
import type { Session } from '../session/session.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import { methodDisabled } from './sign-in.ts'

export type ProvingService = ReturnType<typeof provingService>

/** What a proof is asked for, and where in the input it stands. */
const PURPOSES = { REAUTHENTICATE: 'input.password', CHANGE_PASSWORD: 'input.currentPassword' } as const

type Purpose = keyof typeof PURPOSES

/** Who has proven himself: his account, locked, and his session, live. */
type Proven = Readonly<{ account: Account; session: Session }>

/** A proof that holds until something else is proven: `use` does what it was given for. `prover`: whose attempt it was. */
export type Proof = Readonly<{
  prover: Prover
  use: <T extends object>(work: (tx: Tx, proven: Proven) => Promise<T>) => Promise<T>
}>

type Needs = Readonly<{
  db: Database
  accounts: AccountService
  attempts: AttemptService
  credentials: CredentialService
  devices: DeviceService
  sessions: SessionService
  settings: SettingsService
  events: EventService
  rotating: RotatingService
}>

export const provingService = (needs: Needs) => {
  const { db, accounts, attempts, credentials, devices, sessions, settings, events, rotating } = needs

  const failed = (tx: BareTx, person: Person, { ip }: Source, purpose: Purpose, code: string): Promise<string> => {
    const { accountId, sessionId } = person
    return events.record(tx, {
      type: 'proof.failed',
      actor: { kind: 'ACCOUNT', id: accountId },
      accountId,
      subjectId: sessionId,
      ip,
      outcome: code === 'INVALID_CREDENTIALS' ? 'FAILED' : 'REFUSED',
      details: { sessionId, purpose, factor: 'PASSWORD', code },
    })
  }

  /**
   * The device that its owner is known on, who is not shut out with the others: by its cookie, or, of an app without cookies,
   * by its session's. A copied session cookie alone is no device.
   */
  const deviceOf = async ({ accountId, sessionId }: Person, cookie: string | null): Promise<string | null> => {
    const session = cookie === null ? await sessions.inTransaction(db.read, sessionId) : null
    return session?.transport === 'TOKEN'
      ? devices.ifKnown(db.read, session.deviceId)
      : devices.knownId(db.read, accountId, cookie)
  }

  const byPassword = async (person: Person, caller: Caller, purpose: Purpose, password: string): Promise<Proof> => {
    const { source, deviceCookie } = caller
    if (!(await settings.current()).signIn.methods.includes('PASSWORD')) throw methodDisabled()
    if (!(await credentials.has(db.read, person.accountId))) refuseField(PURPOSES[purpose], 'This account has no password.')
    const known = await accounts.inTransaction(db.read, person.accountId)
    const address = known === null ? person.accountId : addressOf(known)
    const deviceId = await deviceOf(person, deviceCookie)
    const prover = { address, account: known, deviceId, source }
    const note = (tx: BareTx, code: string) => failed(tx, person, source, purpose, code)

    /** @returns the error instead of throwing it: its event is to be written. */
    const refuse = async (tx: BareTx, refusal: DomainError): Promise<DomainError> => {
      await note(tx, refusal.code)
      return refusal
    }
    const wrong = (tx: BareTx) => refuse(tx, new InvalidCredentials('The password is wrong.'))

    const proven = await attempts.guard(
      prover,
      async () => {
        const right = await credentials.prove(person.accountId, password, source.isGone)
        if (right === null) throw await db.bareTransaction(wrong)
        return right
      },
      () => db.bareTransaction((tx) => note(tx, 'RATE_LIMITED')),
      'GIVEN_BACK',
    )
    return {
      prover,
      use: async (work) => {
        const outcome = await db.transaction(async (tx) => {
          const account = await accounts.lock(tx, person.accountId)
          if (account === null) throw unauthenticated('ACCOUNT_DELETED')
          if (!(await credentials.isStill(tx, proven))) return wrong(tx)
          const session = await rotating.live(tx, person)
          return account.passwordResetRequired ? refuse(tx, new PasswordResetRequired()) : work(tx, { account, session })
        })
        if (outcome instanceof DomainError) return attempts.charge(prover, outcome)
        await attempts.used(prover)
        return outcome
      },
    }
  }

  return {
    /** @throws InvalidCredentials; METHOD_DISABLED where passwords are switched off; InvalidInput where there is none. */
    byPassword,

    /**
     * Makes the session's proof a fresh one, and gives it a new token.
     * @throws what `byPassword` throws, and PasswordResetRequired.
     */
    reauthenticate: async (caller: Caller, password: string | null): Promise<Rotated & Readonly<{ account: Account }>> => {
      const [person, { ip }] = [personOf(caller.viewer), caller.source]
      if (password === null) return refuseField('input', 'Give one proof.')
      const proof = await byPassword(person, caller, 'REAUTHENTICATE', password)
      return proof.use(async (tx, { account, session }) => {
        const rotated = await rotating.rotate(tx, session, 'PASSWORD')
        await events.record(tx, {
          type: 'session.reauthenticated',
          actor: { kind: 'ACCOUNT', id: account.id },
          accountId: account.id,
          subjectId: session.id,
          ip,
          details: { sessionId: session.id, factor: 'PASSWORD' },
        })
        return { ...rotated, account }
      })
    },
  }
}
