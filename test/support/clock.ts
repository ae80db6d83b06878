/** A clock that stands still until it is told. */
import type { Clock } from '../../src/kernel/time.ts'

export type TestClock = Clock & { advance: (seconds: number) => void }

export const testClock = (at = '2030-01-01T00:00:00.000Z'): TestClock => {
  let time = new Date(at).getTime()
  return {
    now: () => new Date(time),
    advance: (seconds) => {
      time += seconds * 1000
    },
  }
}
