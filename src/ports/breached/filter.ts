/**
 * A Bloom filter in a file: a SHA-1 that was put in is always found, another one with the probability that stands in its head. Each
 * hash lives in one block of 4 KiB, so a question is one read at one place, beside the event loop, and the file may be larger
 * than the memory.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Source } from './index.ts'

/** Bytes of a block, and of the head before the first one. */
export const BLOCK = 4_096

const MAGIC = 'gatehouse breach filter 1'

export type Shape = Readonly<{
  /** How many hashes it was made for. */
  hashes: number
  blocks: number
  /** Bits that each hash sets. */
  probes: number
  /** The probability that another hash is found. */
  falsePositives: number
}>

/** Room beyond what the formula asks for, because blocks fill unevenly. */
const MARGIN = 1.06

/** @returns the smallest filter that keeps the promise. */
export const shapeFor = (hashes: number, falsePositives: number): Shape => {
  const bitsEach = (-Math.log2(falsePositives) / Math.LN2) * MARGIN
  const blocks = Math.max(1, Math.ceil((hashes * bitsEach) / (BLOCK * 8)))
  return { hashes, blocks, probes: Math.round(-Math.log2(falsePositives)), falsePositives }
}

/** The head of the file: a line a person can read, a line of JSON, and nothing up to the first block. */
export const headOf = (shape: Shape): Buffer => {
  const head = Buffer.alloc(BLOCK)
  head.write(`${MAGIC}\n${JSON.stringify(shape)}\n`)
  return head
}

/** @throws if this is not the head of a filter of that size. */
const shapeIn = (head: Buffer, bytes: number): Pick<Shape, 'blocks' | 'probes'> => {
  const [magic, json = ''] = head.toString('latin1').split('\n')
  const shape: Partial<Shape> = magic === MAGIC ? JSON.parse(json) : {}
  const { blocks = 0, probes = 0 } = shape
  if (bytes !== BLOCK * (blocks + 1) || !(blocks > 0 && probes > 0))
    throw new Error('this is no breach filter, or only a part of one')
  return { blocks, probes }
}

/** The block of a hash: its first 48 bits as a fraction. Hashes in order have blocks in order. */
export const blockOf = (sha1: Uint8Array, blocks: number): number => {
  let fraction = 0
  for (let i = 5; i >= 0; i--) fraction = (fraction + (sha1[i] ?? 0)) / 256
  return Math.floor(fraction * blocks)
}

const word = (sha1: Uint8Array, at: number): number => ((sha1[at] ?? 0) << 8) | (sha1[at + 1] ?? 0)

/** Calls `visit` with each bit of a hash within its block; stops when it says false. @returns whether it never did. */
export const everyBit = (sha1: Uint8Array, probes: number, visit: (byte: number, mask: number) => boolean): boolean => {
  // enhanced double hashing (Dillinger, Manolios 2004) over bits that the block does not depend on
  let [bit, step] = [word(sha1, 8), word(sha1, 12)]
  for (let i = 1; i <= probes; i++) {
    if (!visit((bit >> 3) & (BLOCK - 1), 1 << (bit & 7))) return false
    bit += step
    step += i
  }
  return true
}

const readAt = promisify(read)

/** @throws if the file cannot be read, or is no filter. */
export const openFilter = (path: string): Source => {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(BLOCK)
    readSync(file, head, 0, BLOCK, 0)
    const { blocks, probes } = shapeIn(head, fstatSync(file).size)
    return {
      has: async (password) => {
        const sha1 = createHash('sha1').update(password, 'utf8').digest()
        const { bytesRead, buffer } = await readAt(file, Buffer.allocUnsafe(BLOCK), 0, BLOCK, BLOCK * (1 + blockOf(sha1, blocks)))
        if (bytesRead !== BLOCK) throw new Error('the breach filter has become shorter')
        return everyBit(sha1, probes, (byte, mask) => ((buffer[byte] ?? 0) & mask) !== 0)
      },
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}
