/** Passed to the Prisma CLI with --config. `generate` needs no engine: any executable satisfies the check, so nothing is downloaded. */
import { defineConfig } from 'prisma/config'

if (process.argv.includes('generate')) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
})
