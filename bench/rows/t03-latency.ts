import type { Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

/** T3: read off T1's run, so that both servers had the same moments of the machine. */
export const latency: Row = {
  id: 'T3',
  what: 'p99 of T1 at 32 connections',
  target: '≤ 2 × the limit server’s',
  measure: async ({ measured }) => {
    const { p99Milliseconds = Number.NaN, limitP99Milliseconds = Number.NaN } = measured.get('T1')?.figures ?? {}
    const ratio = p99Milliseconds / limitP99Milliseconds
    return {
      figures: { p99Milliseconds, limitP99Milliseconds, ratio },
      says: `${short(p99Milliseconds)} ms, limit ${short(limitP99Milliseconds)} ms: ${short(ratio)} ×`,
      met: ratio <= 2,
    }
  },
}
