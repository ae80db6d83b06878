import { fileURLToPath } from 'node:url'
import { closedLoop } from '../kit/load.ts'
import { start } from '../kit/process.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { interleave, type Row } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

const LOOP = fileURLToPath(new URL('../hash-loop.ts', import.meta.url))
const SECONDS = 3

type Rate = Readonly<{ perSecond: number; cpuEach: number }>

/** The same binding on the server's core, with nothing around it. */
const bareHashes = (): Promise<Rate> =>
  new Promise((resolve, reject) => {
    const { child } = start(['--import', 'tsx', LOOP, String(SECONDS)], {}, 0)
    let said = ''
    child.stdout?.on('data', (chunk) => (said += chunk))
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(said)) : reject(new Error('the bare hashes broke off'))))
  })

/** T4: how much of the machine's hashing is left when a session, an event and an alert are written around each. */
export const signIns: Row = {
  id: 'T4',
  what: 'sign-in, session and event written, one core',
  target: '≥ 80 % of the bare hash rate; CPU ≤ hash + 2.5 ms',
  measure: async ({ ours }) => {
    let [person, failed] = [0, 0]
    const signInRate = async (): Promise<Rate> => {
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
    const [own = [], bare = []] = await interleave(2, [signInRate, bareHashes])
    const rate = (rates: readonly Rate[]) => median(rates.map(({ perSecond }) => perSecond))
    const cpu = (rates: readonly Rate[]) => median(rates.map(({ cpuEach }) => cpuEach)) / 1000
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
