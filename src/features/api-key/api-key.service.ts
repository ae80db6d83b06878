/** API keys, read: whose secret this is, and whether it still opens anything. */
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { hashSecret, looksLikeSecret, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { ACTIVITY_PRECISION_SECONDS } from '../../policy/bounds.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './api-key.store.ts'
import { type ApiKey, isGood } from './api-key.ts'

export type ApiKeyService = ReturnType<typeof apiKeyService>

type Needs = Readonly<{ db: Database; clock: Clock; log: Log }>

export const apiKeyService = ({ db, clock, log }: Needs) => {
  return {
    /** @returns the key behind a secret, or null for one that is unknown, revoked or expired. Notes the use once a minute. */
    authenticate: async (secret: string): Promise<ApiKey | null> => {
      const key = looksLikeSecret(secret, SECRET_PREFIXES.apiKey) ? await store.findBySecret(db.read, hashSecret(secret)) : null
      const now = clock.now()
      if (key === null || !isGood(key, now)) return null
      if (key.lastUsedAt === null || now.getTime() - key.lastUsedAt.getTime() >= ACTIVITY_PRECISION_SECONDS * 1000)
        store.used(db.read, key.id, now).catch((error: unknown) => log.warn({ error }, 'a time of use could not be written'))
      return key
    },

    /** Whether the key still opens anything. An open socket asks this before each delivery. */
    isGood: async (id: string): Promise<boolean> => {
      const key = await store.find(db.read, id)
      return key !== null && isGood(key, clock.now())
    },

    /** The same in a transaction, until the end of which it stays so: whoever revokes the key waits. */
    hold: async (tx: BareTx, id: string): Promise<boolean> => {
      const key = await store.hold(tx, id)
      return key !== null && isGood(key, clock.now())
    },

    /** Newest first. @throws FORBIDDEN without the scope. */
    list: async (viewer: Viewer, args: PageArgs): Promise<Page<ApiKey>> => {
      permit('apiKey.list', viewer, { ownerId: null }, NO_FRESHNESS)
      return store.page(db.read, windowOf(args, 2))
    },

    /** @returns null for what is missing and for what the viewer may not see. A key may see itself. */
    find: async (viewer: Viewer, id: string): Promise<ApiKey | null> => {
      const isSelf = viewer.kind === 'apiKey' && viewer.keyId === id
      return isSelf || decide('apiKey.list', viewer, { ownerId: null }, NO_FRESHNESS) === null ? store.find(db.read, id) : null
    },

    /** For the events' actors: only for who may list keys, in the order of `ids`. */
    byIds: async (viewer: Viewer, ids: readonly string[]): Promise<readonly (ApiKey | null)[]> => {
      if (decide('apiKey.list', viewer, { ownerId: null }, NO_FRESHNESS) !== null) return ids.map(() => null)
      const found = new Map((await store.findMany(db.read, ids)).map((key) => [key.id, key]))
      return ids.map((id) => found.get(id) ?? null)
    },
  }
}
