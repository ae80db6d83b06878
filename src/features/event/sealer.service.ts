/**
 * Gives committed events their position and hash. One node at a time holds the ledger's head; positions are gapless and
 * become visible in order, so whoever has seen position n has seen everything before it.
 */
import { coalesced } from '../../kernel/coalesce.ts'
import type { Bell, EventType } from '../../kernel/events.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './event.store.ts'
import { chainHash, type Event } from './event.ts'

const BATCH = 500

/** The bell of an event: ids and enums only. */
export const bellOf = (event: Event): Bell => {
  const { reason } = event.details
  return {
    position: event.position.toString(),
    type: event.type as EventType, // written by this code base from the catalogue; a newer node's type simply finds no listener
    accountId: event.accountId,
    subjectId: event.subjectId,
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

type Needs = Readonly<{ db: Database; log: Log; announce: (bells: readonly Bell[]) => void }>

export const openSealer = ({ db, log, announce }: Needs) => {
  const sealBatch = (): Promise<readonly Event[]> =>
    db.transaction(async (tx) => {
      const head = await store.lockHead(tx)
      const events = await store.unsealed(tx, BATCH)
      let { position, hash } = head
      const sealed = events.map((event) => {
        position += 1n
        hash = chainHash(hash, position, event)
        return { ...event, position, hash }
      })
      const last = sealed.at(-1)
      if (last !== undefined) await store.seal(tx, sealed, last)
      return sealed
    })

  const seal = coalesced(async () => {
    if (!(await store.hasUnsealed(db.read))) return
    for (let full = true; full; ) {
      const sealed = await sealBatch()
      if (sealed.length > 0) announce(sealed.map(bellOf))
      full = sealed.length === BATCH
    }
  })
  let last: Promise<void> = Promise.resolve()

  return {
    /** Seals everything that was committed before the call. */
    seal,
    /** After a commit; nobody waits for it, and the next call or poll makes up for a failure. */
    sealSoon: (): void => {
      last = seal().catch((error: unknown) => log.warn({ error }, 'events could not be sealed yet'))
    },
    /** Waits for what `sealSoon` began. */
    idle: (): Promise<void> => last,
  }
}
