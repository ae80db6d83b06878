/**
 * Whatever proves something goes through here: an attempt takes its place before the work, gives it back if it was no wrong
 * guess, and the one that takes the last place is told to the owner. Without an account the same happens, and nobody is told.
 */
import { notFound } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import { LIMITS, type Purpose, type Trier } from '../../policy/limits.ts'
import { isAdmin } from '../../policy/permissions.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { Log } from '../../ports/log.ts'
import type { ParseUserAgent } from '../../ports/user-agent/index.ts'
import type { Account } from '../account/account.ts'
import { WeakPassword } from '../credential/credential.ts'
import { occasionOf } from '../credential/recovery.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { MessageService } from '../message/message.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import { addressOf, isWrongGuess, type Prover } from './attempt.ts'
import type { Attempt, CountingService } from './counting.service.ts'

export type AttemptService = ReturnType<typeof attemptService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  log: Log
  locate: Locate
  parseUserAgent: ParseUserAgent
  counting: CountingService
  acting: ActingService
  devices: DeviceService
  events: EventService
  messages: MessageService
  settings: SettingsService
  /** Where the owner sets a new password, which lets him in again. */
  recoveryPage: () => string
}>

const GUEST = { kind: 'GUEST', id: null } as const

/** The same refusal without what it tells of earlier passwords: as it would be for one that nobody had. Null: nothing is left. */
const untold = (refusal: unknown): WeakPassword | null => {
  const left = refusal instanceof WeakPassword ? refusal.violations.filter(({ rule }) => rule !== 'RECENTLY_USED') : []
  return left.length === 0 ? null : new WeakPassword(left)
}

const trierOf = ({ address, deviceId, source }: Prover): Trier => ({ address, deviceId, ip: source.ip })

