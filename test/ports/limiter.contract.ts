/** What every limiter promises: windows that slide to the millisecond, all buckets or none, and never one too many. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Answer, type Bucket, LEASE_MS, type Limiter } from '../../src/ports/limiter/index.ts'

/** Two nodes on the same store, or the one there is, twice. */
export type Nodes = readonly [Limiter, Limiter]

const WINDOW_MS = 60_000

export const newBucket = (points = 3, windowMs = WINDOW_MS): Bucket => ({ key: randomUUID(), points, windowMs })

const START = Date.UTC(2030, 0, 1, 0, 0, 13, 777) // no window begins there
const at = (ms: number): Date => new Date(START + ms)

const TAKEN: Answer = { state: 'TAKEN' }
const BUSY: Answer = { state: 'BUSY' }
const fullFor = (retryAfterMs: number): Answer => ({ state: 'FULL', retryAfterMs })

/** @param open gives nodes on a store of their own. */
export const limiterContract = (name: string, open: () => Promise<Nodes>): void => {
  describe(`attempts counted ${name}`, async () => {
    const [node, other] = await open()

    const counted = (bucket: Bucket, ms: number, by = node) => by.take([bucket], randomUUID(), 'COUNTED', at(ms))

    /** Takes an open place. @returns how to end it. */
    const opened = async (buckets: readonly Bucket[], ms = 0, by = node) => {
      const id = randomUUID()
      expect(await by.take(buckets, id, 'OPEN', at(ms))).toEqual(TAKEN)
      const end = (act: 'COUNT' | 'GIVE_BACK' | 'FORGIVE', later = ms) =>
        other.settle(
          buckets.map((bucket) => ({ bucket, act })),
          id,
          at(later),
        )
      return end
    }

    it('are as many as there are points, and the first one leaves a window after it came, on every node', async () => {
      const bucket = newBucket()
      expect([await counted(bucket, 0), await counted(bucket, 20_000, other), await counted(bucket, 59_000)]).toEqual([
        TAKEN,
        TAKEN,
        TAKEN,
      ])
      expect(await counted(bucket, 59_000, other)).toEqual(fullFor(1_000))
      expect(await counted(bucket, 59_999)).toEqual(fullFor(1))
      expect(await counted(bucket, 60_000, other)).toEqual(TAKEN)
      expect(await counted(bucket, 60_000)).toEqual(fullFor(20_000)) // the next to leave is the second
      expect(await counted(newBucket(), 60_000)).toEqual(TAKEN)
    })

    it('take a place in all of their buckets, or in none', async () => {
      const [narrow, wide] = [newBucket(1), newBucket(2, 2 * WINDOW_MS)]
      expect(await counted(narrow, 0)).toEqual(TAKEN)
      for (let time = 0; time < 3; time++)
        expect(await node.take([wide, narrow], randomUUID(), 'COUNTED', at(5))).toEqual(fullFor(WINDOW_MS - 5))
      expect([await counted(wide, 10), await counted(wide, 10), await counted(wide, 10)]).toEqual([
        TAKEN,
        TAKEN,
        fullFor(2 * WINDOW_MS),
      ])
      // of two that are full, the later one says when
      expect(await node.take([wide, narrow], randomUUID(), 'COUNTED', at(10))).toEqual(fullFor(2 * WINDOW_MS))
    })

    it('make who comes next wait while it is open whether they count, and no longer', async () => {
      const bucket = newBucket(2)
      const [first, second] = [await opened([bucket]), await opened([bucket], 10)]
      expect(await counted(bucket, 20, other)).toEqual(BUSY)
      expect(await first('COUNT', 20)).toEqual([false])
      expect(await counted(bucket, 20, other)).toEqual(BUSY)
      expect(await second('GIVE_BACK', 30)).toEqual([false])
      const third = await opened([bucket], 40)
      expect(await third('COUNT', 50)).toEqual([true])
      expect(await counted(bucket, 50)).toEqual(fullFor(WINDOW_MS - 50)) // from the moment of the attempt, not of its end
    })

    it('say once that the last place is gone', async () => {
      const bucket = newBucket(3)
      const all = await Promise.all([opened([bucket]), opened([bucket]), opened([bucket])])
      const told = await Promise.all(all.map((end) => end('COUNT')))
      expect(told.toSorted()).toEqual([[false], [false], [true]])
      expect(await all[0]?.('COUNT')).toEqual([false])
    })

    it('are forgiven where one succeeds, but for those that are still open', async () => {
      const [mine, shared] = [newBucket(2), newBucket(2)]
      const failed = await opened([mine, shared])
      await failed('COUNT')
      const [good, pending] = [await opened([mine, shared]), randomUUID()]
      await good('GIVE_BACK')
      expect(await node.take([mine], pending, 'OPEN', at(1))).toEqual(TAKEN)
      const acts = [
        { bucket: mine, act: 'FORGIVE' },
        { bucket: shared, act: 'GIVE_BACK' },
      ] as const
      expect(await node.settle(acts, randomUUID(), at(1))).toEqual([false, false])
      expect([await counted(mine, 2), await counted(mine, 2)]).toEqual([TAKEN, BUSY]) // one is open yet
      expect([await counted(shared, 2), await counted(shared, 2)]).toEqual([TAKEN, fullFor(WINDOW_MS - 2)])
      await node.settle([{ bucket: mine, act: 'COUNT' }], pending, at(3))
      expect(await node.settle([{ bucket: mine, act: 'FORGIVE' }], randomUUID(), at(3))).toEqual([true])
      expect(await counted(mine, 3)).toEqual(TAKEN)
    })

    it('give back what was counted at once, and nobody else’s', async () => {
      const [bucket, id] = [newBucket(1), randomUUID()]
      await node.take([bucket], id, 'COUNTED', at(0))
      await other.settle([{ bucket, act: 'GIVE_BACK' }], randomUUID(), at(0))
      expect(await counted(bucket, 0)).toEqual(fullFor(WINDOW_MS))
      await other.settle([{ bucket, act: 'GIVE_BACK' }], id, at(0))
      expect(await counted(bucket, 0)).toEqual(TAKEN)
    })

    it('count where nobody said in time that they do not', async () => {
      const bucket = newBucket(1, 10 * LEASE_MS)
      const late = await opened([bucket])
      expect(await counted(bucket, LEASE_MS - 1)).toEqual(BUSY)
      expect(await counted(bucket, LEASE_MS)).toEqual(fullFor(9 * LEASE_MS))
      expect(await late('GIVE_BACK', LEASE_MS + 1)).toEqual([false]) // better late than never
      expect(await counted(bucket, LEASE_MS + 1)).toEqual(TAKEN)
    })

    it('are never one too many, however many come at once', async () => {
      const [narrow, wide] = [newBucket(7), newBucket(30)]
      const ids = Array.from({ length: 60 }, () => randomUUID())
      const answers = await Promise.all(
        ids.map((id, index) => [node, other][index % 2]?.take([narrow, wide], id, 'OPEN', at(index % 5))),
      )
      expect(answers.filter((answer) => answer?.state === 'TAKEN')).toHaveLength(7)
      expect(answers.filter((answer) => answer?.state === 'BUSY')).toHaveLength(53)
    })

    it('leave nothing behind when their window is over', async () => {
      const bucket = newBucket(1)
      await counted(bucket, 0)
      await node.sweep(at(WINDOW_MS))
      expect(await counted(bucket, WINDOW_MS)).toEqual(TAKEN)
    })
  })
}
