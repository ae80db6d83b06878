/** Attempts counted in Redis, each question one script. An answer that is late or lost means that nobody counts for all nodes. */
import { Redis } from 'ioredis'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { type Answer, type Bucket, LEASE_MS, type Limiter, StoreAway } from './index.ts'
import { SETTLE, TAKE } from './scripts.ts'

/** The scripts, as commands of the client. */
type Commands = Readonly<{
  takePlaces: (count: number, ...keysAndArgs: (string | number)[]) => Promise<number>
  settlePlaces: (count: number, ...keysAndArgs: (string | number)[]) => Promise<number[]>
}>

/** How long an answer is waited for, in milliseconds: long beside what Redis takes, short for who wants to sign in. */
const PATIENCE_MS = 250

/** How long a start waits for the connection, in milliseconds. */
const FIRST_PATIENCE_MS = 500

const connect = (url: string): Redis & Commands => {
  const redis = new Redis(url, {
    connectionName: 'gatehouse-limiter',
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: false, // whoever asked has had his answer by then
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000),
  })
  redis.defineCommand('takePlaces', { lua: TAKE })
  redis.defineCommand('settlePlaces', { lua: SETTLE })
  return redis as Redis & Commands // the two lines above made it so
}

const answerOf = (told: number): Answer =>
  told === 0 ? { state: 'TAKEN' } : told < 0 ? { state: 'BUSY' } : { state: 'FULL', retryAfterMs: told }

/** @param prefix names the installation. */
export const redisLimiter = async (url: string, prefix: string, log: Log): Promise<Limiter> => {
  const redis = connect(url)
  const keyOf = ({ key }: Bucket): string => `${prefix}:a:${key}`
  let isAway = false

  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const told = await inTime(answer, PATIENCE_MS)
      isAway = false
      return told
    } catch (error) {
      if (!isAway) log.warn({ error }, 'attempts cannot be counted for all nodes; few sign-ins are let through until they can')
      isAway = true
      throw new StoreAway()
    }
  }

  redis.on('error', () => undefined) // whoever asks learns of it
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, FIRST_PATIENCE_MS)
    redis.once('ready', () => {
      clearTimeout(timer)
      resolve()
    })
  })

  return {
    take: async (buckets, id, manner, now) => {
      const member = `${manner === 'OPEN' ? 'o' : 'c'}${id}`
      const numbers = buckets.flatMap(({ points, windowMs }) => [points, windowMs])
      return answerOf(
        await asked(redis.takePlaces(buckets.length, ...buckets.map(keyOf), now.getTime(), LEASE_MS, member, ...numbers)),
      )
    },
    settle: async (changes, id, now) => {
      const keys = changes.map(({ bucket }) => keyOf(bucket))
      const acts = changes.flatMap(({ act, bucket: { points, windowMs } }) => [act, points, windowMs])
      const told = await asked(redis.settlePlaces(keys.length, ...keys, now.getTime(), LEASE_MS, id, ...acts))
      return told.map((answer) => answer === 1)
    },
    sweep: async () => undefined,
    close: async () => redis.disconnect(),
  }
}
