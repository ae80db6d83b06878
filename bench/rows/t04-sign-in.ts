import { type HashRate, hashRate } from '../kit/hashes.ts'
import { closedLoop } from '../kit/load.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { interleave, type Row } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

const SECONDS = 3

/** T4: how much of the machine's hashing is left when a session, an event and an alert are written around each. */
export const signIns: Row = {
  id: 'T4',
  what: 'sign-in, session and event written, one core',
  target: '≥ 80 % of the bare hash rate; CPU ≤ hash + 2.5 ms',
  measure: async ({ ours }) => {
    let [person, failed] = [0, 0]
    const signInRate = async (): Promise<HashRate> => {
      const before = ours.cpu()
      const load = await closedLoop({
        port: ours.port,
        connections: 8,
        seconds: SECONDS,
        request: () => signIn(person++ % 2_000),
        good: isSignedIn,
      })
      failed += load.failed
      return { perSecond: load.answered / load.seconds, cpuEach: (ours.cpu() - before) / load.answered }
    }
    const [own = [], bare = []] = await interleave(2, [signInRate, () => hashRate(SECONDS, 'bare')])
    const rate = (rates: readonly HashRate[]) => median(rates.map(({ perSecond }) => perSecond))
    const cpu = (rates: readonly HashRate[]) => median(rates.map(({ cpuEach }) => cpuEach)) / 1000
    const [share, beyond] = [rate(own) / rate(bare), cpu(own) - cpu(bare)]
    return {
      figures: {
        perSecond: rate(own),
        hashesPerSecond: rate(bare),
        share,
        cpuMilliseconds: cpu(own),
        hashCpuMilliseconds: cpu(bare),
        beyondHashMilliseconds: beyond,
        failed,
      },
      says: `${short(rate(own))}/s of ${short(rate(bare))}/s: ${short(share * 100)} %; hash + ${short(beyond)} ms`,
      met: share >= 0.8 && beyond <= 2.5 && failed === 0,
    }
  },
}
