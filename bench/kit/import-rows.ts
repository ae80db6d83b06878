/** A file of accounts as another system might leave it: every format of hash in turn, and now and then a row that is none. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { VECTORS } from '../../test/ports/imported.vectors.ts'

/** One row in so many has no good address. */
const BAD_EVERY = 97

export const isBad = (row: number): boolean => row % BAD_EVERY === BAD_EVERY - 1

export const addressOf = (row: number): string => `person${row}@import.example`

/** The password of a row, and the format it is kept in. */
export const passwordOf = (row: number) => VECTORS[row % VECTORS.length] as (typeof VECTORS)[0] // there are some

const rowOf = (row: number) => ({
  externalId: `there-${row}`,
  email: isBad(row) ? 'nobody' : addressOf(row),
  emailVerified: row % 2 === 0,
  ...(row % 5 === 0 ? { phone: `+1415${2_000_000 + row}` } : {}),
  name: `Person ${row}`,
  labels: row % 3 === 0 ? ['migrated'] : [],
  createdAt: '2020-01-01T00:00:00Z',
  password: passwordOf(row).given,
})

/** Lines of JSON. @returns how many of the rows are bad. */
export const writeRows = async (path: string, rows: number): Promise<number> => {
  const file = createWriteStream(path)
  let bad = 0
  for (let row = 0; row < rows; row++) {
    if (isBad(row)) bad++
    if (!file.write(`${JSON.stringify(rowOf(row))}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return bad
}
