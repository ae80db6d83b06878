/**
 * The same suites on two engines: embedded always; PostgreSQL and Redis when DATABASE_URL and REDIS_URL say where they
 * are. In CI a missing service is a failure, never a silence.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const hasServices = Boolean(process.env.DATABASE_URL && process.env.REDIS_URL)
if (!hasServices && process.env.CI === 'true') throw new Error('CI needs DATABASE_URL and REDIS_URL.')
if (!hasServices) console.warn('DATABASE_URL and REDIS_URL are not set: the suites on PostgreSQL and Redis are left out.')

const project = (name: 'embedded' | 'services', exclude: string[]) => ({
  root,
  // two copies of graphql in one process refuse each other's types: everybody gets the one that packages require
  resolve: { alias: [{ find: /^graphql$/, replacement: `${root}node_modules/graphql/index.js` }] },
  test: {
    name,
    include: ['test/**/*.test.ts'],
    exclude,
    env: { GATEHOUSE_TEST_ENGINE: name },
    globalSetup: [`test/support/setup.${name}.ts`],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks' as const,
  },
})

/** Suites that need no engine run once; races, faults and several nodes need a server. */
const ONCE = [
  'test/*.test.ts',
  'test/browser/**',
  'test/demo/**',
  'test/kernel/**',
  'test/policy/**',
  'test/http/*.pure.test.ts',
  'test/features/message/texts/**',
]
const SERVICES_ONLY = ['test/**/*.services.test.ts']

export default defineConfig({
  root,
  test: {
    // one a core: a worker waits for its server, for PostgreSQL and Redis much of the time
    maxWorkers: 2,
    projects: [project('embedded', SERVICES_ONLY), ...(hasServices ? [project('services', ONCE)] : [])],
  },
})
