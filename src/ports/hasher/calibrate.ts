/**
 * Finds parameters for a target time by trying them on this machine, as RFC 9106 (section 4) advises: the most memory that a
 * hash may have, then as many passes as there is time for; less memory only where not even the fewest passes fit. Nothing
 * that it proposes is below the weakest that OWASP accepts, or outside what settings allow.
 */
import { SETTING_BOUNDS } from '../../policy/bounds.ts'
import { fewestIterations } from '../../policy/hashing.ts'
import { type Argon2, openArgon2 } from './argon2.ts'
import { hashingCapacity } from './capacity.ts'
import type { Burden } from './gate.ts'
import { type HashParameters, SIZE } from './phc.ts'

export type CalibrationWish = Readonly<{ targetMs: number; memoryKiB: number; parallelism: number }>

/** Parameters, and the time one hash took while as many ran as a node lets run. */
export type Trial = HashParameters & Readonly<{ ms: number; atOnce: number }>

export type Calibration = Readonly<{
  trials: readonly Trial[]
  proposed: Trial
  /** False where the weakest parameters there are take longer than the target. */
  meetsTarget: boolean
}>

type Measure = (parameters: HashParameters) => Promise<Trial>

const LEAST_KIB = SETTING_BOUNDS['passwords.hashing.memoryKiB'].min
const MOST_PASSES = SETTING_BOUNDS['passwords.hashing.iterations'].max

/** @param wish memory and lanes within the bounds of the settings. */
export const calibrate = async (
  measure: Measure,
  { targetMs, memoryKiB, parallelism }: CalibrationWish,
): Promise<Calibration> => {
  const trials: Trial[] = []
  const attempt = async (memory: number, iterations: number): Promise<Trial> => {
    const trial = await measure({ memoryKiB: memory, iterations, parallelism })
    trials.push(trial)
    return trial
  }

  /**
   * As many passes over so much memory as there is time for: guessed from the fewest, then felt out, since what a hash takes
   * besides its passes is not known.
   */
  const mostPasses = async (fewest: Trial): Promise<Trial> => {
    const guess = Math.min(MOST_PASSES, Math.floor((fewest.iterations * targetMs) / fewest.ms))
    let trial = guess > fewest.iterations ? await attempt(fewest.memoryKiB, guess) : fewest
    const isTooMany = trial.ms > targetMs
    while (trial.ms > targetMs && trial.iterations > fewest.iterations + 1)
      trial = await attempt(fewest.memoryKiB, trial.iterations - 1)
    if (isTooMany) return trial.ms > targetMs ? fewest : trial
    while (trial.iterations < MOST_PASSES) {
      const next = await attempt(fewest.memoryKiB, trial.iterations + 1)
      if (next.ms > targetMs) break
      trial = next
    }
    return trial
  }

  for (let memory = memoryKiB; ; memory = Math.max(LEAST_KIB, Math.floor(memory / 2))) {
    const fewest = await attempt(memory, fewestIterations(memory) ?? MOST_PASSES)
    if (fewest.ms <= targetMs) return { trials, proposed: await mostPasses(fewest), meetsTarget: true }
    if (memory === LEAST_KIB) {
      const proposed = trials.reduce((quickest, trial) => (trial.ms < quickest.ms ? trial : quickest))
      return { trials, proposed, meetsTarget: false }
    }
  }
}

const PASSWORD = 'correct horse battery staple'

/** After one that is not counted: the first finds its memory cold. */
const ROUNDS = 3

const atOnce = (capacity: Burden, { memoryKiB, parallelism }: HashParameters): number =>
  Math.max(1, Math.min(Math.floor(capacity.threads / parallelism), Math.floor(capacity.memoryKiB / memoryKiB)))

/** Measures on this machine, with the binding that a server here would use. */
export const openMeasure = async (): Promise<Readonly<{ binding: Argon2['name']; capacity: Burden; measure: Measure }>> => {
  const [argon2, capacity, salt] = [await openArgon2(), hashingCapacity(), Buffer.alloc(SIZE.salt, 1)]
  const measure: Measure = async (parameters) => {
    const many = atOnce(capacity, parameters)
    const times: number[] = []
    const one = async (): Promise<void> => {
      const began = performance.now()
      await argon2.hash(PASSWORD, salt, parameters)
      times.push(performance.now() - began)
    }
    for (let round = 0; round <= ROUNDS; round++) {
      if (round === 1) times.length = 0
      await Promise.all(Array.from({ length: many }, one))
    }
    times.sort((a, b) => a - b)
    return { ...parameters, ms: times[Math.floor(times.length / 2)] ?? 0, atOnce: many }
  }
  return { binding: argon2.name, capacity, measure }
}
