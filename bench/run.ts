/**
 * `npm run bench [-- --full] [T1 T5 …]`: measures, prints a table, writes bench/results.json and
 * the tables of README.md and docs/performance.md. Needs PostgreSQL and Redis
 * (DATABASE_URL, REDIS_URL), in which it makes and drops databases of its own, and Linux, for the CPU time of a process.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { Redis } from 'ioredis'
import { type Results, tableOf, withResults } from './kit/report.ts'
import { REDIS } from './kit/server.ts'
import { type Measured, openStage, type Stage } from './kit/stage.ts'
import { short } from './kit/stats.ts'
import { ROWS } from './rows.ts'

const RESULTS = new URL('results.json', import.meta.url)

/** Hold the table. */
const PAGES = ['../README.md', '../docs/performance.md'].map((path) => new URL(path, import.meta.url))

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version

const versions = async ({ database }: Stage): Promise<Record<string, string>> => {
  const redis = new Redis(REDIS)
  const info = await redis.info('server')
  redis.disconnect()
  const [row] = await database.query('SHOW server_version')
  return {
    node: process.versions.node,
    postgresql: String(row?.server_version),
    redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    ...Object.fromEntries(
      ['graphql', 'graphql-yoga', '@prisma/client', 'ioredis', 'graphql-ws'].map((name) => [name, versionOf(name)]),
    ),
  }
}

const failed = (error: unknown): Measured => ({
  figures: {},
  says: `could not be measured: ${error instanceof Error ? error.message : String(error)}`,
  met: false,
})

const main = async (): Promise<void> => {
  const words = process.argv.slice(2)
  const full = words.includes('--full')
  const wanted = words.filter((word) => /^T\d+$/.test(word))
  const rows = ROWS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
  const began = performance.now()
  const load = loadavg()[0] ?? 0
  const stage = await openStage(full)
  try {
    for (const row of rows) {
      const measured = await row.measure(stage).catch(failed)
      stage.measured.set(row.id, measured)
      process.stderr.write(`${short((performance.now() - began) / 1000).padStart(6)} s  ${row.id}  ${measured.says}\n`)
    }
    const inOrder = [...rows].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))
    const measured = inOrder.map(({ id, what, target }) => ({
      id,
      what,
      target,
      ...(stage.measured.get(id) ?? failed('skipped')),
    }))
    console.log(tableOf(measured))
    if (wanted.length > 0) return // a part of the table is for looking, not for keeping
    const results: Results = {
      date: new Date().toISOString(),
      full,
      machine: {
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        memoryGigabytes: Math.round(totalmem() / 1e9),
        loadBefore: load,
      },
      versions: await versions(stage),
      seconds: Math.round((performance.now() - began) / 1000),
      rows: measured,
    }
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
    for (const page of PAGES) writeFileSync(page, withResults(readFileSync(page, 'utf8'), results))
  } finally {
    await stage.close()
  }
}

await main()
