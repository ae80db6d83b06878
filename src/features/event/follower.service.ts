/** Hears the log, each event once and in order, and tells whoever listens in this process. */
import { coalesced } from '../../kernel/coalesce.ts'
import type { Bell } from '../../kernel/events.ts'
import type { Bus } from '../../ports/bus/index.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './event.store.ts'
import { bellOf } from './sealer.service.ts'

/** Everything, or one account's part of it. */
export type Topic = 'all' | `account:${string}`

const BATCH = 500

const isBells = (message: unknown): message is { bells: readonly Bell[] } =>
  typeof message === 'object' && message !== null && 'bells' in message && Array.isArray(message.bells)

type Needs = Readonly<{ db: Database; bus: Bus; log: Log; seal: () => Promise<void> }>

export const openFollower = async ({ db, bus, log, seal }: Needs) => {
  const listeners = new Map<Topic, Set<(bell: Bell) => void>>()
  let seen = await store.headPosition(db.read)
  let reading = false
  let closed = false

  const tell = (topic: Topic, bell: Bell): void => {
    for (const listener of listeners.get(topic) ?? []) {
      try {
        listener(bell)
      } catch (error) {
        log.error({ error, type: bell.type }, 'a listener failed')
      }
    }
  }

  const dispatch = (bell: Bell): void => {
    seen = BigInt(bell.position)
    tell('all', bell)
    if (bell.accountId !== null) tell(`account:${bell.accountId}`, bell)
  }

  const readOn = coalesced(async () => {
    reading = true
    try {
      for (let full = true; full && !closed; ) {
        const events = await store.after(db.read, seen, BATCH)
        for (const event of events) dispatch(bellOf(event))
        full = events.length === BATCH
      }
    } finally {
      reading = false
    }
  })

  const stop = bus.listen((message) => {
    if (!isBells(message)) return
    for (const bell of message.bells) {
      const position = BigInt(bell.position)
      if (position <= seen) continue
      if (position === seen + 1n && !reading) dispatch(bell)
      else {
        // something before it was missed: the log has it
        readOn().catch((error: unknown) => log.warn({ error }, 'the log could not be read yet'))
        return
      }
    }
  })

  /** The notification often comes with the bell that says the same; then there is nothing left to read. */
  const stopListening = db.listen(() => {
    readOn().catch((error: unknown) => log.warn({ error }, 'the log could not be read yet'))
  })

  return {
    hear: (topic: Topic, listener: (bell: Bell) => void): (() => void) => {
      const known = listeners.get(topic) ?? new Set()
      listeners.set(topic, known.add(listener))
      return () => {
        known.delete(listener)
        if (known.size === 0 && listeners.get(topic) === known) listeners.delete(topic)
      }
    },
    /** How many listen in this process. */
    listening: (): number => [...listeners.values()].reduce((sum, known) => sum + known.size, 0),
    /** Seals what a dead node left, then reads what the bus did not announce. */
    catchUp: async (): Promise<void> => {
      await seal()
      await readOn()
    },
    close: async (): Promise<void> => {
      closed = true
      stop()
      await stopListening()
      listeners.clear()
    },
  }
}
