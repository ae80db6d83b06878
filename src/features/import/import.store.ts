/** The imports table: how far each file has been taken in. */
import { type BareTx, prepared, rows, write } from '../../ports/db/index.ts'

export type Checkpoint = Readonly<{ rows: number; imported: number; refused: number; refusedBytes: number }>

type Progress = Checkpoint & Readonly<{ finishedAt: Date | null }>

const FIND = prepared<Progress>(`
  SELECT "rows", "imported", "refused", "refused_bytes" AS "refusedBytes", "finished_at" AS "finishedAt" FROM "imports" WHERE "id" = $1`)

/** @returns null for a file that nobody has begun. */
export const find = async (tx: BareTx, id: string): Promise<Progress | null> => (await rows(tx, FIND, id))[0] ?? null

const BEGIN = prepared(`
  INSERT INTO "imports" ("id", "rows", "imported", "refused", "refused_bytes", "started_at") VALUES ($1, 0, 0, 0, 0, $2)
  ON CONFLICT DO NOTHING`)

export const begin = (tx: BareTx, id: string, at: Date): Promise<void> => write(tx, BEGIN, id, at)

const ADVANCE = prepared<{ id: string }>(`
  UPDATE "imports" SET "rows" = $3, "imported" = $4, "refused" = $5, "refused_bytes" = $6 WHERE "id" = $1 AND "rows" = $2
  RETURNING "id"`)

/** Moves on from where it stood, in the transaction that takes the rows in. @returns whether nobody else had moved on meanwhile. */
export const advance = async (tx: BareTx, id: string, from: number, to: Checkpoint): Promise<boolean> =>
  (await rows(tx, ADVANCE, id, from, to.rows, to.imported, to.refused, to.refusedBytes)).length > 0

const FINISH = prepared('UPDATE "imports" SET "finished_at" = $2 WHERE "id" = $1')

export const finish = (tx: BareTx, id: string, at: Date): Promise<void> => write(tx, FINISH, id, at)

const FORGET = prepared('DELETE FROM "imports" WHERE "id" = $1')

export const forget = (tx: BareTx, id: string): Promise<void> => write(tx, FORGET, id)
