/** API keys: made by people or the command line, shown once, kept as a hash. */
import { notFound } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { hashSecret, looksLikeSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { ACTIVITY_PRECISION_SECONDS } from '../../policy/bounds.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { EventService } from '../event/event.service.ts'
import { actorOf, SYSTEM } from '../event/event.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './api-key.store.ts'
import { type ApiKey, checkNewKey, isGood, type NewApiKey } from './api-key.ts'

export type ApiKeyService = ReturnType<typeof apiKeyService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  makeId: MakeId
  log: Log
  events: EventService
  settings: SettingsService
}>

export const apiKeyService = ({ db, clock, random, makeId, log, events, settings }: Needs) => {
  const freshness = async () => ({
    now: clock.now(),
    maxAgeSeconds: (await settings.current()).signIn.reauthenticationMaxAgeSeconds,
  })

  const make = (key: NewApiKey, actor: Actor, ip: string | null): Promise<{ apiKey: ApiKey; secret: string }> => {
    const checked = checkNewKey(key, clock.now())
    return db.transaction(async (tx) => {
      const secret = makeSecret(random, SECRET_PREFIXES.apiKey)
      const apiKey = await store.insert(tx, {
        ...checked,
        id: makeId('ApiKey'),
        createdAt: clock.now(),
        lastUsedAt: null,
        revokedAt: null,
        secretHash: hashSecret(secret),
      })
      const details = { apiKeyId: apiKey.id, scopes: apiKey.scopes }
      await events.record(tx, { type: 'api-key.created', actor, accountId: null, subjectId: apiKey.id, ip, details })
      return { apiKey, secret }
    })
  }

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

    /** @throws FORBIDDEN for keys and without the scope, REAUTHENTICATION_REQUIRED, InvalidInput. */
    create: async (viewer: Viewer, source: Source, key: NewApiKey): Promise<{ apiKey: ApiKey; secret: string }> => {
      permit('apiKey.create', viewer, { ownerId: null }, await freshness())
      return make(key, actorOf(viewer), source.ip)
    },

    /** For the command line, which stands for whoever has the machine. */
    createAsSystem: (key: NewApiKey): Promise<{ apiKey: ApiKey; secret: string }> => make(key, SYSTEM, null),

    /** Ends a key at once. A revoked one answers as if it had just been revoked. */
    revoke: async (viewer: Viewer, source: Source, id: string): Promise<ApiKey> => {
      permit('apiKey.revoke', viewer, { ownerId: null }, await freshness())
      return db.transaction(async (tx) => {
        const revoked = await store.revoke(tx, id, clock.now())
        const key = revoked ?? (await store.find(tx, id))
        if (key === null) throw notFound()
        if (revoked !== null)
          await events.record(tx, {
            type: 'api-key.revoked',
            actor: actorOf(viewer),
            accountId: null,
            subjectId: id,
            ip: source.ip,
            details: { apiKeyId: id },
          })
        return key
      })
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
