import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchDatabase, makeDatabase, seed } from '../kit/database.ts'
import { closedLoop } from '../kit/load.ts'
import { goodMailServer, silentMailServer } from '../kit/mail.ts'
import { freePort } from '../kit/process.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { interleave, type Row } from '../kit/stage.ts'
import { median, percentile, short } from '../kit/stats.ts'

const PEOPLE = 500
const CONNECTIONS = 4
const SECONDS = 2
const ROUNDS = 4

/** How long the mails of the last sign-ins may be on their way. */
const PATIENCE_MS = 10_000

type House = Readonly<{ database: BenchDatabase; server: Server }>

/** Whose sign-ins all alert, by mail too. */
const build = async (mailPort: number): Promise<House> => {
  const database = await makeDatabase()
  const server = await startGatehouse({ databaseUrl: database.url, mailPort })
  await seed(database, PEOPLE)
  return { database, server }
}

/** Signs people in for a while, as often as it is called. */
const visitorsOf = ({ server }: House) => {
  let [person, failed] = [0, 0]
  const visit = async (): Promise<number> => {
    const load = await closedLoop({
      port: server.port,
      connections: CONNECTIONS,
      seconds: SECONDS,
      request: () => signIn(person++ % PEOPLE),
      good: isSignedIn,
    })
    failed += load.failed
    return percentile(load.milliseconds, 0.5)
  }
  return { visit, count: () => ({ signIns: person, failed, cpu: server.cpu() }) }
}

/**
 * T14: three installations, alike but for their mail server, asked in turn. What a server does between its turns counts for
 * its sign-ins too: mails leave late, or are tried again.
 */
export const mail: Row = {
  id: 'T14',
  what: 'sign-in whose alert goes to a dead mail server (silent; not there) against a good one',
  target: 'within 10 %, CPU and latency: ≤ 1.1 ×',
  measure: async () => {
    const [good, silent] = [await goodMailServer(), await silentMailServer()]
    const houses: House[] = []
    try {
      for (const port of [good.port, silent.port, await freePort()]) houses.push(await build(port))
      const visitors = houses.map(visitorsOf)
      for (const { visit } of visitors) await visit()
      const before = visitors.map(({ count }) => count())
      const latencies = await interleave(
        ROUNDS,
        visitors.map(({ visit }) => visit),
      )
      const all = visitors[0]?.count().signIns ?? 0
      for (const until = performance.now() + PATIENCE_MS; good.taken() < all && performance.now() < until; ) await sleep(50)
      const after = visitors.map(({ count }) => count())
      const cpu = after.map(({ cpu: now, signIns }, index) => {
        const earlier = before[index] ?? { cpu: 0, signIns: 0 }
        return (now - earlier.cpu) / (signIns - earlier.signIns) / 1000
      })
      const p50 = latencies.map(median)
      const [goodCpu = 0, silentCpu = 0, absentCpu = 0] = cpu
      const [goodP50 = 0, silentP50 = 0, absentP50 = 0] = p50
      const figures = {
        cpuMilliseconds: goodCpu,
        p50Milliseconds: goodP50,
        silentCpuRatio: silentCpu / goodCpu,
        silentP50Ratio: silentP50 / goodP50,
        absentCpuRatio: absentCpu / goodCpu,
        absentP50Ratio: absentP50 / goodP50,
        signIns: all,
        mails: good.taken(),
        failed: after.reduce((sum, { failed }) => sum + failed, 0),
      }
      const { silentCpuRatio, silentP50Ratio, absentCpuRatio, absentP50Ratio, mails, failed } = figures
      return {
        figures,
        says: `good: ${short(goodCpu)} ms CPU, p50 ${short(goodP50)} ms, ${mails} of ${all} mails left; silent: ${short(silentCpuRatio)} × and ${short(silentP50Ratio)} ×; not there: ${short(absentCpuRatio)} × and ${short(absentP50Ratio)} ×`,
        met: Math.max(silentCpuRatio, silentP50Ratio, absentCpuRatio, absentP50Ratio) <= 1.1 && mails === all && failed === 0,
      }
    } finally {
      for (const { server, database } of houses) {
        await server.stop()
        await database.drop()
      }
      await Promise.all([good.stop(), silent.stop()])
    }
  },
}
