/**
 * The log: what happened is a row in the same transaction. Once committed it is sealed (position and hash, in commit
 * order) and every node hears of it, in order: at once over the bus, and within a second from the log itself if the bus
 * lost the bell. What is urgent is told at the commit already, out of order.
 */

import { refuseField } from '../../kernel/errors.ts'
import { type Bell, type EventType, type NewEvent, type News, URGENT_EVENTS } from '../../kernel/events.ts'
import { isIdOf, type MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import type { Random } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { SIZES } from '../../policy/bounds.ts'
import type { Bus } from '../../ports/bus/index.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './event.store.ts'
import { type Event, type EventFilter, newsOf, personalDigest, type UnsealedEvent } from './event.ts'
import { openFollower } from './follower.service.ts'
import { openSealer } from './sealer.service.ts'

export type EventService = Awaited<ReturnType<typeof eventService>>

type Needs = Readonly<{ db: Database; bus: Bus; clock: Clock; random: Random; makeId: MakeId; log: Log }>

/** One that this version does not know simply finds nothing: catalogues grow. */
const EVENT_TYPE = /^[a-z-]{1,40}\.[a-z-]{1,40}$/

const checkFilter = (filter: EventFilter): EventFilter => {
  if ((filter.types?.length ?? 0) > SIZES.eventTypes) refuseField('filter.types', `At most ${SIZES.eventTypes} types.`)
  for (const type of filter.types ?? [])
    if (!EVENT_TYPE.test(type)) refuseField('filter.types', 'One of these is not an event type.')
  if (filter.accountId != null && !isIdOf('Account', filter.accountId))
    refuseField('filter.accountId', 'This is not the id of an account.')
  return filter
}

export const eventService = async ({ db, bus, clock, random, makeId, log }: Needs) => {
  const sealer = openSealer({ db, log, announce: (bells: readonly Bell[]) => bus.publish({ bells }) })
  const follower = await openFollower({ db, bus, log, seal: sealer.seal })

  const urgent = new WeakMap<BareTx, News[]>()

  /** Tells of an event right after its commit, without waiting for its place in the log. */
  const hurry = (tx: BareTx, news: News): void => {
    const known = urgent.get(tx)
    if (known !== undefined) return void known.push(news)
    const all = [news]
    urgent.set(tx, all)
    db.afterCommit(tx, () => bus.publish({ news: all }))
  }

  const complete = ({ outcome = 'SUCCEEDED', ...event }: NewEvent): UnsealedEvent => {
    const salt = random(16).toString('hex')
    return { ...event, outcome, id: makeId('Event'), occurredAt: clock.now(), salt, digest: personalDigest(salt, event.ip) }
  }

  /** What follows the commit of these. */
  const announce = (tx: BareTx, events: readonly UnsealedEvent[]): void => {
    for (const event of events) if (URGENT_EVENTS.has(event.type)) hurry(tx, newsOf(event))
    db.afterCommit(tx, sealer.sealSoon)
  }

  return {
    /** Writes an event in the transaction of the change it records. */
    record: async (tx: BareTx, given: NewEvent): Promise<string> => {
      const event = complete(given)
      await store.insert(tx, event)
      announce(tx, [event])
      return event.id
    },

    /** The same for many at once, in one statement; in the log they stand in this order. */
    recordMany: async (tx: BareTx, given: readonly NewEvent[]): Promise<void> => {
      if (given.length === 0) return
      const all = given.map(complete)
      await store.insertMany(tx, all)
      announce(tx, all)
    },

    hear: follower.hear,
    hearAtOnce: follower.hearAtOnce,
    attend: follower.attend,
    listening: follower.listening,

    /** Sealed events behind a position, in order; what a subscription reads on each bell. */
    after: (position: bigint, take: number): Promise<readonly Event[]> => store.after(db.read, position, take),

    /** What a bell told of, for a room that masks it for its own viewers. @returns null if it has no place in the log. */
    behind: ({ id }: News): Promise<Event | null> => store.find(db.read, id),

    /** What an account's later events of a type are about, those too that have no place in the log yet. */
    subjectsAfter: ({ accountId, position }: Bell, type: EventType): Promise<ReadonlySet<string>> =>
      store.subjectsAfter(db.read, accountId, BigInt(position), type),

    /** Where a subscription starts: behind the given event, or at the end of the log. @throws InvalidInput for a foreign id. */
    startPosition: async (viewer: Viewer, afterId: string | null, filter: EventFilter): Promise<bigint> => {
      permit('event.list', viewer, { ownerId: null }, NO_FRESHNESS)
      checkFilter(filter)
      await sealer.seal()
      if (afterId === null) return store.headPosition(db.read)
      const event = isIdOf('Event', afterId) ? await store.find(db.read, afterId) : null
      return event?.position ?? refuseField('after', 'There is no such event.')
    },

    /** Newest first. @throws FORBIDDEN without the scope. */
    list: async (viewer: Viewer, args: PageArgs, filter: EventFilter): Promise<Page<Event>> => {
      permit('event.list', viewer, { ownerId: null }, NO_FRESHNESS)
      const window = windowOf(args, 1)
      await sealer.seal()
      return store.page(db.read, window, checkFilter(filter))
    },

    /** One account's events, for its owner and for operators. */
    ofAccount: async (viewer: Viewer, accountId: string, args: PageArgs): Promise<Page<Event>> => {
      permit('event.read', viewer, { ownerId: accountId }, NO_FRESHNESS)
      const window = windowOf(args, 1)
      await sealer.seal()
      return store.page(db.read, window, { accountId })
    },

    /** @returns null for what is missing and for what the viewer may not see. */
    find: async (viewer: Viewer, id: string): Promise<Event | null> => {
      await sealer.seal()
      const event = await store.find(db.read, id)
      return event !== null && decide('event.read', viewer, { ownerId: event.accountId }, NO_FRESHNESS) === null ? event : null
    },

    /** From where it was done, for operators; for everybody else of what he did himself, or somebody who was not signed in. */
    addressOf: (viewer: Viewer, { actor, ip }: Event): string | null => {
      const isOwn = viewer.kind === 'account' && actor.kind === 'ACCOUNT' && actor.id === viewer.accountId
      const isOpen = isOwn || actor.kind === 'GUEST' || decide('event.list', viewer, { ownerId: null }, NO_FRESHNESS) === null
      return isOpen ? ip : null
    },

    /** Looks for what the bus did not announce. Called every second, and by tests. */
    catchUp: follower.catchUp,

    close: async (): Promise<void> => {
      await follower.close()
      await sealer.idle()
    },
  }
}
