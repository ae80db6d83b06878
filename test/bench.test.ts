/** The statistic by which the bench says whether a known address can be told from an unknown one: that it can fail, and that it does not for nothing. */
import { describe, expect, it } from 'vitest'
import { mannWhitney, noticeableShift, SIGNIFICANCE } from '../bench/kit/ranks.ts'

/** The same numbers at each run (Lehmer's generator, with the factor of Park and Miller). */
const chance = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Answers as a server gives them: most in 25 to 28 ms, one in twenty much later. */
const latencies = (seed: number, count: number, shift = 0): readonly number[] => {
  const random = chance(seed)
  for (let n = 0; n < 10; n++) random() // neighbours among seeds begin alike
  return Array.from({ length: count }, () => 25 + 3 * random() + (random() < 0.05 ? 200 * random() : 0) + shift)
}

const tells = (first: readonly number[], second: readonly number[]): boolean => mannWhitney(first, second).p < SIGNIFICANCE

describe('the test of Mann and Whitney', () => {
  it('counts what is larger than what', () => {
    expect(mannWhitney([4, 5, 6], [1, 2, 3])).toMatchObject({ larger: 1, z: expect.closeTo(1.964, 4) })
    expect(mannWhitney([1, 2, 3], [4, 5, 6])).toMatchObject({ larger: 0, z: expect.closeTo(-1.964, 4) })
    expect(mannWhitney([1, 4], [2, 3])).toEqual({ larger: 0.5, z: 0, p: expect.closeTo(1, 6) })
  })

  it('agrees with a published example: Hollander and Wolfe, 1973, page 69, W = 35', () => {
    const [term, midterm] = [
      [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
      [1.15, 0.88, 0.9, 0.74, 1.21],
    ]
    const { larger, z, p } = mannWhitney(term, midterm)
    expect([larger * 50, z, p]).toEqual([35, expect.closeTo(10 / Math.sqrt((50 * 16) / 12), 6), expect.closeTo(0.220671, 5)])
  })

  it('gives equal values the middle of their ranks', () => {
    const { larger, z, p } = mannWhitney([1, 2, 2, 3, 5, 8], [2, 4, 4, 6, 7, 8, 9])
    expect([larger * 42, z, p]).toEqual([10.5, expect.closeTo(-1.512518, 5), expect.closeTo(0.130402, 5)])
  })

  it('finds nothing where all values are the same', () => {
    expect(mannWhitney([7, 7, 7], [7, 7])).toEqual({ larger: 0.5, z: 0, p: expect.closeTo(1, 6) })
  })
})

describe('two kinds of answers', () => {
  it('are told apart if one of them takes 0.6 ms of 27 longer, whichever it is', () => {
    const [one, other] = [latencies(1, 400, 0.6), latencies(2, 400)]
    expect(mannWhitney(one, other).z).toBeGreaterThan(0)
    expect([tells(one, other), tells(other, one)]).toEqual([true, true])
  })

  it('are not told apart if they differ by chance alone, nor by a few slow moments of the machine', () => {
    const runs = Array.from({ length: 300 }, (_, run) => tells(latencies(2 * run + 1, 400), latencies(2 * run + 2, 400)))
    expect(runs.filter(Boolean).length).toBeLessThanOrEqual(3)
    const stalled = latencies(2, 400).map((time, n) => (n < 8 ? time + 5_000 : time))
    expect(tells(stalled, latencies(1, 400))).toBe(false)
  })

  it('come with what would have been noticed, and no less would', () => {
    const [one, other] = [latencies(1, 400), latencies(2, 400)]
    const shift = noticeableShift(one, other)
    const shifted = (by: number) => one.map((time) => time + by)
    expect(shift).toBeLessThan(1)
    expect([tells(shifted(shift), other), tells(shifted(shift * 0.95), other)]).toEqual([true, false])
    expect(noticeableShift(shifted(5), other)).toBe(0)
  })
})
