/** Recognising, confirming and forgetting devices. */
import type { MakeId } from '../../kernel/ids.ts'
import { hashSecret } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import * as store from './device.store.ts'
import type { Device } from './device.ts'

export type DeviceService = ReturnType<typeof deviceService>

/** Devices that are shown of an account. */
const SHOWN = 100

export const deviceService = ({ db, clock, makeId }: Readonly<{ db: Database; clock: Clock; makeId: MakeId }>) => ({
  /** The device behind a key that was presented; null for a key the account has never been seen with. */
  presented: (tx: BareTx, accountId: string, key: string): Promise<Device | null> =>
    store.findByKey(tx, accountId, hashSecret(key)),

  /**
   * Notes that a device signs in, or makes it. Called under the account's lock.
   * @param found what `presented` says of the key in this transaction.
   * @param trusted whether this sign-in itself makes the device known.
   * @returns the device's id and whether it was known before.
   */
  recognise: async (
    tx: BareTx,
    accountId: string,
    key: string,
    found: Device | null,
    source: Source,
    trusted: boolean,
  ): Promise<{ id: string; wasKnown: boolean }> => {
    const now = clock.now()
    const id = found?.id ?? makeId('Device')
    const { userAgent } = source
    const made = { id, accountId, userAgent, firstSeenAt: now, lastSeenAt: now, confirmedAt: trusted ? now : null }
    if (found === null) await store.insert(tx, hashSecret(key), made)
    else await store.seen(tx, id, now, userAgent)
    if (found !== null && trusted) await store.confirm(tx, id, now)
    return { id, wasKnown: found?.confirmedAt != null }
  },

  /**
   * Whether the account knows the device behind a key that was presented; the same question where there is no account.
   * @returns its id, or null.
   */
  knownId: async (tx: BareTx, accountId: string | null, key: string | null): Promise<string | null> => {
    const device = key === null ? null : await store.findByKey(tx, accountId ?? '', hashSecret(key))
    return device?.confirmedAt == null ? null : device.id
  },

  /** @param id of a session's device; null: it has none. @returns the same, if the account knows the device; else null. */
  ifKnown: async (tx: Tx, id: string | null): Promise<string | null> => {
    const device = id === null ? null : await store.find(tx, id)
    return device?.confirmedAt == null ? null : device.id
  },

  /** The devices that an account knows. */
  knownIdsOf: (tx: BareTx, accountId: string): Promise<readonly string[]> => store.knownIds(tx, accountId),

  /** Whose browser this is, for `isCurrent`. @returns null for a key the account has never been seen with. */
  byKey: (accountId: string, key: string): Promise<Device | null> => store.findByKey(db.read, accountId, hashSecret(key)),

  confirm: (tx: BareTx, id: string): Promise<void> => store.confirm(tx, id, clock.now()),

  remove: (tx: Tx, id: string): Promise<void> => store.remove(tx, id),

  /** Of an account whose address is proven for the first time: whoever was there before knows no device any more. */
  removeAll: (tx: Tx, accountId: string): Promise<void> => store.removeAll(tx, accountId),

  /** @throws NOT_FOUND for what is missing or another's. */
  owned: async (tx: Tx, viewer: Viewer, id: string): Promise<Device> => {
    const device = await store.find(tx, id)
    permit('device.forget', viewer, { ownerId: device?.accountId ?? null }, NO_FRESHNESS)
    return device as Device // permit has refused: nobody owns a missing device
  },

  /** @returns null for what is missing and for what the viewer may not see. */
  find: async (viewer: Viewer, id: string): Promise<Device | null> => {
    const device = await store.find(db.read, id)
    return device !== null && decide('device.read', viewer, { ownerId: device.accountId }, NO_FRESHNESS) === null ? device : null
  },

  /** For edges of things that may be seen already; in the order of `ids`. */
  byIds: async (ids: readonly string[]): Promise<readonly (Device | null)[]> => {
    const found = new Map((await store.findMany(db.read, ids)).map((device) => [device.id, device]))
    return ids.map((id) => found.get(id) ?? null)
  },

  /** Last seen first, at most 100. */
  listOf: (viewer: Viewer, accountId: string): Promise<readonly Device[]> => {
    permit('device.read', viewer, { ownerId: accountId }, NO_FRESHNESS)
    return store.listOf(db.read, accountId, SHOWN)
  },
})
