/** What the text of a row says: an object, or a problem. */
import { IMPORTS } from '../../policy/bounds.ts'
import type { FileRow } from './index.ts'

/** It is no file of its format at all: what stands behind is no row that could be refused. */
export class BrokenFile extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BrokenFile'
  }
}

/** Refuses what is no UTF-8 instead of putting other characters in people's names. */
const decoder = new TextDecoder('utf-8', { fatal: true })

export const tooLong = (bytes: number): FileRow => ({
  bytes,
  problem: `Has more than ${IMPORTS.rowBytes.toLocaleString('en-US')} bytes.`,
})

const parsed = (text: Buffer): unknown => {
  try {
    return JSON.parse(decoder.decode(text))
  } catch {
    return undefined // the parser's own words would repeat what stands there
  }
}

export const rowOf = (text: Buffer): FileRow => {
  const value = parsed(text)
  const bytes = text.length
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { bytes, value: value as Record<string, unknown> } // JSON has no other objects
    : { bytes, problem: 'Is no JSON object in UTF-8.' }
}
