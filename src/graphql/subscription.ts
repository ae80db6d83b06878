/**
 * The one way to define a subscription. A feed says which bells concern it and reads what is new from the database; this
 * file makes it a stream that ends when the viewer's session (or key) ends, and that never delivers to one that has.
 */
import type { ArgBuilder, InputFieldMap, InputShapeFromFields } from '@pothos/core'
import { Repeater } from 'graphql-yoga'
import { coalesced } from '../kernel/coalesce.ts'
import type { DomainError } from '../kernel/errors.ts'
import type { News } from '../kernel/events.ts'
import { type Access, accessOptions } from './access.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { makeLoaders } from './loaders.ts'
import { type Asker, hearOwnEnd, refusalNow } from './standing.ts'

type Feed<T> = Readonly<{
  topic: 'all' | `account:${string}`
  /** Whether to hear of an event as soon as it is known, or once it has its place in the log, each once and in order. */
  hears: 'AT_ONCE' | 'IN_ORDER'
  /** Whether these news may mean something to deliver. */
  concerns: (news: News) => boolean
  /** What is new since the last call, in order. Called at once, and after news that concern the feed. */
  read: () => Promise<readonly T[]>
  /** How many a read may stop at, with more to come; left out: it gives all there is. */
  batch?: number
  /** What to deliver as the last thing when the viewer's own session has ended; left out: the refusal. */
  farewell?: () => Promise<T | null>
  /** Whether it begins now: then it says what any other one says to the same viewer about the same question. */
  fromNow: boolean
}>

/** What a stream carries: something new, or why there will be nothing more. */
export type Item<T = unknown> = Readonly<{ value: T } | { refusal: DomainError }>

/** Takes one item; where it gives a promise, the next item waits for it. */
type Deliver<T> = (item: Item<T>) => Promise<unknown> | undefined

export type Running = Readonly<{
  /** Delivers what is there at this moment; should that fail, the feed ends. */
  settle: () => Promise<void>
  /** Looks at the credential now: somebody has seen that it is no more before the news of it came. */
  suspect: () => void
  /** Nothing is delivered from now on. */
  stop: () => void
}>

/**
 * Runs a feed until the viewer's credential is no more. The news are heard before the first read, so nothing falls between
 * reading and waiting; between two rounds nothing is kept but the listeners.
 * @param over told once, when the feed has ended by itself; with what went wrong, if something did.
 */
const run = <T>(asker: Asker, feed: Feed<T>, deliver: Deliver<T>, over: (fault?: unknown) => void): Running => {
  const { events } = asker.services
  let stopped = false
  /** Whether the credential has to be looked at even if there is nothing to deliver. */
  let doubt: 'NONE' | 'AT_FIRST' | 'TOLD' = 'AT_FIRST'

  const stop = (): void => {
    stopped = true
    for (const each of stops) each()
  }
  const end = async (refusal: DomainError, farewell: T | null | undefined): Promise<void> => {
    const last = farewell ?? (await feed.farewell?.()) ?? null
    if (stopped) return
    await deliver(last === null ? { refusal } : { value: last })
    finish()
  }
  const finish = (fault?: unknown): void => {
    if (stopped) return
    stop()
    over(fault)
  }
  const round = coalesced(async () => {
    if (stopped) return
    if (doubt !== 'NONE') {
      const [refusal, last] = await Promise.all([refusalNow(asker), doubt === 'TOLD' ? feed.farewell?.() : null])
      doubt = 'NONE'
      if (refusal !== null) return end(refusal, last)
    }
    for (let full = true; full && !stopped; ) {
      const values = await feed.read()
      full = values.length >= (feed.batch ?? Number.POSITIVE_INFINITY)
      for (const value of values) {
        const refusal = await refusalNow(asker)
        if (stopped) return
        if (refusal !== null) return end(refusal, null)
        await deliver({ value })
      }
    }
  })
  const settle = (): Promise<void> => round().catch(finish)
  const heard = (news: News): void => {
    if (feed.concerns(news)) void settle()
  }
  const suspect = (): void => {
    doubt = 'TOLD'
    void settle()
  }
  const stops = [
    feed.hears === 'AT_ONCE' ? events.hearAtOnce(feed.topic, heard) : events.hear(feed.topic, heard),
    hearOwnEnd(events, asker.viewer, suspect),
  ]
  void settle()
  return { settle, suspect, stop }
}

/** What a subscription field gives: run by whoever can be pushed to, or iterated by whoever pulls. */
export type Stream<T = unknown> = AsyncIterable<Item<T>> &
  Readonly<{ fromNow: boolean; run: (deliver: Deliver<T>, over: (fault?: unknown) => void) => Running }>

/** Whether this is what a subscription field gave, and not what went wrong with it. */
export const isStream = (given: object): given is Stream => Symbol.asyncIterator in given && 'run' in given

const streamOf = <T>(context: Context, feed: Feed<T>): Stream<T> => ({
  fromNow: feed.fromNow,
  run: (deliver, over) => run({ viewer: context.viewer, services: context.services }, feed, deliver, over),
  [Symbol.asyncIterator]: () =>
    new Repeater<Item<T>>(async (push, stop) => {
      const deliver: Deliver<T> = (item) => {
        context.load = makeLoaders(context.services, context.viewer, null) // what was loaded for the last one may have changed
        return push(item)
      }
      const running = run({ viewer: context.viewer, services: context.services }, feed, deliver, stop)
      const leave = context.services.events.attend()
      await stop
      leave()
      running.stop()
    }),
})

type Definition<Args extends InputFieldMap, T> = Readonly<{
  access: Access
  description: string
  type: PothosSchemaTypes.ObjectRef<Types, T, T>
  args?: (t: ArgBuilder<Types>) => Args
  feed: (args: InputShapeFromFields<Args>, context: Context) => Promise<Feed<T>>
}>

export const subscription = <T extends object, Args extends InputFieldMap>(
  name: string,
  definition: Definition<Args, T>,
): void => {
  builder.subscriptionField(name, (t) =>
    t.field({
      type: definition.type,
      nullable: true,
      description: definition.description,
      ...accessOptions(definition.access),
      args: definition.args?.(t.arg) ?? {},
      subscribe: async (_root: object, args: InputShapeFromFields<Args>, context: Context) =>
        streamOf(context, await definition.feed(args, context)),
      resolve: (item: Item<T>) => {
        if ('refusal' in item) throw item.refusal
        return item.value
      },
    } as never),
  )
}
