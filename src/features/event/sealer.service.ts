/**
 * Gives committed events their position and hash. Positions are gapless and become visible in order, so whoever has seen
 * position n has seen everything before it. Any number of nodes may seal at once: each reads where the ledger ends together
 * with what is not in it yet, and writes on condition that it still ends there; who comes second reads again.
 */
import { coalesced } from '../../kernel/coalesce.ts'
import type { Bell } from '../../kernel/events.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './event.store.ts'
import { bellOf, type Chained, chainHash } from './event.ts'

const BATCH = 500

type Needs = Readonly<{ db: Database; log: Log; announce: (bells: readonly Bell[]) => void }>

/** Puts events behind the ledger's end, in order. */
const chain = <E extends Chained>(head: store.Head, events: readonly E[]) => {
  let { position, hash } = head
  return events.map((event) => {
    position += 1n
    hash = chainHash(hash, position, event)
    return { ...event, position, hash }
  })
}

export const openSealer = ({ db, log, announce }: Needs) => {
  const seal = coalesced(async () => {
    for (let more = true; more; ) {
      const { head, events } = await store.unsealed(db.read, BATCH)
      if (events.length === 0) return
      const sealed = chain(head, events)
      const isOurs = await store.seal(db.read, head, sealed)
      if (isOurs) announce(sealed.map(bellOf))
      more = !isOurs || events.length === BATCH
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
