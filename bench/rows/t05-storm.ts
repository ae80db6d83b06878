import { tokenOf } from '../kit/database.ts'
import { type Answer, post } from '../kit/http.ts'
import { closedLoop, openLoop } from '../kit/load.ts'
import { startGatehouse } from '../kit/server.ts'
import { isSignedIn, isToldToComeBack, signIn } from '../kit/sign-in.ts'
import { cookieOf, ME, type Row } from '../kit/stage.ts'
import { percentile, short } from '../kit/stats.ts'

const SECONDS = 6
/** More than may run and wait together. */
const CROWD = 120

/** T5: sign-ins must not be felt by those who are signed in. On all cores, as a server usually runs. */
export const storm: Row = {
  id: 'T5',
  what: 'reads at 100/s, open loop, while 32 clients sign in without pause',
  target: 'p50 ≤ 1.5 × calm; p99 ≤ 4 × calm and ≤ 25 ms; none fails; the excess is told to come back',
  measure: async ({ database }) => {
    const server = await startGatehouse({ databaseUrl: database.url, cores: 'all' })
    try {
      const request = post(ME, {}, cookieOf(tokenOf(1)))
      const good = ({ body }: Answer) => body.includes('"id":"acc_')
      const read = (seconds: number) =>
        openLoop({ port: server.port, connections: 4, seconds, perSecond: 100, request: () => request, good })
      let person = 0
      const crowd = (connections: number, seconds: number, fits: (answer: Answer) => boolean) =>
        closedLoop({ port: server.port, connections, seconds, request: () => signIn(person++ % 2_000), good: fits })
      await read(1)
      await crowd(4, 1, isSignedIn)
      const calm = await read(SECONDS)
      const [stormy, storming] = await Promise.all([read(SECONDS), crowd(32, SECONDS, isSignedIn)])
      let turnedAway = 0
      const excess = await crowd(CROWD, 1, (answer) => {
        if (isToldToComeBack(answer)) turnedAway++
        return isSignedIn(answer) || isToldToComeBack(answer)
      })
      const p50 = [calm, stormy].map(({ milliseconds }) => percentile(milliseconds, 0.5))
      const p99 = [calm, stormy].map(({ milliseconds }) => percentile(milliseconds, 0.99))
      const [calmP50 = 0, stormP50 = 0, calmP99 = 0, stormP99 = 0] = [...p50, ...p99]
      const failed = calm.failed + stormy.failed + storming.failed + excess.failed
      return {
        figures: { calmP50, stormP50, calmP99, stormP99, signIns: storming.answered / storming.seconds, turnedAway, failed },
        says: `p50 ${short(calmP50)} → ${short(stormP50)} ms, p99 ${short(calmP99)} → ${short(stormP99)} ms; ${failed} failed; ${CROWD} at once: ${turnedAway} of ${excess.answered} told to come back`,
        met: stormP50 <= 1.5 * calmP50 && stormP99 <= 4 * calmP99 && stormP99 <= 25 && failed === 0 && turnedAway > 0,
      }
    } finally {
      await server.stop()
    }
  },
}
