import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { LEASE_SECONDS, nextTry, RETRY, retryDelay } from '../../../src/features/message/message.ts'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { DELIVERY_SECONDS } from '../../../src/ports/carrier.ts'

/** A random source that always draws the same. */
const drawing = (byte: number) => (bytes: number) => Buffer.alloc(bytes, byte)

const [least, most] = [drawing(0x00), drawing(0xff)]

describe('the wait from one try to the next', () => {
  it('doubles up to an hour, a fifth more or less', () => {
    const seconds = (attempts: number) => [least, most].map((random) => Math.round(retryDelay(attempts, random)))
    expect([1, 2, 3, 8, 9, 30, 100].map(seconds)).toEqual([
      [12, 18],
      [24, 36],
      [48, 72],
      [1_536, 2_304],
      [2_880, 4_320],
      [2_880, 4_320],
      [2_880, 4_320],
    ])
  })

  it('is not the same for all that failed together', () => {
    const waits = Array.from({ length: 100 }, () => retryDelay(1, randomBytes))
    expect(new Set(waits).size).toBeGreaterThan(90)
    for (const wait of waits) expect(Math.abs(wait - RETRY.firstSeconds)).toBeLessThanOrEqual(RETRY.firstSeconds * RETRY.jitter)
  })

  it('ends with one try at the end of the day, and none after it', () => {
    const written = new Date('2030-01-01T00:00:00Z')
    const end = written.getTime() + LIFETIMES.messageDelivery * 1000
    expect(nextTry(written, 30, new Date(end - 1), most)).toEqual(new Date(end))
    expect(nextTry(written, 31, new Date(end), most)).toBeNull()
    expect(nextTry(written, 1, new Date(end + 1), most)).toBeNull()
    expect(LIFETIMES.messageDelivery).toBe(86_400)
  })
})

describe('a lease', () => {
  it('is longer than a carrier may take', () => {
    expect(LEASE_SECONDS).toBeGreaterThan(DELIVERY_SECONDS)
  })
})
