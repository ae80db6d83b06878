import { type HashRate, hashRate } from '../kit/hashes.ts'
import { interleave, type Row } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

const SECONDS = 3

/** T16: what the gate, the settings and the strings around a hash take away from it, with a crowd at the gate. */
export const gate: Row = {
  id: 'T16',
  what: 'verifying a password through the hasher’s gate, 32 at it, one core',
  target: '≥ 95 % of the bare hash rate',
  measure: async () => {
    const [gated = [], bare = []] = await interleave(3, [() => hashRate(SECONDS, 'gate'), () => hashRate(SECONDS, 'bare')])
    const rate = (rates: readonly HashRate[]) => median(rates.map(({ perSecond }) => perSecond))
    const cpu = (rates: readonly HashRate[]) => median(rates.map(({ cpuEach }) => cpuEach)) / 1000
    const share = rate(gated) / rate(bare)
    return {
      figures: {
        perSecond: rate(gated),
        hashesPerSecond: rate(bare),
        share,
        cpuMilliseconds: cpu(gated),
        hashCpuMilliseconds: cpu(bare),
      },
      says: `${short(rate(gated))}/s of ${short(rate(bare))}/s: ${short(share * 100)} %; CPU ${short(cpu(gated))} of ${short(cpu(bare))} ms`,
      met: share >= 0.95,
    }
  },
}
