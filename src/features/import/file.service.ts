/**
 * Taking in a file of accounts, however long, in constant memory. How far it came is written with the rows themselves, so
 * whoever is killed goes on where he stopped, and no row goes in twice.
 */
import { DomainError, forbidden } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/time.ts'
import { IMPORTS } from '../../policy/bounds.ts'
import type { AccountFile, FileRow, Refusals } from '../../ports/account-file/index.ts'
import type { Database } from '../../ports/db/index.ts'
import { SYSTEM } from '../event/event.ts'
import type { Bringer, ImportService } from './import.service.ts'
import * as store from './import.store.ts'
import { type ImportedRow, sayInvalid } from './import.ts'

export type Progress = store.Checkpoint

export type FileImport = Readonly<{
  file: AccountFile
  /** How the file says what a row is; may refuse one, with a reason. */
  read: (value: Readonly<Record<string, unknown>>) => ImportedRow | Readonly<{ refused: string }>
  /** Where the rows go that are refused. */
  refusals: Refusals
  /** Tells this file, read this way, from others. */
  name: string
  dryRun: boolean
  /** Begins anew although the file was begun or finished before. */
  restart: boolean
  /** Whether rows may make operators. */
  admitAdmins: boolean
  onProgress: (progress: Progress) => void
}>

/** `resumedAt`: how many rows were in when it began; `wasFinished`: there was nothing left to do. */
export type Report = Progress & Readonly<{ resumedAt: number; wasFinished: boolean }>

type Needs = Readonly<{ db: Database; clock: Clock; imports: ImportService }>

const NOTHING: Progress = { rows: 0, imported: 0, refused: 0, refusedBytes: 0 }

/** So many rows, or so many bytes of them, whichever comes first. */
async function* batches(rows: AsyncIterable<FileRow>): AsyncGenerator<readonly FileRow[]> {
  let batch: FileRow[] = []
  let bytes = 0
  for await (const row of rows) {
    batch.push(row)
    bytes += row.bytes
    if (batch.length < IMPORTS.accounts && bytes < IMPORTS.batchBytes) continue
    yield batch
    ;[batch, bytes] = [[], 0]
  }
  if (batch.length > 0) yield batch
}

export const fileImportService = ({ db, clock, imports }: Needs) => {
  const bringerOf = (admitAdmins: boolean): Bringer => ({
    actor: SYSTEM,
    ip: null,
    mayNot: (isOperator) =>
      isOperator && !admitAdmins ? forbidden('The label "admin" makes an operator. Say --admit-admins if that is meant.') : null,
  })

  /** Takes a batch in and moves on, both or neither. */
  const takeBatch = (batch: readonly FileRow[], from: Progress, { read, refusals, name, dryRun, admitAdmins }: FileImport) =>
    imports.inTransaction(dryRun, async (tx): Promise<Progress> => {
      const readings = batch.map((row) => ('problem' in row ? { refused: row.problem } : read(row.value)))
      const rows = readings.flatMap((reading) => ('refused' in reading ? [] : [reading]))
      const outcomes = await imports.takeIn(tx, rows, bringerOf(admitAdmins))
      let next = 0
      const lines = readings.flatMap((reading, index) => {
        const outcome = 'refused' in reading ? null : outcomes[next++]
        const error = 'refused' in reading ? sayInvalid([{ path: 'row', message: reading.refused }]) : outcome?.error
        return error == null ? [] : [JSON.stringify({ row: from.rows + index, externalId: outcome?.externalId ?? null, error })]
      })
      const refusedBytes = await refusals.write(from.refusedBytes, lines) // behind what counts: overwritten if this is undone
      const reached = {
        rows: from.rows + batch.length,
        imported: from.imported + batch.length - lines.length,
        refused: from.refused + lines.length,
        refusedBytes,
      }
      if (!dryRun && !(await store.advance(tx, name, from.rows, reached)))
        throw new DomainError('SERVICE_UNAVAILABLE', 'Another process is taking in the same file.')
      return reached
    })

  return {
    /** @throws what reading the file throws; what was taken in until then stays, and the next call goes on behind it. */
    run: async (wish: FileImport): Promise<Report> => {
      const { file, name, dryRun, restart, onProgress } = wish
      if (restart && !dryRun) await db.bareTransaction((tx) => store.forget(tx, name))
      const known = dryRun ? null : await store.find(db.read, name)
      if (known?.finishedAt != null) return { ...known, resumedAt: known.rows, wasFinished: true }
      if (known === null && !dryRun) await db.bareTransaction((tx) => store.begin(tx, name, clock.now()))
      let reached: Progress = known ?? NOTHING
      const resumedAt = reached.rows
      for await (const batch of batches(file.rows(resumedAt))) {
        reached = await takeBatch(batch, reached, wish)
        onProgress(reached)
      }
      await wish.refusals.write(reached.refusedBytes, []) // what a run before this one left behind
      if (!dryRun) await db.bareTransaction((tx) => store.finish(tx, name, clock.now()))
      return { ...reached, resumedAt, wasFinished: false }
    },
  }
}
