import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase, openEngine } from '../../src/ports/db/index.ts'
import { migrate, readMigrations } from '../../src/ports/db/migrate.ts'
import { emptyDatabase } from '../support/engines.ts'

const real = readMigrations(new URL('../../prisma/migrations/', import.meta.url))

/** Nodes of one installation: each with a pool of its own. */
const nodes = async (count: number) => {
  const { url, drop } = await emptyDatabase()
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const engine = await openEngine({ kind: 'postgres', url })
      return { engine, db: openDatabase(engine) }
    }),
  )
  afterAll(async () => {
    for (const { db } of opened) await db.close()
    await drop()
  })
  return opened
}

describe('several nodes that start at once', () => {
  it('migrate once: one does it, the others wait and find it done', async () => {
    const started = await nodes(4)
    const added = await Promise.all(started.map(({ engine, db }) => migrate(engine, db, real)))
    expect(added.filter((names) => names.length > 0)).toEqual([real.map(({ name }) => name)])
    for (const { db } of started) expect(await db.read.account.count()).toBe(0)
  })

  it('go on when the one that migrates fails', async () => {
    const started = await nodes(3)
    const bad = [{ name: '1_bad', sql: 'CREATE TABLE half (name TEXT); SELECT 1 / 0' }]
    const [failed, ...others] = await Promise.allSettled(
      started.map(({ engine, db }, index) => migrate(engine, db, index === 0 ? bad : real)),
    )
    expect(failed?.status).toBe('rejected')
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })
})

describe('a server that is not there', () => {
  it('is said at once', async () => {
    await expect(openEngine({ kind: 'postgres', url: 'postgres://127.0.0.1:1/nothing' })).rejects.toThrow(/ECONNREFUSED/)
  })
})
