/** Where a test's database lives: in this process, or a copy on the server. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { inject } from 'vitest'

export const onServices = (): boolean => process.env.GATEHOUSE_TEST_ENGINE === 'services'

/** The server of DATABASE_URL, another database. */
export const databaseUrl = (name: string): string => {
  const url = new URL(process.env.DATABASE_URL ?? 'postgres://localhost/none')
  url.pathname = `/${name}`
  return url.href
}

export type TestDatabase = Readonly<{
  /** Variables for parseConfig. */
  env: Readonly<Record<string, string>>
  seed: Blob | undefined
  drop: () => Promise<void>
}>

const withAdmin = async (sql: string): Promise<void> => {
  const admin = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await admin.connect()
  try {
    await admin.query(sql)
  } finally {
    await admin.end()
  }
}

let seed: Blob | undefined

/** A fresh, migrated database of the engine that this run is about. */
export const freshDatabase = async (): Promise<TestDatabase> => {
  if (!onServices()) {
    seed ??= new Blob([readFileSync(inject('seedFile'))])
    return { env: {}, seed, drop: async () => undefined }
  }
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`
  await withAdmin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')}`)
  // a copy is another installation: its bells must not ring here
  const client = new pg.Client({ connectionString: databaseUrl(name) })
  await client.connect()
  await client.query('UPDATE installation SET name = gen_random_uuid()::text')
  await client.end()
  return {
    env: { DATABASE_URL: databaseUrl(name), REDIS_URL: process.env.REDIS_URL ?? '' },
    seed: undefined,
    drop: () => withAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** A database on the server with nothing in it, not even migrations. Services only. */
export const emptyDatabase = async (): Promise<Readonly<{ url: string; drop: () => Promise<void> }>> => {
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`
  await withAdmin(`CREATE DATABASE ${name}`)
  return { url: databaseUrl(name), drop: () => withAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}
