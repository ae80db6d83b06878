/**
 * Counts attempts by the table of limits: one question to the store before the work, and at most one after it. Where the
 * store is away, each row of the table says what holds.
 */
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { rateLimited, serviceUnavailable } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import { ATTEMPT_QUEUE } from '../../policy/bounds.ts'
import { ALLOWANCE, type Counter, countersOf, type Limits, type Purpose, type Trier } from '../../policy/limits.ts'
import type { Keyring } from '../../ports/keyring/index.ts'
import { embeddedLimiter } from '../../ports/limiter/embedded.ts'
import { type Answer, type Bucket, type Change, type Limiter, StoreAway } from '../../ports/limiter/index.ts'

export type CountingService = ReturnType<typeof countingService>

/** What became of an attempt. FORGIVEN: it succeeded, so that the failures before it are forgotten where it came by. */
export type Outcome = 'COUNTED' | 'GIVEN_BACK' | 'FORGIVEN'

export type Attempt = Readonly<{
  /** @returns whether it was the failure that took the last place of its account or device. */
  end: (outcome: Outcome) => Promise<boolean>
}>

/** How often who waits asks again, in milliseconds, and a little later each, so that not all ask at once. */
const POLL = { everyMs: 15, laterMs: 15 } as const

/** How long anybody waits for attempts that are not decided yet, in milliseconds. */
const PATIENCE_MS = 10_000

/** When it is worth coming back where too many wait, in seconds. */
const RETRY_SECONDS = 1

const secondsOf = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000))

type Needs = Readonly<{ limiter: Limiter; clock: Clock; random: Random; keyring: Keyring; limits: Limits }>

export const countingService = ({ limiter, clock, random, keyring, limits }: Needs) => {
  /** Who reads the store learns no address: there are few enough of them to try them all against a bare hash. */
  const secret = keyring.sign('attempts', 'keys of buckets').signature
  /** What this node counts by itself while the store is away. */
  const alone = embeddedLimiter()
  let waiting = 0

  const bucketOf = ({ name, subject, points, windowSeconds }: Counter): Bucket => ({
    key: createHmac('sha256', secret).update(`${name} ${subject}`).digest('base64url'),
    points,
    windowMs: windowSeconds * 1000,
  })

  /** Waits for its turn while others may yet give their places back. @throws SERVICE_UNAVAILABLE if that takes too long. */
  const ask = async (buckets: readonly Bucket[], id: string, isOpen: boolean): Promise<Answer> => {
    for (const until = performance.now() + PATIENCE_MS; ; ) {
      const answer = await limiter.take(buckets, id, isOpen ? 'OPEN' : 'COUNTED', clock.now())
      if (answer.state !== 'BUSY') return answer
      if (waiting >= ATTEMPT_QUEUE || performance.now() > until) throw serviceUnavailable(RETRY_SECONDS)
      waiting++
      try {
        await sleep(POLL.everyMs + (POLL.laterMs * random(1).readUInt8()) / 255)
      } finally {
        waiting--
      }
    }
  }

  /** @throws RATE_LIMITED, SERVICE_UNAVAILABLE */
  const askAlone = async ([first]: readonly Counter[], buckets: readonly Bucket[], id: string): Promise<void> => {
    const stance = first?.whenAway ?? 'REFUSED'
    if (stance === 'REFUSED') throw serviceUnavailable(RETRY_SECONDS)
    const allowed = buckets.slice(0, 1).map(({ key }) => ({ ...ALLOWANCE, key, windowMs: ALLOWANCE.windowSeconds * 1000 }))
    const answer = await alone.take(stance === 'ALLOWANCE' ? allowed : buckets, id, 'COUNTED', clock.now())
    if (answer.state !== 'FULL') return
    const seconds = secondsOf(answer.retryAfterMs)
    throw stance === 'ALLOWANCE' ? serviceUnavailable(seconds) : rateLimited(seconds)
  }

  /** @returns false where the store is away: then nothing is known. */
  const settle = async (changes: readonly Change[], id: string): Promise<boolean> => {
    try {
      return (await limiter.settle(changes, id, clock.now()))[0] ?? false
    } catch (error) {
      if (error instanceof StoreAway) return false // what is open counts when its lease is over
      throw error
    }
  }

  /** Only what it came by is forgiven: an address that many share must not be opened by the account of one of them. */
  const changesOf = (buckets: readonly Bucket[], outcome: Outcome): readonly Change[] =>
    buckets.map((bucket, index) => {
      if (outcome === 'COUNTED') return { bucket, act: 'COUNT' }
      return { bucket, act: outcome === 'FORGIVEN' && index === 0 ? 'FORGIVE' : 'GIVE_BACK' }
    })

  return {
    /**
     * Takes a place before the work; `end` says what became of it. Where the table counts ALL, it is counted by now.
     * @throws RATE_LIMITED, SERVICE_UNAVAILABLE
     */
    begin: async (purpose: Purpose, trier: Trier): Promise<Attempt> => {
      const counters = countersOf(limits, purpose, trier)
      const [buckets, id] = [counters.map(bucketOf), random(12).toString('base64url')]
      try {
        const answer = await ask(
          buckets,
          id,
          counters.some(({ counts }) => counts === 'FAILURES'),
        )
        if (answer.state === 'FULL') throw rateLimited(secondsOf(answer.retryAfterMs))
        return { end: (outcome) => settle(changesOf(buckets, outcome), id) }
      } catch (error) {
        if (!(error instanceof StoreAway)) throw error
        await askAlone(counters, buckets, id)
        const end = async (outcome: Outcome): Promise<boolean> => {
          void settle(changesOf(buckets, outcome), id).catch(() => undefined) // the question may have arrived after all
          return false
        }
        return { end }
      }
    },

    /** Forgets what was counted of each. @returns whether any of them was full. @throws SERVICE_UNAVAILABLE */
    forgive: async (purpose: Purpose, triers: readonly Trier[]): Promise<boolean> => {
      const first = triers.flatMap((trier) => countersOf(limits, purpose, trier).slice(0, 1))
      const changes = first.map((counter): Change => ({ bucket: bucketOf(counter), act: 'FORGIVE' }))
      try {
        return (await limiter.settle(changes, '', clock.now())).includes(true)
      } catch (error) {
        throw error instanceof StoreAway ? serviceUnavailable(RETRY_SECONDS) : error
      }
    },

    /** Removes what is over. */
    sweep: (): Promise<void> => limiter.sweep(clock.now()),
  }
}
