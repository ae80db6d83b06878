/**
 * Makes a filter file from a list of SHA-1 hashes, one a line, with or without a count behind a colon, as Have I Been Pwned
 * gives them. Takes a quarter of a gigabyte of memory at most; a list in order is written from front to back.
 */
import { closeSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { BLOCK, blockOf, everyBit, headOf, type Shape, shapeFor } from './filter.ts'

const READ_BYTES = 1_048_576

/** Blocks that are kept in memory together, and how many such stretches. */
const STRETCH = 1_024
const STRETCHES = 64

const LINE = /^([0-9A-Fa-f]{40})(?::\d+)?$/

/** The lines of a file, without blank ones, however large it is. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    let rest = ''
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
      const lines = (rest + buffer.toString('latin1', 0, count)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') yield line.trim()
    }
    if (rest.trim() !== '') yield rest.trim()
  } finally {
    closeSync(file)
  }
}

/** @throws with the number of the first line that holds no hash, and not the line. */
const countHashes = (path: string): number => {
  let count = 0
  for (const line of linesOf(path)) {
    count++
    if (!LINE.test(line)) throw new Error(`hash ${count.toLocaleString('en-US')} of the list is no SHA-1 in hex`)
  }
  if (count === 0) throw new Error('the list has no hashes')
  return count
}

/** @throws where the disk is full: a hash that is not there would never be missed. */
const writeAt = (file: number, bytes: Buffer, position: number): void => {
  if (writeSync(file, bytes, 0, bytes.length, position) !== bytes.length) throw new Error('the filter could not be written whole')
}

/** The blocks of the file that is being made, as far as they are in memory. */
const openBlocks = (file: number) => {
  const stretches = new LRUCache<number, Buffer>({
    max: STRETCHES,
    dispose: (bytes, index) => writeAt(file, bytes, BLOCK * (1 + index * STRETCH)),
  })
  const stretchOf = (index: number): Buffer => {
    const known = stretches.get(index)
    if (known !== undefined) return known
    const bytes = Buffer.alloc(BLOCK * STRETCH)
    readSync(file, bytes, 0, bytes.length, BLOCK * (1 + index * STRETCH)) // nothing where nothing was written yet
    stretches.set(index, bytes)
    return bytes
  }
  return {
    /** The block's bytes, to be changed in place before the next one is asked for. */
    block: (index: number): Buffer => {
      const at = (index % STRETCH) * BLOCK
      return stretchOf(Math.floor(index / STRETCH)).subarray(at, at + BLOCK)
    },
    flush: (): void => stretches.clear(),
  }
}

const fill = (file: number, from: string, { blocks, probes }: Shape): void => {
  const { block, flush } = openBlocks(file)
  for (const line of linesOf(from)) {
    const sha1 = Buffer.from(line.slice(0, 40), 'hex')
    const bytes = block(blockOf(sha1, blocks))
    everyBit(sha1, probes, (byte, mask) => {
      bytes[byte] = (bytes[byte] ?? 0) | mask
      return true
    })
  }
  flush()
}

/**
 * Reads the list twice, to count and to fill. The file appears under its name when it is whole.
 * @throws if the list cannot be read or holds what is no hash.
 */
export const buildFilter = (from: string, to: string, falsePositives: number): Shape & Readonly<{ bytes: number }> => {
  const shape = shapeFor(countHashes(from), falsePositives)
  const bytes = BLOCK * (shape.blocks + 1)
  const part = `${to}.part`
  const file = openSync(part, 'w+')
  try {
    ftruncateSync(file, bytes)
    writeAt(file, headOf(shape), 0)
    fill(file, from, shape)
    ftruncateSync(file, bytes) // the last stretch may be longer than what is left for it
    renameSync(part, to)
  } finally {
    closeSync(file)
    rmSync(part, { force: true })
  }
  return { ...shape, bytes }
}
