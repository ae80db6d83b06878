/** What the rows share: one seeded database, one Gatehouse on PostgreSQL and Redis, and the limit server beside it. */
import { execFileSync } from 'node:child_process'
import { type BenchDatabase, makeDatabase, seed, tokenOf } from './database.ts'
import { type Answer, post } from './http.ts'
import { closedLoop } from './load.ts'
import { type Server, startGatehouse, startLimit } from './server.ts'
import { median, percentile } from './stats.ts'

export type Measured = Readonly<{
  figures: Readonly<Record<string, number>>
  /** The figures in words, for the table. */
  says: string
  met: boolean
}>

export type Row = Readonly<{ id: string; what: string; target: string; measure: (stage: Stage) => Promise<Measured> }>

export type Stage = Readonly<{
  full: boolean
  /** How many subscribers there are in the rows about many; as many people are in the database, and more. */
  subscribers: number
  database: BenchDatabase
  ours: Server
  limit: Server
  /** What earlier rows have measured, by the row's id. */
  measured: Map<string, Measured>
}>

const PEOPLE = { short: 2_500, full: 12_000 }
const SUBSCRIBERS = { short: 2_000, full: 10_000 }

/** The generator keeps off the servers' core, as far as the machine lets it. */
const pinSelf = (): void => {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)], { stdio: 'ignore' })
  } catch {
    // one core, or no taskset: the ratios still hold, since both servers suffer alike
  }
}

export const openStage = async (full: boolean): Promise<Stage & Readonly<{ close: () => Promise<void> }>> => {
  const database = await makeDatabase()
  const ours = await startGatehouse({ databaseUrl: database.url })
  await seed(database, full ? PEOPLE.full : PEOPLE.short)
  const [row] = await database.query('SELECT name FROM installation')
  const limit = await startLimit(`gatehouse:${row?.name}`)
  pinSelf()
  return {
    full,
    subscribers: full ? SUBSCRIBERS.full : SUBSCRIBERS.short,
    database,
    ours,
    limit,
    measured: new Map(),
    close: async () => {
      await Promise.all([ours.stop(), limit.stop()])
      await database.drop()
    },
  }
}

export const ME = '{ account { id email name } }'

export const cookieOf = (token: string): Record<string, string> => ({ cookie: `gatehouse=${token}` })

/** Whether somebody was told who he is. */
const isSomebody = ({ status, body }: Answer): boolean => status === 200 && body.includes('"id":"acc_')

export type Reads = Readonly<{ cpu: number; perSecond: number; p50: number; p99: number; failed: number }>

type ReadOptions = Readonly<{
  query?: string
  token?: string
  seconds?: number
  connections?: number
  good?: (answer: Answer) => boolean
}>

/** Authenticated reads by cookie, 32 at a time. @returns CPU microseconds of the server for each. */
export const reads = async (server: Server, options: ReadOptions = {}): Promise<Reads> => {
  const { query = ME, token = tokenOf(0), seconds = 1.2, connections = 32, good = isSomebody } = options
  const request = post(query, {}, cookieOf(token))
  const before = server.cpu()
  const load = await closedLoop({ port: server.port, connections, seconds, request: () => request, good })
  return {
    cpu: (server.cpu() - before) / load.answered,
    perSecond: load.answered / load.seconds,
    p50: percentile(load.milliseconds, 0.5),
    p99: percentile(load.milliseconds, 0.99),
    failed: load.failed,
  }
}

/** @returns the middle of several runs, each figure by itself. */
export const middle = (runs: readonly Reads[]): Reads => ({
  cpu: median(runs.map(({ cpu }) => cpu)),
  perSecond: median(runs.map(({ perSecond }) => perSecond)),
  p50: median(runs.map(({ p50 }) => p50)),
  p99: median(runs.map(({ p99 }) => p99)),
  failed: runs.reduce((sum, { failed }) => sum + failed, 0),
})

/** Runs each in turn, round after round, so that a busy moment of the machine meets all alike. The first round warms up. */
export const interleave = async <T>(rounds: number, runs: readonly (() => Promise<T>)[]): Promise<T[][]> => {
  for (const run of runs) await run()
  const results: T[][] = runs.map(() => [])
  for (let round = 0; round < rounds; round++) for (const [index, run] of runs.entries()) results[index]?.push(await run())
  return results
}
