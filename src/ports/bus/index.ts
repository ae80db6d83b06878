/**
 * The bus: a bell between nodes. At most once, JSON in and out even inside one process, so that nothing works here that
 * breaks there. What must not be lost stands in the database; the bus only says "look now".
 */
import type { Log } from '../log.ts'
import { embeddedBus } from './embedded.ts'

export type BusListener = (message: unknown) => void

export type Bus = Readonly<{
  /** Rings on every node, this one included. Never throws; an unreachable bus is logged. */
  publish: (message: unknown) => void
  /** @returns how to stop listening. A listener that throws does not disturb the others. */
  listen: (listener: BusListener) => () => void
  /** Whether messages reach the other nodes now. */
  ping: () => Promise<boolean>
  close: () => Promise<void>
}>

/** @param url of Redis, or null for the bus inside this process. @param channel what separates installations on one Redis. */
export const openBus = async (url: string | null, channel: string, log: Log): Promise<Bus> =>
  url === null ? embeddedBus(log) : (await import('./redis.ts')).redisBus(url, channel, log)
