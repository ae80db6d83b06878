import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as time from '../../src/kernel/time.ts'

const { earlier, secondsUntil } = time

const moment = fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2500-01-01T00:00:00Z'), noInvalidDate: true })

describe('time', () => {
  it('goes forward and back by seconds', () => {
    const noon = new Date('2030-06-01T12:00:00.000Z')
    expect(time.after(noon, 90).toISOString()).toBe('2030-06-01T12:01:30.000Z')
    expect(time.after(noon, -0.5).toISOString()).toBe('2030-06-01T11:59:59.500Z')
    expect(noon.toISOString()).toBe('2030-06-01T12:00:00.000Z')
  })

  it('counts whole seconds, rounded up, and never less than none', () => {
    const noon = new Date('2030-06-01T12:00:00.000Z')
    expect(secondsUntil(noon, noon)).toBe(0)
    expect(secondsUntil(noon, time.after(noon, 0.001))).toBe(1)
    expect(secondsUntil(noon, time.after(noon, 60))).toBe(60)
    expect(secondsUntil(noon, time.after(noon, -60))).toBe(0)
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 0, max: 1e9 }),
        (from, seconds) => secondsUntil(from, time.after(from, seconds)) === seconds,
      ),
    )
  })

  it('has an earlier of two moments, where null means never', () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        expect(earlier(a, b).getTime()).toBe(Math.min(a.getTime(), b.getTime()))
        expect(earlier(a, null)).toBe(a)
      }),
    )
  })
})
