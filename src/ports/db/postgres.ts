/** PostgreSQL 14 or newer on a server, through the pg driver. */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { runBatch } from './batch.ts'
import type { Engine } from './index.ts'
import { listenOn } from './listener.ts'
import { type Asked, type Begun, prepared, type Rows } from './prepared.ts'

/** The advisory lock that nodes take in turn while they migrate ("gatehous" in ASCII). */
const MIGRATION_LOCK = '7449363241905354099'

/** How long a transaction waits for a lock before it gives up, in milliseconds. */
const LOCK_PATIENCE_MS = 20_000

const control = (text: string): Asked => ({ statement: prepared(text), values: [] })

const BEGIN = [control('BEGIN'), control(`SET LOCAL lock_timeout = ${LOCK_PATIENCE_MS}`)]
const COMMIT = control('COMMIT')

const begin = async (pool: pg.Pool): Promise<Begun> => {
  const client = await pool.connect()
  let state: 'new' | 'begun' | 'over' = 'new'
  const send = async (asked: readonly Asked[]): Promise<readonly PromiseSettledResult<Rows>[]> => {
    // asked by a branch of `work` that outlived its failure: behind the rollback it would stand for itself, and stay
    if (state === 'over') throw new Error('the transaction is over')
    const first = state === 'new' ? BEGIN : []
    state = 'begun'
    return (await runBatch(client, [...first, ...asked])).slice(first.length)
  }
  const end = (): void => {
    state = 'over'
    client.release()
  }
  return {
    send,
    commit: async (rest) => {
      const answers = await send([...rest, COMMIT])
      if (answers.every(({ status }) => status === 'fulfilled')) end()
      return answers
    },
    rollback: async () => {
      const was = state
      state = 'over'
      if (was === 'begun') await client.query('ROLLBACK').catch(() => undefined) // a lost connection has done it already
      if (was !== 'over') client.release()
    },
  }
}

/** Each statement for itself, in one go as long as all is well: where one fails, the others are run again without it. */
const sendApart = async (pool: pg.Pool, asked: readonly Asked[]): Promise<readonly PromiseSettledResult<Rows>[]> => {
  const client = await pool.connect()
  try {
    const answers = await runBatch(client, asked)
    if (asked.length === 1 || answers.every(({ status }) => status === 'fulfilled')) return answers
    const again: PromiseSettledResult<Rows>[] = []
    for (const one of asked) again.push(...(await runBatch(client, [one])))
    return again
  } finally {
    client.release()
  }
}

/** @param url a postgres:// URL. @throws if the server does not answer. */
export const openPostgres = async (url: string): Promise<Engine> => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 16,
    connectionTimeoutMillis: 5_000,
    onConnect: async (client) => {
      client.on('error', () => undefined) // a busy one was lost: its queries fail, and it is not used again
      await client.query("SET TIME ZONE 'UTC'") // Prisma takes what it reads for UTC, whatever the server's zone is
    },
  })
  pool.on('error', () => undefined) // an idle connection was lost; the pool opens another when it is needed
  await pool.query('SELECT 1')
  return {
    adapter: new PrismaPg(pool),
    send: (asked) => sendApart(pool, asked),
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
