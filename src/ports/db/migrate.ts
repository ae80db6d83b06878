/**
 * Applies prisma/migrations in order, each in a transaction, and keeps Prisma's own `_prisma_migrations` table, so that
 * `prisma migrate deploy` and this runner can take turns. One node applies while the others wait.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Database, Engine } from './index.ts'

export type Migration = Readonly<{ name: string; sql: string }>

/** @param folder URL of prisma/migrations/, with a slash at its end. */
export const readMigrations = (folder: URL): readonly Migration[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8') }))

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * @returns the names of the migrations that were applied now.
 * @throws if one fails (it is rolled back whole), or if an applied one was edited since.
 */
export const migrate = (engine: Engine, database: Database, migrations: readonly Migration[]): Promise<readonly string[]> =>
  engine.exclusively(async (exec) => {
    await exec(TABLE)
    const rows = await database.read.$queryRaw<{ migration_name: string; checksum: string }[]>`
      SELECT "migration_name", "checksum" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL AND "finished_at" IS NOT NULL`
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]))
    const added: string[] = []
    for (const { name, sql } of migrations) {
      const checksum = createHash('sha256').update(sql).digest('hex')
      const known = applied.get(name)
      if (known !== undefined && known !== checksum) throw new Error(`Migration ${name} was changed after it was applied.`)
      if (known !== undefined) continue
      await exec(`BEGIN; ${sql}
        ; INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
        VALUES (gen_random_uuid()::text, ${literal(checksum)}, ${literal(name)}, now(), 1); COMMIT`).catch(
        async (error: unknown) => {
          await exec('ROLLBACK')
          throw error
        },
      )
      added.push(name)
    }
    return added
  })
