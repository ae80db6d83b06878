/** Attempts counted inside one process, in a bounded map. A restart forgets them. */
import { LRUCache } from 'lru-cache'
import type { Limiter } from './index.ts'
import { type Entry, settle, take } from './window.ts'

/** Buckets that are kept; one more, and the one that nobody has looked at for longest is forgotten. */
const MOST = 50_000

export const embeddedLimiter = (): Limiter => {
  const buckets = new LRUCache<string, readonly Entry[]>({ max: MOST })
  const keep = (key: string, entries: readonly Entry[]): void => {
    if (entries.length === 0) buckets.delete(key)
    else buckets.set(key, entries)
  }
  return {
    take: async (wanted, id, manner, now) => {
      const held = wanted.map((bucket) => ({ bucket, entries: buckets.get(bucket.key) ?? [] }))
      const [answer, left] = take(held, id, manner, now.getTime())
      for (const { bucket, entries } of left) keep(bucket.key, entries)
      return answer
    },
    settle: async (changes, id, now) =>
      changes.map((change) => {
        const { key } = change.bucket
        const [answer, left] = settle(change, buckets.get(key) ?? [], id, now.getTime())
        keep(key, left)
        return answer
      }),
    sweep: async () => undefined,
    close: async () => undefined,
  }
}
