/** Lines of JSON. A line that is too long is never held as a whole. */
import { IMPORTS } from '../../policy/bounds.ts'
import type { ReadRows } from './index.ts'
import { rowOf, tooLong } from './value.ts'

const NEWLINE = 0x0a
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

type Line = Readonly<{ bytes: number; text: Buffer | null }>

/** @returns each line; without its text where that is longer than a row may be. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let bytes = 0
  const add = (part: Buffer): void => {
    bytes += part.length
    if (bytes <= IMPORTS.rowBytes) parts.push(part)
    else parts = []
  }
  const end = (): Line => {
    const line = { bytes, text: bytes > IMPORTS.rowBytes ? null : Buffer.concat(parts) }
    ;[parts, bytes] = [[], 0]
    return line
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, at))
      start = at + 1
      yield end()
    }
    add(chunk.subarray(start))
  }
  if (bytes > 0) yield end()
}

const isBlank = (text: Buffer): boolean => text.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)

export const lineRows: ReadRows = async function* (chunks, from) {
  let row = 0
  let isFirst = true
  for await (const { bytes, text } of lines(chunks)) {
    const clean = isFirst && text?.subarray(0, BOM.length).equals(BOM) === true ? text.subarray(BOM.length) : text
    isFirst = false
    if (clean !== null && isBlank(clean)) continue
    if (row++ < from) continue
    yield clean === null ? tooLong(bytes) : rowOf(clean)
  }
}
