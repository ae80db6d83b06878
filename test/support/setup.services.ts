/** Once a run: a migrated database on the server, copied by each test file and dropped at the end. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase, openEngine } from '../../src/ports/db/index.ts'
import { migrate, readMigrations } from '../../src/ports/db/migrate.ts'
import { databaseUrl } from './engines.ts'

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const template = `gatehouse_test_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  const engine = await openEngine({ kind: 'postgres', url: databaseUrl(template) })
  const database = openDatabase(engine)
  await migrate(engine, database, readMigrations(new URL('../../prisma/migrations/', import.meta.url)))
  await database.close()
  project.provide('templateDatabase', template)
  project.provide('seedFile', '')
  return async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    await admin.end()
  }
}
