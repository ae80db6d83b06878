/**
 * A data folder that hundreds of embedded databases begin with, so as small as it goes and cheap to begin with: without
 * PostgreSQL's own templates, which nobody here copies, with the last of the log only, and with buffers that are filled with
 * zeros in a moment. What a database does is the same.
 */
import type { PGlite } from '@electric-sql/pglite'

/** For PGlite.create: segments of the log are 1 MB instead of 16. */
export const SMALL_LOG = { initDbStartParams: ['--wal-segsize=1'] }

const BLOCK = 512

const textAt = (tar: Buffer, from: number, length: number): string =>
  tar.toString('latin1', from, from + length).replace(/\0.*$/s, '')

/** @returns the archive with only the entries whose path is wanted. */
const filtered = (tar: Buffer, isWanted: (path: string) => boolean): Buffer => {
  const kept: Buffer[] = []
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const [name, size, prefix] = [textAt(tar, at, 100), textAt(tar, at + 124, 12), textAt(tar, at + 345, 155)]
    const end = at + BLOCK * (1 + Math.ceil(Number.parseInt(size, 8) / BLOCK))
    if (isWanted(`${prefix}/${name}`)) kept.push(tar.subarray(at, end))
    at = end
  }
  return Buffer.concat([...kept, Buffer.alloc(2 * BLOCK)])
}

type Facts = Readonly<{ own: number; log: string }>

/** @returns the data folder of a migrated database, as an archive that `loadDataDir` takes. */
export const seedOf = async (pglite: PGlite): Promise<Buffer> => {
  await pglite.exec("ALTER SYSTEM SET shared_buffers = '8MB'")
  await pglite.exec('CHECKPOINT')
  const { rows } = await pglite.query<Facts>(`
    SELECT pg_walfile_name(redo_lsn) AS log, (SELECT oid::int FROM pg_database WHERE datname = current_database()) AS own
    FROM pg_control_checkpoint()`)
  const { own, log } = rows[0] ?? { own: 0, log: '' }
  const dump = await pglite.dumpDataDir('none')
  return filtered(Buffer.from(await dump.arrayBuffer()), (path) => {
    const [, database] = /\/base\/(\d+)\//.exec(path) ?? []
    const [, segment] = /\/pg_wal\/([0-9A-F]{24})$/.exec(path) ?? []
    return (database === undefined || Number(database) === own) && (segment === undefined || segment >= log)
  })
}
