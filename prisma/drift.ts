/**
 * Holds the migrations against schema.prisma with Prisma's own schema engine (as WebAssembly: nothing is downloaded).
 *
 *   npm run migration:check          exits 1 and prints the SQL that is missing, if the folder and the schema disagree
 *   npm run migration:new -- NAME    writes that SQL to prisma/migrations/<time>_<NAME>/migration.sql
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'

/** Node has it; the Node 20 types do not. */
declare const WebAssembly: {
  instantiate: (bytes: Uint8Array, imports: object) => Promise<{ instance: { exports: Record<string, unknown> } }>
}

const folder = new URL('./migrations/', import.meta.url)
const filters = { externalTables: [], externalEnums: [] }

const openEngine = async (datamodel: string) => {
  const engine = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const wasm = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(await readFile(wasm), { './schema_engine_bg.js': engine })
  engine.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(new PGlite()))
  return engine.SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => undefined, adapter)
}

const migrations = () =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: readFileSync(new URL(`${path}/migration.sql`, folder), 'utf8') },
      },
    }))

/** The SQL that leads from the migrations folder to schema.prisma; empty when they agree. */
export const missingSql = async (): Promise<string> => {
  const schema = readFileSync(new URL('./schema.prisma', import.meta.url), 'utf8')
  const engine = await openEngine(schema)
  const { stdout } = await engine.diff({
    from: {
      tag: 'migrations',
      baseDir: 'migrations',
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: migrations(),
    } as never, // the engine's own type is a union of every target; this one is the migrations folder
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
    script: true,
    exitCode: null,
    filters,
  })
  const sql = (stdout ?? '').trim()
  return sql === '-- This is an empty migration.' ? '' : sql
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [command, name] = process.argv.slice(2)
  const sql = await missingSql()
  if (command === 'new' && name && sql) {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
    const target = join(folder.pathname, `${stamp}_${name}`)
    mkdirSync(target)
    writeFileSync(join(target, 'migration.sql'), `${sql}\n`)
    console.log(`wrote ${stamp}_${name}`)
  } else {
    console.log(sql || 'the migrations and schema.prisma agree')
    if (sql) process.exitCode = 1
  }
  process.exit()
}
