/**
 * One JSON document with the rows in a list: the document itself, or a list that stands in its outermost object, whatever its
 * name (`{"users": […]}`). Only one row is held at a time; a parser would hold them all.
 */
import { IMPORTS } from '../../policy/bounds.ts'
import type { ReadRows } from './index.ts'
import { BrokenFile, rowOf, tooLong } from './value.ts'

const CODES = { quote: 0x22, backslash: 0x5c, openObject: 0x7b, closeObject: 0x7d, openList: 0x5b, closeList: 0x5d } as const

/** What is open around a character, from outside in: objects and lists. */
type Around = ('{' | '[')[]

/** An object right in a list that is the document, or is in the document's own object. */
const isRow = (around: Around): boolean =>
  (around.length === 1 && around[0] === '[') || (around.length === 2 && around[0] === '{' && around[1] === '[')

export const jsonElements: ReadRows = async function* (chunks, from) {
  const around: Around = []
  let rowDepth = -1 // how deep the row that is being read stands; -1 between rows
  let parts: Buffer[] = []
  let bytes = 0
  let row = 0
  let inText = false
  let isEscaped = false

  const add = (part: Buffer): void => {
    bytes += part.length
    if (bytes <= IMPORTS.rowBytes) parts.push(part)
    else parts = []
  }

  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at]
      if (inText) {
        if (isEscaped) isEscaped = false
        else if (code === CODES.backslash) isEscaped = true
        else if (code === CODES.quote) inText = false
        continue
      }
      if (code === CODES.quote) inText = true
      else if (code === CODES.openObject || code === CODES.openList) {
        if (rowDepth === -1 && code === CODES.openObject && isRow(around)) {
          rowDepth = around.length
          start = at
        }
        around.push(code === CODES.openObject ? '{' : '[')
        if (around.length > IMPORTS.rowBytes) throw new BrokenFile('The file is nested too deeply.')
      } else if (code === CODES.closeObject || code === CODES.closeList) {
        if (around.pop() !== (code === CODES.closeObject ? '{' : '['))
          throw new BrokenFile('The file is no JSON: its brackets do not match.')
        if (around.length === rowDepth) {
          add(chunk.subarray(start, at + 1))
          if (row++ >= from) yield bytes > IMPORTS.rowBytes ? tooLong(bytes) : rowOf(Buffer.concat(parts))
          ;[rowDepth, parts, bytes] = [-1, [], 0]
        }
      }
    }
    if (rowDepth !== -1) add(chunk.subarray(start))
  }
  if (around.length > 0 || inText) throw new BrokenFile('The file ends in the middle of its JSON.')
}
