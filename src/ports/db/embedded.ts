/** PostgreSQL in this process (PGlite): in memory, or in a folder that belongs to one process at a time. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import type { Engine } from './index.ts'
import { lockFolder } from './lock.ts'

/**
 * @param folder where the data lives; null keeps it in memory.
 * @param seed a dumped data folder to start from, in memory only.
 * @throws if another process has the folder.
 */
export const openEmbedded = async (folder: string | null, seed?: Blob): Promise<Engine> => {
  if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = folder === null ? async () => undefined : await lockFolder(folder)
  const pglite = await PGlite.create({
    ...(folder === null ? {} : { dataDir: join(folder, 'postgres') }),
    ...(seed === undefined ? {} : { loadDataDir: seed }),
    relaxedDurability: false,
  })
  let turn: Promise<unknown> = Promise.resolve()
  return {
    adapter: new PrismaPGlite(pglite),
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