export const attemptService = (needs: Needs) => {
  const { db, clock, log, locate, parseUserAgent, counting, acting, devices, events, messages, settings, recoveryPage } = needs

  /** Whether there was a place left; none where nobody can count. */
  const hasRoom = (purpose: Purpose, prover: Prover): Promise<boolean> =>
    counting.begin(purpose, trierOf(prover)).then(
      () => true,
      () => false,
    )

  /** Writes that somebody is shut out, and tells the owner if he was not told within the hour. */
  const shutOut = async (prover: Prover): Promise<void> => {
    const { address, account, deviceId, source } = prover
    const tells = await hasRoom('lockedMail', prover)
    const occasion = occasionOf(source, clock.now(), locate, parseUserAgent)
    const minutes = LIMITS['signIn.account'].windowSeconds / 60
    const data = { name: account?.name ?? null, ...occasion, minutes, recoverUrl: recoveryPage() }
    const [accountId, locale] = [account?.id ?? null, account?.locale ?? null]
    const message = { kind: 'account-locked', to: address, locale, data, accountId } as const
    await db.bareTransaction(async (tx) => {
      const what = { accountId, subjectId: accountId, ip: source.ip, details: { deviceId } }
      await events.record(tx, { type: 'account.locked', actor: GUEST, outcome: 'REFUSED', ...what })
      if (!tells) return
      if (account === null || account.blockedAt !== null) await messages.rehearse(tx, message)
      else await messages.enqueue(tx, message)
    })
  }

  /** @throws RATE_LIMITED, SERVICE_UNAVAILABLE */
  const begin = async (prover: Prover, refused: () => Promise<unknown>): Promise<Attempt> => {
    try {
      return await counting.begin('signIn', trierOf(prover))
    } catch (refusal) {
      if (await hasRoom('refusedEvent', prover)) await refused()
      throw refusal
    }
  }

  /** Forgets the failed attempts at an account, wherever they came from. @returns whether anybody was shut out. */
  const forgive = async (tx: BareTx, account: Account): Promise<boolean> => {
    const deviceIds = [null, ...(await devices.knownIdsOf(tx, account.id))]
    const address = addressOf(account)
    return counting.forgive(
      'signIn',
      deviceIds.map((deviceId) => ({ address, deviceId, ip: null })),
    )
  }

  const unlocked = (tx: BareTx, { id }: Account, by: 'OPERATOR' | 'RECOVERY', actor: Actor, { ip }: Source) =>
    events.record(tx, { type: 'account.unlocked', actor, accountId: id, subjectId: id, ip, details: { by } })

  return {
    /**
     * @param proof and no more than that: it holds a place that others may wait for. Throws InvalidCredentials for a wrong
     * guess; whatever else it throws counts for nothing. A whole proof forgives the failures before it, where it came by.
     * @param refused records that nobody looked at it; called once a minute at most.
     * @param whole what a proof comes to. GIVEN_BACK: it forgives nothing yet, see `used`.
     * @throws RATE_LIMITED, SERVICE_UNAVAILABLE
     */
    guard: async <T>(
      prover: Prover,
      proof: () => Promise<T>,
      refused: () => Promise<unknown>,
      whole: 'FORGIVEN' | 'GIVEN_BACK' = 'FORGIVEN',
    ): Promise<T> => {
      const attempt = await begin(prover, refused)
      try {
        const result = await proof()
        await attempt.end(whole)
        return result
      } catch (error) {
        const isLast = await attempt.end(isWrongGuess(error) ? 'COUNTED' : 'GIVEN_BACK')
        if (isLast) await shutOut(prover)
        throw error
      }
    },

    /**
     * A proof forgives once it has been used: what is refused behind it may cost an attempt itself, which the next proof must
     * not take back. Fails silently where nobody can count: then the failures stay for their time.
     */
    used: async (prover: Prover): Promise<void> => {
      await counting
        .forgive('signIn', [trierOf(prover)])
        .catch((error: unknown) => log.warn({ error }, 'failed attempts could not be forgotten after a proof'))
    },

    /** For what is counted whatever comes of it. @throws RATE_LIMITED, SERVICE_UNAVAILABLE */
    take: async (purpose: Exclude<Purpose, 'signIn'>, trier: Trier): Promise<void> => void (await counting.begin(purpose, trier)),

    /**
     * Where something is refused that could be a guess, but nobody may be shut out: a recovery lifts a lock, and must not be
     * stopped by one. The refusal costs an attempt, and is not told where there is none left. It is counted by itself as well:
     * who knows the current password forgives the account's failures with each use of it.
     * @throws `refusal`; instead of it what is wrong besides, or RATE_LIMITED.
     */
    charge: async (prover: Prover, refusal: unknown): Promise<never> => {
      if (!isWrongGuess(refusal)) throw refusal
      try {
        await counting.begin('earlier', trierOf(prover))
        await (await counting.begin('signIn', trierOf(prover))).end('COUNTED')
      } catch (noneLeft) {
        throw untold(refusal) ?? noneLeft
      }
      throw refusal
    },

    /** A recovery lets its owner in again. Fails silently where nobody can count: then the lock ends by its time. */
    recovered: async (account: Account, source: Source): Promise<void> => {
      try {
        if (!(await forgive(db.read, account))) return
        await db.bareTransaction((tx) => unlocked(tx, account, 'RECOVERY', { kind: 'ACCOUNT', id: account.id }, source))
      } catch (error) {
        log.warn({ error }, 'failed attempts could not be forgotten after a recovery')
      }
    },

    /** Forgets failed attempts on an operator's word. @throws FORBIDDEN, REAUTHENTICATION_REQUIRED, NOT_FOUND, SERVICE_UNAVAILABLE */
    unlock: async (viewer: Viewer, source: Source, accountId: string): Promise<Account> => {
      const freshness = await settings.freshness()
      permit('account.operate', viewer, { ownerId: null }, freshness)
      return db.bareTransaction(async (tx) => {
        const { account, actor } = await acting.lock(tx, viewer, accountId)
        if (account === null) throw notFound()
        permit('account.operate', viewer, { ownerId: null, ownerIsAdmin: isAdmin(account.labels) }, freshness)
        await forgive(tx, account)
        await unlocked(tx, account, 'OPERATOR', actor, source)
        return account
      })
    },
  }
}
