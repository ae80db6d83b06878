/** PostgreSQL 14 or newer on a server, through the pg driver. */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Engine } from './index.ts'
import { listenOn } from './listener.ts'

/** The advisory lock that nodes take in turn while they migrate ("gatehous" in ASCII). */
const MIGRATION_LOCK = '7449363241905354099'

/** @param url a postgres:// URL. @throws if the server does not answer. */
export const openPostgres = async (url: string): Promise<Engine> => {
  const pool = new pg.Pool({ connectionString: url, max: 16, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => undefined) // an idle connection was lost; the pool opens another when it is needed
  await pool.query('SELECT 1')
  return {
    adapter: new PrismaPg(pool),
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
