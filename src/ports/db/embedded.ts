/** PostgreSQL in this process (PGlite): in memory, or in a folder that belongs to one process at a time. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import type { Engine } from './index.ts'
import { lockFolder } from './lock.ts'
import type { Asked, Begun, Rows } from './prepared.ts'

/** What asks PGlite, in a transaction or outside. */
type Queries = Readonly<{ query: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }> }>

const sendTo = async (to: Queries, asked: readonly Asked[]): Promise<readonly PromiseSettledResult<Rows>[]> => {
  const answers: PromiseSettledResult<Rows>[] = []
  for (const { statement, values } of asked)
    answers.push(...(await Promise.allSettled([to.query(statement.text, [...values]).then(({ rows }): Rows => rows)])))
  return answers
}

/** PGlite wants a function to run in a transaction; this one waits until it is told how to end. */
const begin = (pglite: PGlite): Promise<Begun> =>
  new Promise((resolve, reject) => {
    let over: (failed: boolean) => void = () => undefined
    const ending = new Promise<boolean>((settle) => {
      over = settle
    })
    const done = pglite.transaction(async (tx) => {
      const end = async (failed: boolean): Promise<void> => {
        over(failed)
        await done.catch(() => undefined)
      }
      resolve({
        send: (asked) => sendTo(tx, asked),
        commit: async (rest) => {
          const answers = await sendTo(tx, rest)
          const failed = answers.some(({ status }) => status === 'rejected')
          over(failed)
          return [...answers, ...(failed ? [] : await Promise.allSettled([done.then((): Rows => [])]))]
        },
        rollback: () => end(true),
      })
      if (await ending) await tx.rollback()
    })
    done.catch(reject)
  })

/** The engine on an open PGlite. @param unlock gives the folder back once it is closed. */
export const embeddedEngine = (pglite: PGlite, unlock: () => Promise<void> = async () => undefined): Engine => {
  let turn: Promise<unknown> = Promise.resolve()
  return {
    adapter: new PrismaPGlite(pglite),
    send: (asked) => sendTo(pglite, asked),
    begin: () => begin(pglite),
    exclusively: (work) => {
      const run = turn.then(() => work(async (sql) => void (await pglite.exec(sql))))
      turn = run.catch(() => undefined)
      return run
    },
    listen: () => async () => undefined, // nobody else seals
    ping: () =>
      pglite.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    close: async () => {
      if (!pglite.closed) await pglite.close()
      await unlock()
    },
  }
}

/**
 * @param folder where the data lives; null keeps it in memory.
 * @param seed a dumped data folder to start from, in memory only.
 * @throws if another process has the folder.
 */
export const openEmbedded = async (folder: string | null, seed?: Blob): Promise<Engine> => {
  if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = folder === null ? undefined : await lockFolder(folder)
  const pglite = await PGlite.create({
    ...(folder === null ? {} : { dataDir: join(folder, 'postgres') }),
    ...(seed === undefined ? {} : { loadDataDir: seed }),
    relaxedDurability: false,
  })
  return embeddedEngine(pglite, unlock)
}
