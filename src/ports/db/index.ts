/**
 * The database port: Prisma on PostgreSQL, on a server or in this process. One implementation of every query on two
 * engines; an adapter only says how to reach one.
 */
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { serviceUnavailable } from '../../kernel/errors.ts'
import { Prisma, PrismaClient } from './generated/client.ts'

export type Tx = Prisma.TransactionClient

export type DatabaseConfig = Readonly<
  { kind: 'postgres'; url: string } | { kind: 'embedded'; folder: string | null; seed?: Blob }
>

/** One way to reach a PostgreSQL. `exec` runs many statements of plain SQL, for migrations. */
export type Engine = Readonly<{
  adapter: SqlDriverAdapterFactory
  /** Runs `work` while no other node does the same, and hands it a way to run plain SQL scripts. */
  exclusively: <T>(work: (exec: (sql: string) => Promise<void>) => Promise<T>) => Promise<T>
  /** Hears when any node has sealed events; a hint, which may be lost. @returns how to stop. */
  listen: (ring: () => void) => () => Promise<void>
  /** Whether the engine answers. */
  ping: () => Promise<boolean>
  close: () => Promise<void>
}>

/** Something to do around a commit. */
type Hook = () => unknown

export type Database = Readonly<{
  /** Reads outside a transaction. */
  read: Tx
  /**
   * Runs `work` in one transaction and commits it, then waits for the hooks that were asked for. Where PostgreSQL rolled
   * it back for the sake of another, `work` runs again: it must do nothing but what is rolled back with it.
   * @throws whatever `work` throws; then nothing is written.
   */
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  /** Asks for `hook` to run as the last thing before the commit of `tx`. */
  beforeCommit: (tx: Tx, hook: Hook) => void
  /** Asks for `hook` to run after the commit of `tx`; asking with the same function again changes nothing. */
  afterCommit: (tx: Tx, hook: Hook) => void
  /** Hears when any node has sealed events; a hint, which may be lost. @returns how to stop. */
  listen: (ring: () => void) => () => Promise<void>
  ping: () => Promise<boolean>
  close: () => Promise<void>
}>

/** How long a transaction may wait for a connection, and last, in milliseconds. */
const PATIENCE = { maxWait: 10_000, timeout: 20_000 } as const

/** @throws if the engine cannot be reached, or the embedded folder belongs to another process. */
export const openEngine = async (config: DatabaseConfig): Promise<Engine> =>
  config.kind === 'postgres'
    ? (await import('./postgres.ts')).openPostgres(config.url)
    : (await import('./embedded.ts')).openEmbedded(config.folder, config.seed)

/** How often a transaction that PostgreSQL gave up for another's sake is tried in all. */
const ATTEMPTS = 3

/** Two transactions that waited for each other, or changed the same thing: PostgreSQL rolled one back whole (40P01, 40001). */
const isConflict = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError &&
  (error.code === 'P2034' || /40P01|40001|TransactionWriteConflict/.test(JSON.stringify(error.meta ?? {})))

/** Whoever asks for a hook looks after its failures: to the caller they would look like those of his transaction. */
const runApart = async (hook: Hook): Promise<void> => {
  try {
    await hook()
  } catch {
    // the transaction goes on, or stays committed, and the other hooks run as well
  }
}

/** Puts Prisma on an engine. The migrations must have been applied. */
export const openDatabase = (engine: Engine): Database => {
  const client = new PrismaClient({ adapter: engine.adapter, transactionOptions: PATIENCE })
  const hooks = new WeakMap<Tx, Readonly<{ before: Set<Hook>; after: Set<Hook> }>>()
  const ask = (tx: Tx, moment: 'before' | 'after', hook: Hook): void => {
    const wanted = hooks.get(tx)
    if (wanted === undefined) throw new TypeError('hooks need the transaction client')
    wanted[moment].add(hook)
  }
  const runAll = (wanted: ReadonlySet<Hook>) => Promise.all([...wanted].map(runApart))
  return {
    read: client,
    transaction: async (work) => {
      for (let attempt = 1; ; attempt++) {
        const wanted = { before: new Set<Hook>(), after: new Set<Hook>() }
        try {
          const result = await client.$transaction(async (tx) => {
            hooks.set(tx, wanted)
            const done = await work(tx)
            await runAll(wanted.before)
            return done
          })
          await runAll(wanted.after)
          return result
        } catch (error) {
          if (attempt === ATTEMPTS || !isConflict(error)) throw error
        }
      }
    },
    beforeCommit: (tx, hook) => ask(tx, 'before', hook),
    afterCommit: (tx, hook) => ask(tx, 'after', hook),
    listen: engine.listen,
    ping: engine.ping,
    close: async () => {
      await client.$disconnect()
      await engine.close()
    },
  }
}

/** How both engines say that every connection stayed busy for as long as anybody may wait for one. */
const STARVED = /^timeout exceeded when trying to connect$|Unable to start a transaction in the given time/

/** When it is worth asking again, in seconds. */
const RETRY_AFTER_SECONDS = 2

/** @returns SERVICE_UNAVAILABLE for what is no fault but too much to do at once; anything else as it is. */
export const asRefusal = (error: unknown): unknown =>
  error instanceof Error && STARVED.test(error.message) ? serviceUnavailable(RETRY_AFTER_SECONDS) : error

/** Advisory locks, by what they keep apart. */
export const ADVISORY_LOCKS = {
  /** A change of the security settings, and every transaction that acts on them ("gatepol1" in ASCII). */
  policy: 7449363241938021425n,
} as const

/** SQL with its values apart: the tagged template for raw queries. */
export const sql = Prisma.sql

/** How Prisma hands on what the driver said: the columns, or the name of the index, of the constraint. */
type BrokenConstraint = { driverAdapterError?: { cause?: { constraint?: { fields?: readonly string[]; index?: string } } } }

/** Whether a write broke the unique constraint on that column. Not for primary keys: a server names their index only. */
export const isUniqueViolation = (error: unknown, column: string): boolean => {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') return false
  const { constraint } = (error.meta as BrokenConstraint | undefined)?.driverAdapterError?.cause ?? {} // Prisma leaves it untyped
  return constraint?.fields?.includes(column) ?? constraint?.index?.endsWith(`_${column}_key`) ?? false
}
