/** Once a run: a migrated data folder in memory, dumped, so that each test file starts from it in a moment. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { TestProject } from 'vitest/node'
import { embeddedEngine } from '../../src/ports/db/embedded.ts'
import { openDatabase } from '../../src/ports/db/index.ts'
import { migrate, readMigrations } from '../../src/ports/db/migrate.ts'
import { SMALL_LOG, seedOf } from './seed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a dumped, migrated data folder. */
    seedFile: string
    /** Name of a migrated database to copy. */
    templateDatabase: string
  }
}

export default async (project: TestProject): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  const pglite = await PGlite.create(SMALL_LOG)
  const engine = embeddedEngine(pglite)
  const database = openDatabase(engine)
  await migrate(engine, database, readMigrations(new URL('../../prisma/migrations/', import.meta.url)))
  const file = join(folder, 'seed.tar')
  writeFileSync(file, await seedOf(pglite))
  await database.close()
  project.provide('seedFile', file)
  project.provide('templateDatabase', '')
  return () => rmSync(folder, { recursive: true, force: true })
}
