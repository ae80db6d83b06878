/** What every engine promises of prepared statements: outside a transaction, in one of Prisma's, and in a bare one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BareTx, type Database, type Engine, openDatabase, prepared, rows, write } from '../../src/ports/db/index.ts'

const NAMES = prepared<{ name: string }>('SELECT "name" FROM "notes" ORDER BY "name"')
const ADD = prepared('INSERT INTO "notes" ("name") VALUES ($1)')
const KEEP = prepared<KeptRow>(`
  INSERT INTO "kinds" ("text", "number", "flag", "moment", "list", "json", "nothing") VALUES ($1, $2, $3, $4, $5, $6, $7)
  RETURNING "text", "number", "flag", "moment", "list", "json", "nothing"`)
const NO_TABLE = prepared('SELECT 1 FROM "nowhere"')

type KeptRow = {
  text: string
  number: number
  flag: boolean
  moment: Date
  list: string[]
  json: unknown
  nothing: string | null
}

/** @param open gives an engine on an empty database. */
export const preparedContract = (name: string, open: () => Promise<Engine>): void => {
  describe(`prepared statements of the database ${name}`, () => {
    let db: Database
    beforeAll(async () => {
      db = openDatabase(await open())
      await db.read.$executeRawUnsafe('CREATE TABLE "notes" ("name" TEXT UNIQUE)')
      await db.read.$executeRawUnsafe(`CREATE TABLE "kinds" ("text" TEXT, "number" INT, "flag" BOOL, "moment" TIMESTAMPTZ(3),
        "list" TEXT[], "json" JSONB, "nothing" TEXT)`)
    })
    afterAll(() => db.close())

    const namesIn = async (tx: BareTx = db.read): Promise<readonly string[]> => (await rows(tx, NAMES)).map((row) => row.name)

    const kinds: readonly (readonly [string, <T>(work: (tx: BareTx) => Promise<T>) => Promise<T>])[] = [
      ['outside a transaction', (work) => work(db.read)],
      ['in a transaction of Prisma’s', (work) => db.transaction(work)],
      ['in a bare transaction', (work) => db.bareTransaction(work)],
    ]

    describe.each(kinds)('%s', (kind, run) => {
      it('give back every kind of value as it was', async () => {
        const moment = new Date('2026-11-24T10:11:12.345Z')
        const list = ['a', 'b,"c', '{}']
        const json = { a: [1, 'x', null] }
        const [row] = await run((tx) => rows(tx, KEEP, 'tëxt', -5, true, moment, list, JSON.stringify(json), null))
        expect(row).toEqual({ text: 'tëxt', number: -5, flag: true, moment, list, json, nothing: null })
        const [seen] = await db.read.$queryRaw<{ moment: Date }[]>`SELECT "moment" FROM "kinds" LIMIT 1`
        expect(seen?.moment).toEqual(moment)
      })

      it('run in the order in which they were asked, also at once', async () => {
        const before = await namesIn()
        const added = await run(async (tx) => {
          const [first, , second] = await Promise.all([namesIn(tx), write(tx, ADD, `order ${kind}`), namesIn(tx)])
          return second.filter((one) => !first.includes(one))
        })
        expect(added).toEqual([`order ${kind}`])
        expect(await namesIn()).toEqual([...before, `order ${kind}`].toSorted())
      })
    })

    it('outside a transaction fail each for itself', async () => {
      const [good, bad, after] = await Promise.allSettled([namesIn(), rows(db.read, NO_TABLE), namesIn()])
      expect([good.status, bad.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })

    it('need a transaction that was handed in', () => {
      expect(() => rows({} as BareTx, NAMES)).toThrow(TypeError)
    })

    describe('a bare transaction', () => {
      const failureThatChangesNothing = async (work: () => Promise<unknown>): Promise<unknown> => {
        const names = await namesIn()
        const failure = await work().catch((error: unknown) => error)
        expect(await namesIn()).toEqual(names)
        return failure
      }

      it('may do nothing at all', async () => expect(await db.bareTransaction(async () => 'nothing')).toBe('nothing'))

      it('is not seen before its commit, and leaves nothing behind when its work throws', async () => {
        const error = new Error('changed my mind')
        const failure = await failureThatChangesNothing(() =>
          db.bareTransaction(async (tx) => {
            await write(tx, ADD, 'never')
            expect(await namesIn(tx)).toContain('never')
            throw error
          }),
        )
        expect(failure).toBe(error)
      })

      it('fails with what the database refused, although the refusal comes with the commit', async () => {
        await write(db.read, ADD, 'taken')
        const failure = await failureThatChangesNothing(() =>
          db.bareTransaction(async (tx) => {
            await write(tx, ADD, 'new')
            await write(tx, ADD, 'taken')
          }),
        )
        expect(failure).toMatchObject({ code: '23505' })
      })

      it('fails with the first thing that went wrong, whatever was asked behind it', async () => {
        const failure = await failureThatChangesNothing(() =>
          db.bareTransaction(async (tx) => {
            await write(tx, ADD, 'taken')
            await namesIn(tx)
          }),
        )
        expect(failure).toMatchObject({ code: '23505' })
      })

      it('lets nothing stay that a branch of its work asks behind the failure of another', async () => {
        await failureThatChangesNothing(() =>
          db.bareTransaction((tx) =>
            Promise.all([namesIn(tx).then(() => rows(tx, ADD, 'too late')), rows(tx, NO_TABLE)]).then(() => undefined),
          ),
        )
        expect(await namesIn()).not.toContain('too late')
      })

      it('does not commit what it was told failed, although its work goes on', async () => {
        const failure = await failureThatChangesNothing(() =>
          db.bareTransaction(async (tx) => {
            await write(tx, ADD, 'one')
            await rows(tx, NO_TABLE).catch(() => undefined)
            await write(tx, ADD, 'two')
          }),
        )
        expect(failure).toMatchObject({ code: '42P01' })
      })

      it('runs its hooks before and after the commit, and none when it is rolled back', async () => {
        const ran: string[] = []
        await db.bareTransaction(async (tx) => {
          db.beforeCommit(tx, async () => ran.push(`before: ${(await namesIn(tx)).includes('hooked')}`))
          db.afterCommit(tx, async () => ran.push(`after: ${(await namesIn()).includes('hooked')}`))
          await write(tx, ADD, 'hooked')
        })
        expect(ran).toEqual(['before: true', 'after: true'])
        const failing = db.bareTransaction(async (tx) => {
          db.afterCommit(tx, () => ran.push('never'))
          await write(tx, ADD, 'hooked')
        })
        await expect(failing).rejects.toThrow()
        expect(ran).toHaveLength(2)
      })
    })
  })
}
