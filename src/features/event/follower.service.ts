/** Hears the log, each event once and in order, and tells whoever listens in this process; urgent news go ahead of it. */
import { coalesced } from '../../kernel/coalesce.ts'
import type { Bell, News } from '../../kernel/events.ts'
import type { Bus } from '../../ports/bus/index.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './event.store.ts'
import { bellOf } from './event.ts'
import { listeners } from './listeners.ts'

const BATCH = 500

/** How long the database's own word waits for the bus to say the same, in milliseconds. */
const GRACE_MS = 20

/** News that are remembered until their event has its place in the log; beyond that some are told twice. */
const REMEMBERED = 10_000

const isOf = <K extends 'bells' | 'news', T>(message: unknown, kind: K): message is Record<K, readonly T[]> =>
  typeof message === 'object' && message !== null && Array.isArray((message as Record<string, unknown>)[kind])

type Needs = Readonly<{ db: Database; bus: Bus; log: Log; seal: () => Promise<void> }>

export const openFollower = async ({ db, bus, log, seal }: Needs) => {
  const inOrder = listeners<Bell>(log)
  const atOnce = listeners<News>(log)
  const told = new Set<string>()
  let seen = await store.headPosition(db.read)
  let sealed = seen
  let reading = false
  let closed = false
  let attending = 0
  let grace: NodeJS.Timeout | null = null

  const dispatch = (bell: Bell): void => {
    seen = BigInt(bell.position)
    if (!told.delete(bell.id)) atOnce.tell(bell)
    inOrder.tell(bell)
  }

  const hurry = (news: News): void => {
    if (told.size >= REMEMBERED) told.clear()
    told.add(news.id)
    atOnce.tell(news)
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

  const readSoon = (): void => {
    readOn().catch((error: unknown) => log.warn({ error }, 'the log could not be read yet'))
  }

  const stop = bus.listen((message) => {
    if (isOf<'news', News>(message, 'news')) for (const news of message.news) hurry(news)
    if (!isOf<'bells', Bell>(message, 'bells')) return
    for (const bell of message.bells) {
      const position = BigInt(bell.position)
      if (position <= seen) continue
      if (position === seen + 1n && !reading) dispatch(bell)
      else return readSoon() // something before it was missed: the log has it
    }
  })

  /** The database says so as well, in case the bus does not; nearly always it does, and then there is nothing left to read. */
  const stopListening = db.listen((position) => {
    const end = position === '' ? seen + 1n : BigInt(position)
    if (end > sealed) sealed = end
    if (sealed > seen)
      grace ??= setTimeout(() => {
        grace = null
        if (!closed && sealed > seen) readSoon()
      }, GRACE_MS).unref()
  })

  return {
    /** Hears every event of a topic, once and in order, when it has its place in the log. @returns how to stop. */
    hear: inOrder.add,
    /** Hears of every event of a topic as soon as this node knows, in no order, and seldom twice. @returns how to stop. */
    hearAtOnce: atOnce.add,
    /** Counts one who listens, for the metrics. @returns how to say that he is gone. */
    attend: (): (() => void) => {
      attending++
      let gone = false
      return () => {
        if (!gone) attending--
        gone = true
      }
    },
    /** How many sockets and subscriptions listen in this process. */
    listening: (): number => attending,
    /** Seals what a dead node left, then reads what the bus did not announce. */
    catchUp: async (): Promise<void> => {
      await seal()
      await readOn()
    },
    close: async (): Promise<void> => {
      closed = true
      if (grace !== null) clearTimeout(grace)
      stop()
      await stopListening()
      inOrder.clear()
      atOnce.clear()
    },
  }
}
