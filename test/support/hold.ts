/** Keeps what others need, so that they stop where they are until the test lets go. */
import { expect, onTestFinished } from 'vitest'
import type { TestApp } from './app.ts'

/** @param take takes it, in a transaction that stays open. @returns how to let go. */
const hold = async (app: TestApp, take: (run: (sql: string) => Promise<unknown>) => Promise<unknown>) => {
  let [taken, release] = [(): void => undefined, (): void => undefined]
  const isTaken = new Promise<void>((resolve) => (taken = resolve))
  const until = new Promise<void>((resolve) => (release = resolve))
  let last: readonly string[] = []
  const holding = app.app.db.transaction(async (tx) => {
    await take((sql) => tx.$executeRawUnsafe(sql))
    taken()
    await until
    for (const sql of last) await tx.$executeRawUnsafe(sql)
  })
  onTestFinished(() => {
    release() // also where the test did not come so far
    return holding
  })
  await Promise.race([isTaken, holding])
  /** @param statements run before it ends. */
  return async (...statements: readonly string[]): Promise<void> => {
    last = statements
    release()
    await holding
  }
}

/** Nobody else can even read these; on PGlite, whose only connection this takes, nobody can do anything. */
export const holdTables = (app: TestApp, ...tables: readonly string[]) =>
  hold(app, (run) => run(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`))

/** Nobody else can change or lock this row. */
export const holdRow = (app: TestApp, table: 'accounts' | 'api_keys' | 'teams', id: string) =>
  hold(app, (run) => run(`SELECT 1 FROM ${table} WHERE id = '${id}' FOR NO KEY UPDATE`))

/** Waits until so many questions of this database, or of those that read like this, wait for a lock. Services only. */
export const untilWaiting = (app: TestApp, count: number, like = '%'): Promise<void> =>
  expect
    .poll(
      async () => {
        const [row] = await app.app.db.read.$queryRaw<{ count: number }[]>`
          SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            AND query LIKE ${like}`
        return row?.count
      },
      { interval: 5 },
    )
    .toBe(count)
