/**
 * Carries messages out of the house. Taking one is a short transaction of its own, carrying it happens outside of any, and
 * how it ended is written in another. Who takes a message has it for the length of a lease, so no two nodes carry it at a
 * time; if he dies, the lease runs out and another carries it, with the same Message-ID.
 */
import type { Random } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { type Carrier, type DeliveryFailure, NotDelivered } from '../../ports/carrier.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Keyring } from '../../ports/keyring/index.ts'
import type { Log } from '../../ports/log.ts'
import * as store from './message.store.ts'
import { LEASE_SECONDS, MESSAGE_CHANNELS, type MessageChannel, nextTry, PARALLEL, sealPurpose } from './message.ts'
import type { Mail } from './texts/kinds.ts'

export type DispatcherService = ReturnType<typeof dispatcherService>

/** How long a stopping node waits for what is on its way. */
const PATIENCE_MS = 5_000

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  log: Log
  keyring: Keyring
  /** Null: nothing can leave this way. */
  carriers: Readonly<Record<MessageChannel, Carrier | null>>
  /** Whether the content goes when a message has left or is dead: in production, where nobody may read it any more. */
  forget: boolean
}>

export const dispatcherService = ({ db, clock, random, log, keyring, carriers, forget }: Needs) => {
  const channels = Object.keys(MESSAGE_CHANNELS) as MessageChannel[] // the table's own keys
  const open = channels.filter((channel) => carriers[channel] !== null)
  const shut = channels.filter((channel) => carriers[channel] === null)
  const carrying = new Set<Promise<void>>()
  const counts = { SENT: 0, FAILED: 0, DEAD: 0 }
  let closed = false

  const contentOf = (job: store.Job): Mail => {
    const opened = job.content === null ? null : keyring.open(sealPurpose(job.id), job.content)
    if (opened === null) throw new NotDelivered('UNREADABLE')
    return JSON.parse(opened) as Mail // sealed by `enqueue`, and by nobody else
  }

  /** @returns null if it was taken. */
  const carry = async (job: store.Job): Promise<NotDelivered | null> => {
    try {
      const letter = { ...contentOf(job), to: job.to, messageId: job.messageId, writtenAt: job.createdAt }
      await carriers[job.channel]?.carry(letter)
      return null
    } catch (error) {
      if (error instanceof NotDelivered) return error
      log.error({ error, messageId: job.id }, 'a carrier failed in a way it should not')
      return new NotDelivered('UNKNOWN')
    }
  }

  const endingOf = (job: store.Job, failure: DeliveryFailure): store.Ending => {
    const dueAt = failure === 'REFUSED' ? null : nextTry(job.createdAt, job.attempts, clock.now(), random)
    return dueAt === null ? { status: 'DEAD', failure } : { status: 'FAILED', failure, dueAt }
  }

  const deliver = async (job: store.Job): Promise<void> => {
    const failed = await carry(job)
    const ending: store.Ending = failed === null ? { status: 'SENT', at: clock.now() } : endingOf(job, failed.reason)
    if (failed !== null) {
      const { id: messageId, kind, attempts } = job
      const facts = { messageId, kind, attempts, reason: failed.reason, code: failed.code }
      if (ending.status === 'DEAD') log.error(facts, 'a message is dead: it could not be handed over')
      else log.warn(facts, 'a message could not be handed over; it is tried again')
    }
    counts[ending.status]++
    await store.finish(db.read, job, ending, forget && ending.status !== 'FAILED')
  }

  const take = async (): Promise<store.Job | null> => {
    const now = clock.now()
    return closed || open.length === 0 ? null : store.take(db.read, open, now, after(now, LEASE_SECONDS))
  }

  /** One after the other until none is due; where there is more than one, another helps. */
  const carryOn = async (): Promise<void> => {
    for (let job = await take(); job !== null; job = await take()) {
      ring()
      await deliver(job)
    }
  }

  const ring = (): void => {
    if (closed || carrying.size >= PARALLEL) return
    const turn = carryOn()
      .catch((error: unknown) => log.warn({ error }, 'messages cannot be looked for now; they are in a second'))
      .finally(() => carrying.delete(turn))
    carrying.add(turn)
  }

  return {
    /** Begins to carry what is due. Returns at once. */
    ring,

    /** How many tries of this node ended how, for the metrics. */
    counts: (): Readonly<typeof counts> => counts,

    /** Waits until nothing is on its way. */
    idle: async (): Promise<void> => {
      while (carrying.size > 0) await Promise.all(carrying)
    },

    /** Gives up what nobody could carry for a day because its way out is shut. */
    sweep: async (): Promise<void> => {
      if (shut.length === 0) return
      const dead = await store.bury(db.read, shut, after(clock.now(), -LIFETIMES.messageDelivery), forget)
      if (dead > 0) log.error({ dead }, 'messages are dead: nothing is configured that could carry them')
    },

    /** Lets what is on its way arrive, for some seconds. What is cut off is carried again by whoever runs next. */
    close: async (): Promise<void> => {
      closed = true
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS)
      })
      await Promise.race([Promise.all(carrying), patience])
      clearTimeout(timer)
      for (const channel of open) await carriers[channel]?.close()
      await Promise.all(carrying)
    },
  }
}
