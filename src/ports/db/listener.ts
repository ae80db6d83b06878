/** Hears PostgreSQL's NOTIFY on a connection of its own, which comes back by itself. What was missed meanwhile, a poll finds. */
import pg from 'pg'

/** What the log rings when events have been sealed. */
const CHANNEL = 'gatehouse_events'

const RETRY_MS = 500

/** @param ring called with what each notification carries, and with nothing after each reconnection. @returns how to stop. */
export const listenOn = (url: string, ring: (text: string) => void): (() => Promise<void>) => {
  let client: pg.Client | null = null
  let closed = false

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, keepAlive: true })
    next.on('error', () => undefined) // `end` follows
    next.on('end', () => {
      if (!closed) setTimeout(() => void connect().catch(() => undefined), RETRY_MS).unref()
    })
    next.on('notification', ({ payload = '' }) => ring(payload))
    client = next
    await next.connect()
    await next.query(`LISTEN ${CHANNEL}`)
    ring('')
  }

  void connect().catch(() => undefined) // `end` has asked for another try
  return async () => {
    closed = true
    await client?.end().catch(() => undefined)
  }
}
