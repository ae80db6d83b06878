/**
 * The one way to define a subscription. A feed says which bells concern it and reads what is new from the database; this
 * file makes it a stream that ends when the viewer's session (or key) ends, and that never delivers to one that has.
 */
import type { ArgBuilder, InputFieldMap, InputShapeFromFields } from '@pothos/core'
import { Repeater } from 'graphql-yoga'
import type { DomainError } from '../kernel/errors.ts'
import type { Bell } from '../kernel/events.ts'
import type { Viewer } from '../kernel/viewer.ts'
import { type Access, accessOptions } from './access.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { refusalNow } from './standing.ts'

type Feed<T> = Readonly<{
  topic: 'all' | `account:${string}`
  /** Whether this bell may mean something new. */
  concerns: (bell: Bell) => boolean
  /** What is new since the last call, in order. Called at once, and after each bell that concerns the feed. */
  read: () => Promise<readonly T[]>
  /** What to deliver as the last thing when the viewer's own session has ended; left out: the refusal. */
  farewell?: () => Promise<T | null>
}>

type Item<T> = Readonly<{ value: T } | { refusal: DomainError }>

/** Whether this bell says that the viewer's own session or key is no more. */
const isOwnEnd = (viewer: Viewer, bell: Bell): boolean =>
  (viewer.kind === 'account' && bell.type === 'session.ended' && bell.subjectId === viewer.sessionId) ||
  (viewer.kind === 'apiKey' && bell.type === 'api-key.revoked' && bell.subjectId === viewer.keyId)

/** Bells are heard from the first moment, so nothing falls between reading and waiting. */
const listen = <T>({ viewer, services }: Context, feed: Feed<T>) => {
  let rung = true
  let wake = (): void => undefined
  const ring = (): void => {
    rung = true
    wake()
  }
  const ownTopic = viewer.kind === 'account' ? (`account:${viewer.accountId}` as const) : ('all' as const)
  const stops = [
    services.events.hear(feed.topic, (bell) => feed.concerns(bell) && ring()),
    services.events.hear(ownTopic, (bell) => isOwnEnd(viewer, bell) && ring()),
  ]
  return {
    /** Resolves when something rang since the last call, or the listening has stopped. */
    next: async (): Promise<void> => {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve))
      rung = false
    },
    stop: (): void => {
      for (const stop of stops) stop()
      ring()
    },
  }
}

const streamOf = <T>(context: Context, feed: Feed<T>): AsyncIterable<Item<T>> =>
  new Repeater<Item<T>>(async (push, stop) => {
    const bells = listen(context, feed)
    let stopped = false
    stop.then(() => {
      stopped = true
      bells.stop()
    })
    const deliver = async (values: readonly T[]): Promise<boolean> => {
      for (const value of values) {
        if (stopped) return false
        const refusal = await refusalNow(context)
        if (refusal !== null) return false
        await push({ value })
      }
      return true
    }
    try {
      while (!stopped) {
        await bells.next()
        if (stopped) return
        const kept = await deliver(await feed.read())
        const refusal = stopped ? null : await refusalNow(context)
        if (kept && refusal === null) continue
        if (stopped || refusal === null) continue
        const last = (await feed.farewell?.()) ?? null
        await push(last === null ? { refusal } : { value: last })
        return
      }
    } finally {
      bells.stop()
      stop()
    }
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
