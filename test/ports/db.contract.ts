/** What every engine promises: transactions that are whole or nothing, hooks after the commit, migrations once. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, type Engine, isUniqueViolation, openDatabase } from '../../src/ports/db/index.ts'
import { migrate } from '../../src/ports/db/migrate.ts'

type Migrations = Parameters<typeof migrate>[2]

/** @param open gives an engine on an empty database. */
export const databaseContract = (name: string, open: () => Promise<Engine>): void => {
  describe(`the database ${name}`, () => {
    let engine: Engine
    let db: Database
    beforeAll(async () => {
      engine = await open()
      db = openDatabase(engine)
    })
    afterAll(() => db.close())

    const namesIn = async (table: string): Promise<readonly string[]> => {
      const rows = await db.read.$queryRawUnsafe<{ name: string }[]>(`SELECT name FROM ${table} ORDER BY name`)
      return rows.map((row) => row.name)
    }

    describe('migrations', () => {
      const first = {
        name: '1_people',
        sql: "CREATE TABLE people (name TEXT PRIMARY KEY);\nINSERT INTO people VALUES ('Ann \"A\" O''Hara; --');",
      }
      const second = { name: '2_pets', sql: 'CREATE TABLE pets (name TEXT);\n-- the last line is a comment' }

      it('are applied once, in order, and named', async () => {
        expect(await migrate(engine, db, [first])).toEqual(['1_people'])
        expect(await migrate(engine, db, [first])).toEqual([])
        expect(await migrate(engine, db, [first, second])).toEqual(['2_pets'])
        expect(await migrate(engine, db, [first, second])).toEqual([])
        expect(await namesIn('people')).toEqual(['Ann "A" O\'Hara; --'])
      })

      it('are recorded as Prisma does, so that its own command can take turns', async () => {
        const rows = await db.read.$queryRaw<Record<string, unknown>[]>`
          SELECT "migration_name", length("checksum") AS checksum, "finished_at" IS NOT NULL AS finished, "applied_steps_count" AS steps,
            "rolled_back_at", length("id") AS id FROM "_prisma_migrations" ORDER BY "migration_name"`
        const row = { checksum: 64, finished: true, steps: 1, rolled_back_at: null, id: 36 }
        expect(rows).toEqual([
          { migration_name: '1_people', ...row },
          { migration_name: '2_pets', ...row },
        ])
      })

      it('refuse one that was changed after it was applied, before anything new is done', async () => {
        const third: Migrations = [
          { ...first, sql: `${first.sql} ` },
          second,
          { name: '3_new', sql: 'CREATE TABLE new (name TEXT)' },
        ]
        await expect(migrate(engine, db, third)).rejects.toThrow('1_people was changed after it was applied')
        await expect(namesIn('new')).rejects.toThrow()
      })

      it('roll back whole when one fails, keep what came before, and go on once it is mended', async () => {
        const good = { name: '4_good', sql: 'CREATE TABLE good (name TEXT)' }
        const bad = { name: '5_bad', sql: 'CREATE TABLE half (name TEXT); INSERT INTO nowhere VALUES (1);' }
        await expect(migrate(engine, db, [first, second, good, bad])).rejects.toThrow(/nowhere/)
        await expect(namesIn('half')).rejects.toThrow()
        expect(await namesIn('good')).toEqual([])
        const mended = { ...bad, sql: 'CREATE TABLE half (name TEXT)' }
        expect(await migrate(engine, db, [first, second, good, mended])).toEqual(['5_bad'])
      })

      it('are applied by one of two that come at once', async () => {
        const late = Array.from({ length: 5 }, (_, index) => ({
          name: `6_${index}`,
          sql: `CREATE TABLE late_${index} (name TEXT)`,
        }))
        const added = await Promise.all([migrate(engine, db, late), migrate(engine, db, late)])
        expect(added.map((names) => names.length).toSorted()).toEqual([0, 5])
      })
    })

    describe('a transaction', () => {
      beforeAll(() => migrate(engine, db, [{ name: '7_notes', sql: 'CREATE TABLE notes (name TEXT UNIQUE)' }]))

      it('is there as a whole once it is committed', async () => {
        const answer = await db.transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO notes VALUES ('a')`
          await tx.$executeRaw`INSERT INTO notes VALUES ('b')`
          return 'answer'
        })
        expect(answer).toBe('answer')
        expect(await namesIn('notes')).toEqual(['a', 'b'])
      })

      it('leaves nothing behind when its work throws, and throws the same', async () => {
        const error = new Error('changed my mind')
        const failing = db.transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO notes VALUES ('c')`
          throw error
        })
        await expect(failing).rejects.toBe(error)
        expect(await namesIn('notes')).toEqual(['a', 'b'])
      })

      it('leaves nothing behind when the database refuses part of it', async () => {
        const failing = db.transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO notes VALUES ('d')`
          await tx.$executeRaw`INSERT INTO notes VALUES ('a')`
        })
        await expect(failing).rejects.toThrow()
        expect(await namesIn('notes')).toEqual(['a', 'b'])
        expect(await db.ping()).toBe(true)
      })

      it('runs its hooks once each, in order, when everybody can see what they are about', async () => {
        const ran: string[] = []
        const once = () => ran.push('once')
        await db.transaction(async (tx) => {
          db.afterCommit(tx, once)
          db.afterCommit(tx, () => ran.push('then'))
          db.afterCommit(tx, once)
          await tx.$executeRaw`INSERT INTO notes VALUES ('e')`
          expect(ran).toEqual([])
        })
        expect(ran).toEqual(['once', 'then'])
      })

      it('runs no hook when it is rolled back', async () => {
        const ran: string[] = []
        const failing = db.transaction(async (tx) => {
          db.afterCommit(tx, () => ran.push('never'))
          throw new Error('no')
        })
        await expect(failing).rejects.toThrow('no')
        expect(ran).toEqual([])
      })

      it('succeeds although a hook fails, and runs the others', async () => {
        const ran: string[] = []
        const answer = await db.transaction(async (tx) => {
          db.afterCommit(tx, () => {
            throw new Error('broken hook')
          })
          db.afterCommit(tx, () => ran.push('next'))
          return 'committed'
        })
        expect([answer, ran]).toEqual(['committed', ['next']])
      })

      it('is needed for a hook: outside there is nothing to wait for', () => {
        expect(() => db.afterCommit(db.read, () => undefined)).toThrow(TypeError)
      })
    })

    it('answers a ping', async () => expect(await db.ping()).toBe(true))
  })
}

/** @param open gives a migrated database. */
export const uniqueContract = (name: string, open: () => Promise<Database>): void => {
  describe(`a unique column of the database ${name}`, () => {
    it('is told apart by its name when a write breaks it, inside a transaction and outside', async () => {
      const db = await open()
      const account = (id: string, email: string | null) => ({ data: { id, email, createdAt: new Date(0) } })
      const id = randomUUID()
      await db.read.account.create(account(id, 'ann@example.com'))
      const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
      const sameEmail = await failure(db.read.account.create(account(randomUUID(), 'ann@example.com')))
      expect([isUniqueViolation(sameEmail, 'email'), isUniqueViolation(sameEmail, 'name')]).toEqual([true, false])
      const sameId = await failure(db.transaction((tx) => tx.account.create(account(id, null))))
      expect(isUniqueViolation(sameId, 'email')).toBe(false)
      const inside = await failure(db.transaction((tx) => tx.account.create(account(randomUUID(), 'ann@example.com'))))
      expect(isUniqueViolation(inside, 'email')).toBe(true)
      expect(isUniqueViolation(new Error('email'), 'email')).toBe(false)
      expect(isUniqueViolation(await failure(db.read.account.findUniqueOrThrow({ where: { email: 'x' } })), 'email')).toBe(false)
      await db.close()
      expect(await db.ping()).toBe(false)
    })
  })
}
