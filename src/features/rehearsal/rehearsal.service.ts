/**
 * What is written where somebody gets nothing, in place of what somebody else would have got: as many statements, as many
 * bytes, as much work for the database. So nobody learns by the time whether there is an account. It says nothing and is
 * swept away.
 */
import { hashSecret, type Random } from '../../kernel/secrets.ts'
import type { Clock } from '../../kernel/time.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import * as store from './rehearsal.store.ts'

export type RehearsalService = ReturnType<typeof rehearsalService>

/** Bytes of an id that is never shown. */
const ID_BYTES = 15

export const rehearsalService = ({ db, clock, random }: Readonly<{ db: Database; clock: Clock; random: Random }>) => ({
  /** Instead of a row. @param length of its largest column. */
  write: (tx: BareTx, length: number): Promise<void> => {
    const id = random(ID_BYTES).toString('hex')
    return store.insert(tx, id, hashSecret(id), 'x'.repeat(length), clock.now())
  },

  sweep: (): Promise<void> => store.empty(db.read),
})
