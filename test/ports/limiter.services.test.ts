/** What only Redis can do to counted attempts: answer otherwise than the others, keep what should go, be away. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { embeddedLimiter } from '../../src/ports/limiter/embedded.ts'
import { LEASE_MS, type Limiter, StoreAway } from '../../src/ports/limiter/index.ts'
import { redisLimiter } from '../../src/ports/limiter/redis.ts'
import { ownRedis } from '../support/redis.ts'
import { memoryLog } from './bus.contract.ts'
import { newBucket } from './limiter.contract.ts'

const redis = await ownRedis()

const opened = async () => {
  const { log, lines } = memoryLog()
  const node = await redisLimiter(redis.url, `gatehouse-test:${randomUUID()}`, log)
  afterAll(() => node.close())
  return { node, lines }
}

/** Beyond this, something waits for Redis without end. */
const FAR_TOO_LONG_MS = 2_000

const now = (): Date => new Date()

const isAway = async (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    () => false,
    (error: unknown) => error instanceof StoreAway,
  )

const step = fc.record({
  what: fc.constantFrom('OPEN', 'COUNTED', 'COUNT', 'GIVE_BACK', 'FORGIVE'),
  which: fc.subarray([0, 1, 2], { minLength: 1 }),
  who: fc.nat({ max: 9 }),
  passes: fc.constantFrom(0, 0, 1, 700, 10_000, LEASE_MS),
})

describe('attempts in Redis', async () => {
  const { node, lines } = await opened()

  it('are answered as those inside one process, whatever is asked, and every bucket has an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const buckets = [newBucket(1, 20_000), newBucket(3, 40_000), newBucket(5, 90_000)]
        const inProcess = embeddedLimiter()
        let time = Date.UTC(2030, 0, 1)
        for (const { what, which, who, passes } of steps) {
          time += passes
          const chosen = buckets.filter((_, index) => which.includes(index))
          const ask = (limiter: Limiter): Promise<unknown> =>
            what === 'OPEN' || what === 'COUNTED'
              ? limiter.take(chosen, `${who} ${time}`, what, new Date(time))
              : limiter.settle(
                  chosen.map((bucket) => ({ bucket, act: what })),
                  `${who} ${time - passes}`,
                  new Date(time),
                )
          expect(await ask(node)).toEqual(await ask(inProcess))
        }
        for (const { key } of buckets)
          for (const name of await redis.admin.keys(`*${key}`)) expect(await redis.admin.pttl(name)).toBeGreaterThan(0)
      }),
      { numRuns: 40 },
    )
  })

  it('cannot be counted while it is paused, killed or emptied of its scripts, each of which is over soon', async () => {
    const bucket = newBucket(1)
    const took = async (by: Limiter): Promise<number> => {
      const began = performance.now()
      const change = { bucket, act: 'COUNT' } as const
      expect(await isAway(by.take([newBucket()], randomUUID(), 'COUNTED', now()))).toBe(true)
      expect(await isAway(by.settle([change], randomUUID(), now()))).toBe(true)
      return performance.now() - began
    }
    redis.pause()
    expect(await took(node)).toBeLessThan(FAR_TOO_LONG_MS)
    redis.resume()
    await expect.poll(() => isAway(node.take([newBucket()], randomUUID(), 'COUNTED', now())), { interval: 5 }).toBe(false)
    await redis.kill()
    expect(await took(node)).toBeLessThan(FAR_TOO_LONG_MS)
    const { node: begun } = await opened() // a node that starts meanwhile
    expect(await took(begun)).toBeLessThan(FAR_TOO_LONG_MS)
    await redis.start()
    for (const one of [node, begun])
      await expect.poll(() => isAway(one.take([newBucket()], randomUUID(), 'COUNTED', now())), { interval: 5 }).toBe(false)
    await redis.admin.script('FLUSH')
    expect(await node.take([newBucket()], randomUUID(), 'COUNTED', now())).toEqual({ state: 'TAKEN' })
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2) // once each time, not once a question
  })
})
