/** Copies inside the one process of the embedded mode: the same questions asked of two bounded maps. */
import { LRUCache } from 'lru-cache'
import type { Copies } from './index.ts'

const MOST = 100_000

export const embeddedCopies = (firstEpoch: number): Copies => {
  const copies = new LRUCache<string, Readonly<{ accountId: string; version: number; epoch: number; text: string }>>({
    max: MOST,
  })
  const versions = new LRUCache<string, number>({ max: MOST })
  let epoch = firstEpoch
  return {
    read: async (tokenHash) => {
      const copy = copies.get(tokenHash)
      const counts = copy !== undefined && copy.epoch === epoch && versions.get(copy.accountId) === copy.version
      return { text: counts ? copy.text : null, epoch }
    },
    write: (tokenHash, { accountId, version, text }, asked) => {
      if (asked !== epoch || (versions.get(accountId) ?? 0) > version) return
      versions.set(accountId, version)
      copies.set(tokenHash, { accountId, version, epoch, text })
    },
    raise: async (accounts) => {
      for (const { accountId, version } of accounts)
        if ((versions.get(accountId) ?? 0) < version) versions.set(accountId, version)
    },
    adopt: async (reached) => {
      epoch = Math.max(epoch, reached)
    },
    distrust: () => copies.clear(), // a slow writer's version was raised here, in this process, before the commit
    trusted: () => true,
    close: async () => undefined,
  }
}
