import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase, openEngine, prepared, rows, write } from '../../src/ports/db/index.ts'
import { migrate, readMigrations } from '../../src/ports/db/migrate.ts'
import type { Statement } from '../../src/ports/db/prepared.ts'
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

describe('transactions that wait for each other', () => {
  const LOCK = prepared('SELECT "id" FROM "installation" WHERE "id" = $1 FOR UPDATE')
  const MOVE = prepared('UPDATE "settings" SET "version" = "version" + 1 WHERE "id" = $1')
  const LOCK_SETTINGS = prepared('SELECT "id" FROM "settings" WHERE "id" = $1 FOR UPDATE')

  it('are both done in the end, where PostgreSQL gave one up: bare ones, too', async () => {
    const [node] = await nodes(1)
    if (node === undefined) throw new Error('no node')
    const { engine, db } = node
    await migrate(engine, db, real)
    let meet: () => void = () => undefined
    const met = new Promise<void>((resolve) => {
      meet = resolve
    })
    const ran: string[] = []
    let holding = 0
    const both = (name: string, first: Statement<never>, second: Statement<never>) =>
      db.bareTransaction(async (tx) => {
        ran.push(name)
        await rows(tx, first, 1)
        if (++holding === 2) meet()
        await met
        await rows(tx, second, 1)
        await write(tx, MOVE, 1)
      })
    await Promise.all([both('one', LOCK, LOCK_SETTINGS), both('two', LOCK_SETTINGS, LOCK)])
    expect(ran).toHaveLength(3) // one of them twice
    expect(await db.read.settings.findFirst()).toMatchObject({ version: 3 })
  })
})

describe('a server in another time zone', () => {
  it('keeps and gives the same moments, by prepared statement and by Prisma', async () => {
    const { url, drop } = await emptyDatabase()
    afterAll(drop)
    const { pathname } = new URL(url)
    const first = await openEngine({ kind: 'postgres', url })
    await openDatabase(first).read.$executeRawUnsafe(`ALTER DATABASE "${pathname.slice(1)}" SET timezone TO 'Asia/Kolkata'`)
    await first.close()
    const engine = await openEngine({ kind: 'postgres', url })
    const db = openDatabase(engine)
    await migrate(engine, db, real)
    const [noon, night] = [new Date('2026-07-01T12:00:00.001Z'), new Date('2026-01-01T23:30:00.999Z')]
    await write(db.read, prepared('UPDATE "settings" SET "updated_at" = $1'), noon)
    expect(await db.read.settings.findFirst()).toMatchObject({ updatedAt: noon })
    await db.read.settings.updateMany({ data: { updatedAt: night } })
    expect(await rows(db.read, prepared('SELECT "updated_at" FROM "settings"'))).toEqual([{ updated_at: night }])
    await db.close()
  })
})

describe('a server that is not there', () => {
  it('is said at once', async () => {
    await expect(openEngine({ kind: 'postgres', url: 'postgres://127.0.0.1:1/nothing' })).rejects.toThrow(/ECONNREFUSED/)
  })
})
