/** CSV (RFC 4180) with a line of column names. Each row is an object of texts; an empty cell is a field that is not there. */
import type { CsvError } from 'csv-parse'
import { parse } from 'csv-parse'
import { IMPORTS } from '../../policy/bounds.ts'
import type { FileRow, ReadRows } from './index.ts'
import { BrokenFile, tooLong } from './value.ts'

/** A quote that is never closed makes the rest of the file one row: past this it is no CSV. */
const HOPELESS = 16 * IMPORTS.rowBytes

/** What the decoder puts in place of what is no UTF-8. */
const REPLACEMENT = '\ufffd'

const recordOf = (columns: readonly string[], cells: readonly string[]): FileRow => {
  const bytes = cells.reduce((sum, cell) => sum + cell.length, 0)
  if (bytes > IMPORTS.rowBytes) return tooLong(bytes)
  if (cells.length !== columns.length)
    return { bytes, problem: `Has ${cells.length} cells where there are ${columns.length} columns.` }
  if (cells.some((cell) => cell.includes(REPLACEMENT))) return { bytes, problem: 'Is not UTF-8.' }
  return {
    bytes,
    value: Object.fromEntries(columns.flatMap((column, index) => (cells[index] === '' ? [] : [[column, cells[index]]]))),
  }
}

/** The parser's own words would repeat what stands in the file. */
const inOurWords = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
    ? new BrokenFile(
        `The file is no CSV from line ${(error as CsvError & { lines?: number }).lines ?? '?'} on (${String(error.code)}).`,
      )
    : error

export const csvRows: ReadRows = async function* (chunks, from) {
  const parser = parse({ bom: true, skip_empty_lines: true, relax_column_count: true, max_record_size: HOPELESS })
  chunks.on('error', (error) => parser.destroy(error))
  let columns: readonly string[] | null = null
  let row = 0
  try {
    for await (const cells of chunks.pipe(parser) as AsyncIterable<readonly string[]>) {
      if (columns === null) columns = cells.map((cell) => cell.trim())
      else if (row++ >= from) yield recordOf(columns, cells)
    }
  } catch (error) {
    throw inOurWords(error)
  } finally {
    chunks.destroy()
  }
}
