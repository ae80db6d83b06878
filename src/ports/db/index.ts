/**
 * The database port: Prisma on PostgreSQL, on a server or in this process. One implementation of every query on two
 * engines; an adapter only says how to reach one.
 */
import { setTimeout } from 'node:timers/promises'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { isConflict } from './errors.ts'
import { Prisma, PrismaClient } from './generated/client.ts'
import { apart, type Begun, inTransaction, type Line, type Send, type Statement, type Value } from './prepared.ts'

export { asRefusal, isUniqueViolation } from './errors.ts'
export { columns, prepared } from './prepared.ts'

declare const brand: unique symbol

/** Where prepared statements are asked: `rows` and `write` take it. A transaction without Prisma is no more than that. */
export type BareTx = Readonly<{ [brand]: 'database' }>

export type Tx = Prisma.TransactionClient & BareTx

export type DatabaseConfig = Readonly<
  { kind: 'postgres'; url: string } | { kind: 'embedded'; folder: string | null; seed?: Blob }
>

/** One way to reach a PostgreSQL. `exec` runs many statements of plain SQL, for migrations. */
export type Engine = Readonly<{
  adapter: SqlDriverAdapterFactory
  /** Prepared statements outside a transaction; one that fails does not touch the others. */
  send: Send
  /** A transaction without Prisma. */
  begin: () => Promise<Begun>
  /** Runs `work` while no other node does the same, and hands it a way to run plain SQL scripts. */
  exclusively: <T>(work: (exec: (sql: string) => Promise<void>) => Promise<T>) => Promise<T>
  /** Hears when any node has sealed events, and up to where, if that is known; a hint, which may be lost. @returns how to stop. */
  listen: (ring: (position: string) => void) => () => Promise<void>
  /** Whether the engine answers. */
  ping: () => Promise<boolean>
  close: () => Promise<void>
}>

/** Something to do around a commit. */
type Hook = () => unknown

type Hooks = Readonly<{ before: Set<Hook>; after: Set<Hook> }>

export type Database = Readonly<{
  /** Reads outside a transaction. */
  read: Tx
  /**
   * Runs `work` in one transaction and commits it, then waits for the hooks that were asked for. Where PostgreSQL rolled
   * it back for the sake of another, `work` runs again: it must do nothing but what is rolled back with it.
   * @throws whatever `work` throws; then nothing is written.
   */
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  /**
   * The same without Prisma, for what happens all the time: prepared statements only, at an eighth of the price. What is
   * asked at once travels together, and writes travel with the commit.
   */
  bareTransaction: <T>(work: (tx: BareTx) => Promise<T>) => Promise<T>
  /** Asks for `hook` to run as the last thing before the commit of `tx`. */
  beforeCommit: (tx: BareTx, hook: Hook) => void
  /** Asks for `hook` to run after the commit of `tx`; asking with the same function again changes nothing. */
  afterCommit: (tx: BareTx, hook: Hook) => void
  /** Hears when any node has sealed events, and up to where, if that is known; a hint, which may be lost. @returns how to stop. */
  listen: (ring: (position: string) => void) => () => Promise<void>
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

/** Before the next try, in milliseconds: whoever waited for the other's locks must get them first, or they meet again. */
const PAUSE_MS = 25

/** Whoever asks for a hook looks after its failures: to the caller they would look like those of his transaction. */
const runApart = async (hook: Hook): Promise<void> => {
  try {
    await hook()
  } catch {
    // the transaction goes on, or stays committed, and the other hooks run as well
  }
}

const lines = new WeakMap<BareTx, Line>()

const lineOf = (tx: BareTx): Line => {
  const line = lines.get(tx)
  if (line === undefined) throw new TypeError('statements need the transaction that was handed in, or `read`')
  return line
}

/** Runs a prepared statement. Several that are asked at once run in that order. @returns its rows. */
export const rows = <Row>(tx: BareTx, statement: Statement<Row>, ...values: readonly Value[]): Promise<readonly Row[]> =>
  lineOf(tx).rows({ statement, values }) as Promise<readonly Row[]> // the statement says what its rows are

/**
 * Runs a prepared statement of which nothing is read. In a bare transaction it is done with the next question or the commit,
 * and it is that which fails if the statement does.
 */
export const write = (tx: BareTx, statement: Statement<never>, ...values: readonly Value[]): Promise<void> =>
  lineOf(tx).write({ statement, values })

/** Prepared statements in a transaction that Prisma has begun: one after the other, each with Prisma's own work. */
const throughPrisma = (tx: Prisma.TransactionClient): Line => {
  let last: Promise<unknown> = Promise.resolve()
  const ask: Line['rows'] = ({ statement, values }) => {
    const answer = last.then(() => tx.$queryRawUnsafe<unknown[]>(statement.text, ...values))
    last = answer.catch(() => undefined)
    return answer
  }
  return { rows: ask, write: async (asked) => void (await ask(asked)) }
}

/** Puts Prisma on an engine. The migrations must have been applied. */
export const openDatabase = (engine: Engine): Database => {
  const client = new PrismaClient({ adapter: engine.adapter, transactionOptions: PATIENCE })
  const read = client as unknown as Tx // the brand is for the compiler alone
  lines.set(read, apart(engine.send))
  const hooks = new WeakMap<BareTx, Hooks>()
  const ask = (tx: BareTx, moment: keyof Hooks, hook: Hook): void => {
    const wanted = hooks.get(tx)
    if (wanted === undefined) throw new TypeError('hooks need the transaction that was handed in')
    wanted[moment].add(hook)
  }
  const runAll = (wanted: ReadonlySet<Hook>) => Promise.all([...wanted].map(runApart))

  const throughEngine = async <T>(work: (tx: BareTx) => Promise<T>): Promise<T> => {
    const begun = await engine.begin()
    const { line, commit } = inTransaction(begun)
    const tx = {} as BareTx
    lines.set(tx, line)
    try {
      const result = await work(tx)
      await commit()
      return result
    } catch (error) {
      await begun.rollback()
      throw error
    }
  }

  /** Tries again where the engine asks for it. @param begin runs its work in a transaction of one of the two kinds. */
  const attempt = async <T, AnyTx extends BareTx>(
    begin: (work: (tx: AnyTx) => Promise<T>) => Promise<T>,
    work: (tx: AnyTx) => Promise<T>,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const wanted: Hooks = { before: new Set(), after: new Set() }
      try {
        const result = await begin(async (tx) => {
          hooks.set(tx, wanted)
          const done = await work(tx)
          await runAll(wanted.before)
          return done
        })
        await runAll(wanted.after)
        return result
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error
        await setTimeout(PAUSE_MS * attempt)
      }
    }
  }

  return {
    read,
    transaction: <T>(work: (tx: Tx) => Promise<T>) =>
      attempt<T, Tx>(
        (inside) =>
          client.$transaction((prisma) => {
            const tx = prisma as unknown as Tx
            lines.set(tx, throughPrisma(tx))
            return inside(tx)
          }),
        work,
      ),
    bareTransaction: (work) => attempt(throughEngine, work),
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

/** Advisory locks, by what they keep apart. */
export const ADVISORY_LOCKS = {
  /** A change of the security settings, and every transaction that acts on them ("gatepol1" in ASCII). */
  policy: 7449363241938021425n,
  /** Revocations of API keys. */
  revokingKeys: 7449363241938021426n,
} as const

/** SQL with its values apart: the tagged template for raw queries. */
export const sql = Prisma.sql

/** A constant of ours as a part of such SQL. Never what somebody typed. */
export const raw = Prisma.raw

/** A part of such SQL. */
export type Sql = Prisma.Sql
