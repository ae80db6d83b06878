import { tokenOf } from '../kit/database.ts'
import { startGatehouse } from '../kit/server.ts'
import { interleave, type Row, reads } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

/** T10: the generator has no core to itself then; CPU per request is what can be compared. */
export const twoProcesses: Row = {
  id: 'T10',
  what: 'two processes on two cores',
  target: 'CPU per request within 15 % of one process',
  measure: async ({ database, ours }) => {
    const other = await startGatehouse({ databaseUrl: database.url, cores: 1 })
    try {
      const alone = async () => [await reads(ours)]
      const both = () => Promise.all([reads(ours, { connections: 16 }), reads(other, { connections: 16, token: tokenOf(2) })])
      const [one = [], two = []] = await interleave(4, [alone, both])
      const cpu = (runs: typeof one) =>
        median(
          runs.map(
            (run) =>
              run.reduce((sum, each) => sum + each.cpu * each.perSecond, 0) / run.reduce((sum, each) => sum + each.perSecond, 0),
          ),
        )
      const ratio = cpu(two) / cpu(one)
      return {
        figures: { oneCpuMicroseconds: cpu(one), twoCpuMicroseconds: cpu(two), ratio },
        says: `${short(cpu(one))} µs alone, ${short(cpu(two))} µs as two: ${short(ratio)} ×`,
        met: ratio <= 1.15,
      }
    } finally {
      await other.stop()
    }
  },
}
