/**
 * Proving oneself once more, signed in. A proof is used in a transaction in which it still holds, and an account whose password
 * has to be recovered proves nothing by it. What is not accepted is an event.
 */
import { refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { Person, Source, Viewer } from '../../kernel/viewer.ts'
import { personOf } from '../../policy/access.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import { addressOf } from '../attempt/attempt.ts'
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

/** A proof that holds until something else is proven: `use` does what it was given for. */
export type Proof = Readonly<{ use: <T extends object>(work: (tx: Tx, proven: Proven) => Promise<T>) => Promise<T> }>

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

  const refuse = async (person: Person, source: Source, purpose: Purpose): Promise<never> => {
    await db.bareTransaction((tx) => failed(tx, person, source, purpose, 'INVALID_CREDENTIALS'))
    throw new InvalidCredentials('The password is wrong.')
  }

  /** @throws InvalidCredentials, RATE_LIMITED, SERVICE_UNAVAILABLE */
  const verify = async (person: Person, source: Source, purpose: Purpose, password: string): Promise<string> => {
    const account = await accounts.inTransaction(db.read, person.accountId)
    const address = account === null ? person.accountId : addressOf(account)
    const session = await sessions.inTransaction(db.read, person.sessionId)
    const deviceId = await devices.ifKnown(db.read, session?.deviceId ?? null) // its owner is not shut out with the others
    return attempts.guard(
      { address, account, deviceId, source },
      async () => (await credentials.prove(person.accountId, password, source.isGone)) ?? refuse(person, source, purpose),
      () => db.bareTransaction((tx) => failed(tx, person, source, purpose, 'RATE_LIMITED')),
    )
  }

  /** @returns null where the password has another hash by now; the error instead of throwing it: its event is to be written. */
  const useOnce = <T extends object>(
    person: Person,
    hash: string,
    work: (tx: Tx, proven: Proven) => Promise<T>,
    note: (tx: Tx) => unknown,
  ) =>
    db.transaction(async (tx) => {
      const account = await accounts.lock(tx, person.accountId)
      if (account === null) throw unauthenticated('ACCOUNT_DELETED')
      if (!(await credentials.isStill(tx, account.id, hash))) return null
      const session = await rotating.live(tx, person)
      if (!account.passwordResetRequired) return work(tx, { account, session })
      await note(tx)
      return new PasswordResetRequired()
    })

  const byPassword = async (person: Person, source: Source, purpose: Purpose, password: string): Promise<Proof> => {
    if (!(await settings.current()).signIn.methods.includes('PASSWORD')) throw methodDisabled()
    if (!(await credentials.has(db.read, person.accountId))) refuseField(PURPOSES[purpose], 'This account has no password.')
    const first = await verify(person, source, purpose, password)
    const note = (tx: Tx) => failed(tx, person, source, purpose, 'PASSWORD_RESET_REQUIRED')
    return {
      use: async (work) => {
        const outcome =
          (await useOnce(person, first, work, note)) ??
          // it may be the same password still, whose hash was made anew because its owner signed in
          (await useOnce(person, await verify(person, source, purpose, password), work, note)) ??
          (await refuse(person, source, purpose))
        if (outcome instanceof PasswordResetRequired) throw outcome
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
    reauthenticate: async (
      viewer: Viewer,
      source: Source,
      password: string | null,
    ): Promise<Rotated & Readonly<{ account: Account }>> => {
      const person = personOf(viewer)
      if (password === null) return refuseField('input', 'Give one proof.')
      const proof = await byPassword(person, source, 'REAUTHENTICATE', password)
      return proof.use(async (tx, { account, session }) => {
        const rotated = await rotating.rotate(tx, session, 'PASSWORD')
        await events.record(tx, {
          type: 'session.reauthenticated',
          actor: { kind: 'ACCOUNT', id: account.id },
          accountId: account.id,
          subjectId: session.id,
          ip: source.ip,
          details: { sessionId: session.id, factor: 'PASSWORD' },
        })
        return { ...rotated, account }
      })
    },
  }
}
