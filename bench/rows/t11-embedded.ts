import { withEmbedded } from '../kit/embedded.ts'
import { interleave, middle, type Row, reads } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

/** T11: what somebody gets who has just typed `npm start`. */
export const embedded: Row = {
  id: 'T11',
  what: 'T1’s query on the embedded default (PGlite, in-process bus)',
  target: 'CPU ≤ 120 µs',
  measure: () =>
    withEmbedded(async (server, token) => {
      const [runs = []] = await interleave(4, [() => reads(server, { token })])
      const { cpu, perSecond, failed } = middle(runs)
      return {
        figures: { cpuMicroseconds: cpu, perSecond, failed },
        says: `${short(cpu)} µs; ${short(perSecond)}/s`,
        met: cpu <= 120 && failed === 0,
      }
    }),
}
