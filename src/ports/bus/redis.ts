/** The bus between nodes: one Redis channel an installation, two connections a node. Comes back by itself after an outage. */
import { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import type { Bus } from './index.ts'
import { listenerSet } from './listeners.ts'

/** How long publish and ping wait for an answer, in milliseconds. */
const PATIENCE_MS = 1_000

const RECONNECT = { retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000), maxRetriesPerRequest: null }

/** A bell that cannot be rung now is dropped, not queued: the log carries it. A subscription waits for its connection. */
const OPTIONS = {
  publish: { ...RECONNECT, enableOfflineQueue: false, commandTimeout: PATIENCE_MS },
  listen: RECONNECT,
}

const connect = (url: string, purpose: keyof typeof OPTIONS, log: Log): Redis => {
  const redis = new Redis(url, { ...OPTIONS[purpose], connectionName: `gatehouse-${purpose}` })
  let complained = false
  redis.on('error', (error) => {
    if (!complained)
      log.warn({ error, connection: purpose }, 'Redis is away; events still travel through the database, once a second')
    complained = true
  })
  redis.on('ready', () => {
    complained = false
  })
  return redis
}

/** @param channel names the installation. */
export const redisBus = async (url: string, channel: string, log: Log): Promise<Bus> => {
  const listeners = listenerSet(log)
  const [publisher, subscriber] = [connect(url, 'publish', log), connect(url, 'listen', log)]
  subscriber.on('message', (_channel: string, text: string) => listeners.ring(text))
  subscriber.subscribe(channel).catch((error: unknown) => log.warn({ error }, 'could not subscribe yet'))
  return {
    publish: (message) => {
      publisher.publish(channel, JSON.stringify(message)).catch((error: unknown) => log.debug({ error }, 'a bell was lost'))
    },
    listen: listeners.add,
    ping: () =>
      publisher.ping().then(
        () => true,
        () => false,
      ),
    close: async () => {
      listeners.clear()
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
