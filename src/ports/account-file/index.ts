/**
 * A file of accounts, read row by row in constant memory: as lines of JSON, as one JSON document with a list in it, or as
 * CSV. A row that cannot be read is a row with a problem; what cannot be a file of that format at all throws.
 */
import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { csvRows } from './csv.ts'
import { jsonElements } from './json.ts'
import { lineRows } from './ndjson.ts'

/** `bytes`: about how much memory it takes. Rows count from 0; blank lines are none. */
export type FileRow = Readonly<{ bytes: number } & ({ value: Readonly<Record<string, unknown>> } | { problem: string })>

/** How a format gives its rows, in order. @param from the first one that anybody wants; those before it need not be looked into. */
export type ReadRows = (chunks: ReadStream, from: number) => AsyncIterable<FileRow>

const READERS = { ndjson: lineRows, json: jsonElements, csv: csvRows } as const satisfies Record<string, ReadRows>

export type FileFormat = keyof typeof READERS

/** The formats by the ends of names. */
const ENDINGS: Readonly<Record<string, FileFormat>> = { ndjson: 'ndjson', jsonl: 'ndjson', json: 'json', csv: 'csv' }

/** @returns null for a name that does not say it. */
export const formatOf = (path: string): FileFormat | null => ENDINGS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? null

export const isFileFormat = (text: string): text is FileFormat => Object.hasOwn(READERS, text)

export type AccountFile = Readonly<{
  /** SHA-256 of all of it: the same file, wherever it lies. */
  fingerprint: string
  rows: (from: number) => AsyncIterable<FileRow>
  /** How much of it was read, from 0 to 1. */
  progress: () => number
}>

/** @throws if there is no such file, or it cannot be read. */
export const openAccountFile = async (path: string, format: FileFormat): Promise<AccountFile> => {
  const { size } = await stat(path)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  let stream: ReadStream | null = null
  return {
    fingerprint: hash.digest('hex'),
    rows: (from) => {
      stream = createReadStream(path, { highWaterMark: 262_144 })
      return READERS[format](stream, from)
    },
    progress: () => (size === 0 ? 1 : (stream?.bytesRead ?? 0) / size),
  }
}

export { openRefusals, type Refusals } from './refusals.ts'
export { BrokenFile } from './value.ts'
