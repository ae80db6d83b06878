import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { type Database, openDatabase, openEngine } from '../../src/ports/db/index.ts'
import { type LimiterConfig, openLimiter } from '../../src/ports/limiter/index.ts'
import { freshDatabase, onServices } from '../support/engines.ts'
import { memoryLog } from './bus.contract.ts'
import { limiterContract } from './limiter.contract.ts'

const database = await freshDatabase()
const config = onServices()
  ? ({ kind: 'postgres', url: database.env.DATABASE_URL ?? '' } as const)
  : ({ kind: 'embedded', folder: null, ...(database.seed === undefined ? {} : { seed: database.seed }) } as const)
const open: Database[] = []

afterAll(async () => {
  for (const db of open) await db.close()
  await database.drop()
})

const onDatabase = async (): Promise<Database> => {
  const db = openDatabase(await openEngine(config))
  open.push(db)
  return db
}

const db = await onDatabase()

const opened = async (limiter: LimiterConfig, on = db) => {
  const node = await openLimiter(limiter, on, memoryLog().log)
  afterAll(() => node.close())
  return node
}

if (onServices()) {
  const redis = { kind: 'redis', url: process.env.REDIS_URL ?? '', prefix: `gatehouse-test:${randomUUID()}` } as const
  limiterContract('in Redis', async () => [await opened(redis), await opened(redis)])
  limiterContract('in PostgreSQL', async () => [
    await opened({ kind: 'postgres' }),
    await opened({ kind: 'postgres' }, await onDatabase()),
  ])
} else {
  limiterContract('inside one process', async () => {
    const node = await opened({ kind: 'embedded' })
    return [node, node]
  })
  limiterContract('in the embedded PostgreSQL', async () => [
    await opened({ kind: 'postgres' }),
    await opened({ kind: 'postgres' }),
  ])
}
