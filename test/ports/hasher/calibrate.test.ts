import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SETTING_BOUNDS } from '../../../src/policy/bounds.ts'
import { leastMemoryKiB } from '../../../src/policy/hashing.ts'
import { calibrate } from '../../../src/ports/hasher/calibrate.ts'
import type { HashParameters } from '../../../src/ports/hasher/phc.ts'

const { min: leastMemory, max: mostMemory } = SETTING_BOUNDS['passwords.hashing.memoryKiB']

/** A machine that takes so many milliseconds for a pass over a mebibyte, and some more for each hash. */
const machine = (msPerMebibyte: number, overheadMs = 0) => {
  const tried: HashParameters[] = []
  const measure = async (parameters: HashParameters) => {
    tried.push(parameters)
    const ms = overheadMs + (parameters.memoryKiB / 1_024) * parameters.iterations * msPerMebibyte
    return { ...parameters, ms, atOnce: 1 }
  }
  return { tried, measure }
}

describe('calibrating', () => {
  it('takes the memory there is, then as many passes as there is time for', async () => {
    const { measure } = machine(0.25)
    const { proposed, meetsTarget } = await calibrate(measure, { targetMs: 100, memoryKiB: 65_536, parallelism: 1 })
    expect(proposed).toEqual({ memoryKiB: 65_536, iterations: 6, parallelism: 1, ms: 96, atOnce: 1 })
    expect(meetsTarget).toBe(true)
  })

  it('finds room for one more pass where most of the time goes elsewhere', async () => {
    const { measure } = machine(1 / 64, 5)
    const { proposed } = await calibrate(measure, { targetMs: 7, memoryKiB: 65_536, parallelism: 1 })
    expect(proposed).toMatchObject({ memoryKiB: 65_536, iterations: 2, ms: 7 })
  })

  it('takes less memory where not even the fewest passes fit', async () => {
    const { measure } = machine(1)
    const { proposed, meetsTarget } = await calibrate(measure, { targetMs: 50, memoryKiB: 1_048_576, parallelism: 4 })
    expect(proposed).toMatchObject({ memoryKiB: 16_384, iterations: 3, parallelism: 4, ms: 48 })
    expect(meetsTarget).toBe(true)
  })

  it('proposes the quickest that may be where the target cannot be met, and says so', async () => {
    const { measure, tried } = machine(10)
    const { proposed, trials, meetsTarget } = await calibrate(measure, { targetMs: 20, memoryKiB: 65_536, parallelism: 1 })
    expect(meetsTarget).toBe(false)
    expect(proposed.ms).toBe(Math.min(...trials.map(({ ms }) => ms)))
    expect(trials.map(({ memoryKiB, iterations, parallelism }) => ({ memoryKiB, iterations, parallelism }))).toEqual(tried)
  })

  it('never tries or proposes what is weaker than OWASP accepts or outside the settings, and nothing fits better', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.001, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: leastMemory, max: mostMemory }),
        fc.integer({ min: 1, max: 16 }),
        async (msPerMebibyte, overheadMs, targetMs, memoryKiB, parallelism) => {
          const { measure, tried } = machine(msPerMebibyte, overheadMs)
          const { proposed, meetsTarget } = await calibrate(measure, { targetMs, memoryKiB, parallelism })
          for (const { memoryKiB: memory, iterations } of tried) {
            expect(iterations).toBeGreaterThanOrEqual(1)
            expect(iterations).toBeLessThanOrEqual(16)
            expect(memory).toBeGreaterThanOrEqual(Math.max(leastMemory, leastMemoryKiB(iterations)))
            expect(memory).toBeLessThanOrEqual(memoryKiB)
          }
          expect(meetsTarget).toBe(proposed.ms <= targetMs)
          if (!meetsTarget || proposed.iterations === 16) return
          expect((await measure({ ...proposed, iterations: proposed.iterations + 1 })).ms).toBeGreaterThan(targetMs)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
