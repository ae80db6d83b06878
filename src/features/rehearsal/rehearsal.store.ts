/** The rehearsals table: indexed like the tables it stands in for. */
import { type BareTx, prepared, write } from '../../ports/db/index.ts'

const INSERT = prepared('INSERT INTO "rehearsals" ("id", "digest", "body", "created_at") VALUES ($1, $2, $3, $4)')

export const insert = (tx: BareTx, id: string, digest: string, body: string, createdAt: Date): Promise<void> =>
  write(tx, INSERT, id, digest, body, createdAt)

const EMPTY = prepared('DELETE FROM "rehearsals"')

export const empty = (tx: BareTx): Promise<void> => write(tx, EMPTY)
