import { interleave, middle, type Row, reads } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

/** T2: a question that Redis alone cannot answer. */
export const readsOfRow: Row = {
  id: 'T2',
  what: 'the same with `hasPassword`, which needs a row of PostgreSQL',
  target: 'CPU ≤ 150 µs',
  measure: async ({ ours }) => {
    const query = '{ account { id email name hasPassword } }'
    const [runs = []] = await interleave(4, [() => reads(ours, { query })])
    const { cpu, perSecond, failed } = middle(runs)
    return {
      figures: { cpuMicroseconds: cpu, perSecond, failed },
      says: `${short(cpu)} µs; ${short(perSecond)}/s`,
      met: cpu <= 150 && failed === 0,
    }
  },
}
