import { type BenchDatabase, makeDatabase, seed } from '../kit/database.ts'
import { closedLoop } from '../kit/load.ts'
import { deadServer, hangingServer, type MailServer, takingServer } from '../kit/mail.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { interleave, type Row } from '../kit/stage.ts'
import { median, percentile, short } from '../kit/stats.ts'

const PEOPLE = 1_000
const SECONDS = 2
const ROUNDS = { short: 5, full: 15 }

/** A person signs in from a new device each time, so that each sign-in writes a mail. */
type House = Readonly<{ database: BenchDatabase; server: Server; mail: MailServer; signedIn: { count: number } }>

type Turn = Readonly<{ cpu: number; milliseconds: number; failed: number }>

const build = async (mail: MailServer): Promise<House> => {
  const database = await makeDatabase()
  const env = { SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: 'door@bench.example' }
  const server = await startGatehouse({ databaseUrl: database.url, env })
  await seed(database, PEOPLE)
  return { database, server, mail, signedIn: { count: 0 } }
}

const turn = async ({ server, signedIn }: House): Promise<Turn> => {
  const before = server.cpu()
  const request = () => signIn(signedIn.count++ % PEOPLE)
  const load = await closedLoop({ port: server.port, connections: 4, seconds: SECONDS, request, good: isSignedIn })
  return {
    cpu: (server.cpu() - before) / load.answered / 1000,
    milliseconds: percentile(load.milliseconds, 0.5),
    failed: load.failed,
  }
}

/** Sign-ins whose mail was neither taken nor is still there to be sent. */
const lost = async ({ database, signedIn }: House): Promise<number> => {
  const [row] = await database.query("SELECT count(*)::int AS count FROM messages WHERE status <> 'DEAD'")
  return signedIn.count - Number(row?.count)
}

/** T14: what a mail server does is nobody's business who signs in. Three installations, alike but for theirs, asked in turn. */
export const mailServers: Row = {
  id: 'T14',
  what: 'sign-in, a mail written by each, while the mail server refuses connections, or takes them and says nothing; against a good one',
  target: '≤ 1.1 ×; no mail is lost',
  measure: async ({ full }) => {
    const houses: House[] = []
    try {
      for (const mail of [await takingServer(), await deadServer(), await hangingServer()]) houses.push(await build(mail))
      const turns = houses.map((house) => () => turn(house))
      const [good = [], dead = [], hanging = []] = await interleave(full ? ROUNDS.full : ROUNDS.short, turns)
      const middle = (of: (turn: Turn) => number, some: readonly Turn[]) => median(some.map(of))
      const ratio = (of: (turn: Turn) => number, bad: readonly Turn[]) => middle(of, bad) / middle(of, good)
      const [time, cpu] = [(one: Turn) => one.milliseconds, (one: Turn) => one.cpu]
      const figures = {
        goodMilliseconds: middle(time, good),
        deadMilliseconds: middle(time, dead),
        hangingMilliseconds: middle(time, hanging),
        deadRatio: ratio(time, dead),
        hangingRatio: ratio(time, hanging),
        deadCpuRatio: ratio(cpu, dead),
        hangingCpuRatio: ratio(cpu, hanging),
        signIns: houses.reduce((sum, { signedIn }) => sum + signedIn.count, 0),
        mailsTaken: houses[0]?.mail.taken() ?? 0,
        lost: (await Promise.all(houses.map(lost))).reduce((sum, count) => sum + count, 0),
        failed: [...good, ...dead, ...hanging].reduce((sum, { failed }) => sum + failed, 0),
      }
      const { goodMilliseconds, deadMilliseconds, hangingMilliseconds, deadRatio, hangingRatio } = figures
      return {
        figures,
        says:
          `p50 ${short(goodMilliseconds)} ms; dead ${short(deadMilliseconds)} ms: ${short(deadRatio)} ×; hanging ${short(hangingMilliseconds)} ms: ${short(hangingRatio)} ×; ` +
          `CPU ${short(figures.deadCpuRatio)} ×, ${short(figures.hangingCpuRatio)} ×; ${figures.lost} of ${figures.signIns} mails lost`,
        met:
          Math.max(deadRatio, hangingRatio, figures.deadCpuRatio, figures.hangingCpuRatio) <= 1.1 &&
          figures.mailsTaken > 0 &&
          figures.lost === 0 &&
          figures.failed === 0,
      }
    } finally {
      for (const { server, database, mail } of houses) {
        await server.stop()
        await mail.close()
        await database.drop()
      }
    }
  },
}
