/** PostgreSQL 14 or newer on a server, through the pg driver. */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Engine } from './index.ts'
import { listenOn } from './listener.ts'
import type { Asked, Begun, Rows } from './prepared.ts'

/** The advisory lock that nodes take in turn while they migrate ("gatehous" in ASCII). */
const MIGRATION_LOCK = '7449363241905354099'

/** How long a transaction waits for a lock before it gives up, in milliseconds. */
const LOCK_PATIENCE_MS = 20_000

const BEGIN = `BEGIN; SET LOCAL lock_timeout = ${LOCK_PATIENCE_MS}`

type Query = string | Readonly<{ name: string; text: string; values: Asked['values'] }>

const queryOf = ({ statement: { name, text }, values }: Asked): Query => ({ name, text, values })

/** All in one packet: the connection is in pipeline mode, so nothing waits for the answer to what is before it. */
const sendTo = (client: pg.PoolClient, queries: readonly Query[]): Promise<readonly PromiseSettledResult<Rows>[]> => {
  const { stream } = client.connection
  stream.cork()
  const answers = queries.map((query) => client.query(query as pg.QueryConfig).then(({ rows }): Rows => rows))
  stream.uncork()
  return Promise.allSettled(answers)
}

const begin = async (pool: pg.Pool): Promise<Begun> => {
  const client = await pool.connect()
  let [begun, over] = [false, false]
  const send = async (queries: readonly Query[]): Promise<readonly PromiseSettledResult<Rows>[]> => {
    const first = begun ? [] : [BEGIN]
    begun = true
    return (await sendTo(client, [...first, ...queries])).slice(first.length)
  }
  const end = (): void => {
    over = true
    client.release()
  }
  return {
    send: (asked) => send(asked.map(queryOf)),
    commit: async (rest) => {
      const answers = await send([...rest.map(queryOf), 'COMMIT'])
      end()
      return answers
    },
    rollback: async () => {
      if (over) return
      if (begun) await client.query('ROLLBACK').catch(() => undefined) // a lost connection has done it already
      end()
    },
  }
}

/** @param url a postgres:// URL. @throws if the server does not answer. */
export const openPostgres = async (url: string): Promise<Engine> => {
  const pool = new pg.Pool({ connectionString: url, max: 16, connectionTimeoutMillis: 5_000, pipeline: true })
  pool.on('error', () => undefined) // an idle connection was lost; the pool opens another when it is needed
  pool.on('connect', (client) => {
    client.on('error', () => undefined) // a busy one: its queries fail, and it is not used again
    client.query("SET TIME ZONE 'UTC'").catch(() => undefined) // Prisma takes what it reads for UTC, whatever the server's zone
  })
  await pool.query('SELECT 1')
  return {
    adapter: new PrismaPg(pool),
    send: async (asked) => {
      const client = await pool.connect()
      try {
        return await sendTo(client, asked.map(queryOf))
      } finally {
        client.release()
      }
    },
    begin: () => begin(pool),
    exclusively: async (work) => {
      const client = await pool.connect()
      try {
        await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
        return await work(async (sql) => void (await client.query(sql)))
      } finally {
        await client.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`).catch(() => undefined)
        client.release()
      }
    },
    listen: (ring) => listenOn(url, ring),
    ping: () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    close: () => pool.end(),
  }
}
