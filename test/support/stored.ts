/** Everything that is in a database, to be held against what is in it later. */
import type { TestApp } from './app.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * Every row of every table, by the table's name, once what was under way is done; but how often a node has doubted Redis,
 * which comes and goes by itself.
 */
export const stored = async ({ app }: TestApp): Promise<Readonly<Record<string, readonly Row[]>>> => {
  await app.delivered()
  const tables = await app.db.read.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`
  const contents = tables.map(async ({ name }) => {
    const rows = await app.db.read.$queryRawUnsafe<{ row: Row }[]>(
      `SELECT to_jsonb(t) - 'copy_epoch' AS row FROM "${name}" t ORDER BY 1`,
    )
    return [name, rows.map(({ row }) => row)] as const
  })
  return Object.fromEntries(await Promise.all(contents))
}
