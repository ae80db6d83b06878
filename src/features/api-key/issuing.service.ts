/** Giving out API keys and taking them back: by people, by keys, or by the command line. */

import { notFound } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { MakeId } from '../../kernel/ids.ts'
import { hashSecret, makeSecret, type Random, SECRET_PREFIXES } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import { SYSTEM } from '../event/event.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './api-key.store.ts'
import { type ApiKey, checkNewKey, type NewApiKey } from './api-key.ts'

export type KeyIssuingService = ReturnType<typeof keyIssuingService>

/** A new key and its secret, which leaves once. */
type Issued = Readonly<{ apiKey: ApiKey; secret: string }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  makeId: MakeId
  acting: ActingService
  events: EventService
  settings: SettingsService
}>

export const keyIssuingService = ({ db, clock, random, makeId, acting, events, settings }: Needs) => {
  const issue = async (tx: Tx, key: NewApiKey, actor: Actor, ip: string | null): Promise<Issued> => {
    const secret = makeSecret(random, SECRET_PREFIXES.apiKey)
    const apiKey = await store.insert(tx, {
      ...key,
      id: makeId('ApiKey'),
      createdAt: clock.now(),
      lastUsedAt: null,
      revokedAt: null,
      secretHash: hashSecret(secret),
    })
    const details = { apiKeyId: apiKey.id, scopes: apiKey.scopes }
    await events.record(tx, { type: 'api-key.created', actor, accountId: null, subjectId: apiKey.id, ip, details })
    return { apiKey, secret }
  }

  return {
    /** @throws FORBIDDEN for keys and without the scope, REAUTHENTICATION_REQUIRED, InvalidInput. */
    create: async (viewer: Viewer, source: Source, key: NewApiKey): Promise<Issued> => {
      permit('apiKey.create', viewer, { ownerId: null }, await settings.freshness())
      const checked = checkNewKey(key, clock.now())
      return db.transaction(async (tx) => {
        const { actor } = await acting.lock(tx, viewer, null)
        return issue(tx, checked, actor, source.ip)
      })
    },

    /** For the command line, which stands for whoever has the machine. */
    createAsSystem: async (key: NewApiKey): Promise<Issued> => {
      const checked = checkNewKey(key, clock.now())
      return db.transaction((tx) => issue(tx, checked, SYSTEM, null))
    },

    /** Ends a key at once. A revoked one answers as if it had just been revoked. */
    revoke: async (viewer: Viewer, source: Source, id: string): Promise<ApiKey> => {
      permit('apiKey.revoke', viewer, { ownerId: null }, await settings.freshness())
      return db.transaction(async (tx) => {
        await store.takeTurn(tx)
        const { actor } = await acting.lock(tx, viewer, null)
        const revoked = await store.revoke(tx, id, clock.now())
        const key = revoked ?? (await store.find(tx, id))
        if (key === null) throw notFound()
        if (revoked !== null)
          await events.record(tx, {
            type: 'api-key.revoked',
            actor,
            accountId: null,
            subjectId: id,
            ip: source.ip,
            details: { apiKeyId: id },
          })
        return key
      })
    },
  }
}
