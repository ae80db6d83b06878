/**
 * The one way to define a subscription. A feed hears the bells that concern it and reads what is new from the database; this
 * file makes it a stream that ends when the viewer's session (or key) ends, and that never delivers to one that has.
 */
import type { ArgBuilder, InputFieldMap, InputShapeFromFields } from '@pothos/core'
import { coalesced } from '../kernel/coalesce.ts'
import { DomainError } from '../kernel/errors.ts'
import { asRefusal } from '../ports/db/index.ts'
import { type Access, accessOptions } from './access.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { type Asker, hearOwnEnd, refusalNow } from './standing.ts'

/** @typeParam Read what it reads, where that becomes what is delivered only when its turn comes. */
type Feed<T, Read = T> = Readonly<{
  /** Hears from now on what may mean something to deliver, and rings then. @returns how to stop. */
  listen: (ring: () => void) => () => void
  /** What is new since the last call that gave an answer, in order. Called at once, and after each ring. */
  read: () => Promise<readonly Read[]>
  /** How many a read may stop at, with more to come; left out: it gives all there is. */
  batch?: number
  /** What of something that was read is for this viewer at the moment it is delivered; null: nothing. Left out: it itself. */
  show?: (read: Read) => Promise<T | null>
  /** What to deliver as the last thing when the viewer's own session has ended; left out: the refusal. */
  farewell?: () => Promise<T | null>
  /** Whether there is nothing more for this viewer: asked after each read and each delivery; then the operation completes. */
  isOver?: () => boolean
  /** Whether it begins now: then it says what any other one says to the same viewer about the same question. */
  fromNow: boolean
}>

/** What a stream carries: something new, or why there will be nothing more. */
export type Item<T = unknown> = Readonly<{ value: T } | { refusal: DomainError }>

/** Takes one item; the next one waits until it is done. */
type Deliver<T> = (item: Item<T>) => Promise<void>

export type Running = Readonly<{
  /** Delivers what is there at this moment; should that fail for good, the feed ends. */
  settle: () => Promise<void>
  /** Looks at the credential now: somebody has seen that it is no more before the news of it came. */
  suspect: () => void
  /** Nothing is delivered from now on. Resolves when nothing runs any more. */
  stop: () => Promise<void>
}>

/** How soon a feed tries again whose database was away, in milliseconds. */
const RETRY_MS = 1_000

/**
 * Runs a feed until the viewer's credential is no more. The news are heard before the first read, so nothing falls between
 * reading and waiting; between two rounds nothing is kept but the listeners. While the database is away nothing is
 * delivered and nothing is lost: what was read waits, the rest is read later.
 * @param over told once, when the feed has ended by itself; with what went wrong, if something did.
 */
const run = <T, Read>(asker: Asker, feed: Feed<T, Read>, deliver: Deliver<T>, over: (fault?: unknown) => void): Running => {
  const isOver = (): boolean => feed.isOver?.() === true
  let stopped = false
  /** Whether the credential has to be looked at even if there is nothing to deliver. */
  let doubt: 'NONE' | 'AT_FIRST' | 'TOLD' = 'AT_FIRST'
  /** Read, and not delivered yet. */
  let waiting: Read[] = []
  let last: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined

  const show = feed.show ?? (async (read: Read) => read as unknown as T) // a feed that shows nothing else reads what it delivers
  const stop = (): Promise<void> => {
    stopped = true
    clearTimeout(retry)
    for (const each of stops) each()
    return last
  }
  const end = async (refusal: DomainError, farewell: T | null | undefined): Promise<void> => {
    const value = farewell ?? (await feed.farewell?.()) ?? null
    if (stopped) return
    await deliver(value === null ? { refusal } : { value })
    finish()
  }
  const finish = (fault?: unknown): void => {
    if (stopped) return
    void stop()
    over(fault)
  }
  const round = coalesced(async () => {
    if (stopped) return
    if (doubt !== 'NONE') {
      const [refusal, value] = await Promise.all([refusalNow(asker), doubt === 'TOLD' ? feed.farewell?.() : null])
      doubt = 'NONE'
      if (refusal !== null) return end(refusal, value)
    }
    for (let more = true; more && !stopped; ) {
      if (waiting.length === 0) {
        waiting = [...(await feed.read())]
        if (isOver()) return finish()
        more = waiting.length >= (feed.batch ?? Number.POSITIVE_INFINITY)
      }
      for (let [read] = waiting; read !== undefined; [read] = waiting) {
        const [refusal, value] = await Promise.all([refusalNow(asker), show(read)])
        if (stopped) return
        if (refusal !== null) return end(refusal, null)
        waiting.shift()
        if (value !== null) await deliver({ value })
        if (isOver()) return finish()
      }
    }
  })
  /** A credential that is said to be no more is not kept for want of an answer. */
  const failed = (error: unknown): void => {
    if (stopped) return
    if (doubt === 'TOLD' || !(asRefusal(error) instanceof DomainError)) return finish(error)
    retry ??= setTimeout(() => {
      retry = undefined
      void settle()
    }, RETRY_MS).unref()
  }
  const settle = (): Promise<void> => {
    last = round().catch(failed)
    return last
  }
  const suspect = (): void => {
    doubt = 'TOLD'
    void settle()
  }
  const stops = [feed.listen(() => void settle()), hearOwnEnd(asker.services.events, asker.viewer, suspect)]
  void settle()
  return { settle, suspect, stop }
}

/** What a subscription field gives: it is run, and pushes. To graphql it is something to iterate, which nobody does. */
export type Stream<T = unknown> = AsyncIterable<Item<T>> &
  Readonly<{ fromNow: boolean; run: (deliver: Deliver<T>, over: (fault?: unknown) => void) => Running }>

/** Whether this is what a subscription field gave, and not what went wrong with it. */
export const isStream = (given: object): given is Stream => Symbol.asyncIterator in given && 'run' in given

const NOTHING = { next: async () => ({ done: true as const, value: undefined }) }

const streamOf = <T, Read>({ viewer, services }: Context, feed: Feed<T, Read>): Stream<T> => ({
  fromNow: feed.fromNow,
  run: (deliver, over) => run({ viewer, services }, feed, deliver, over),
  [Symbol.asyncIterator]: () => NOTHING,
})

type Definition<Args extends InputFieldMap, T, Read> = Readonly<{
  access: Access
  description: string
  type: PothosSchemaTypes.ObjectRef<Types, T, T>
  args?: (t: ArgBuilder<Types>) => Args
  feed: (args: InputShapeFromFields<Args>, context: Context) => Promise<Feed<T, Read>>
}>

export const subscription = <T extends object, Args extends InputFieldMap, Read = T>(
  name: string,
  definition: Definition<Args, T, Read>,
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
