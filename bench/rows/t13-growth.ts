import { type BenchDatabase, makeDatabase, SESSIONS_EACH, seed, tokenOf } from '../kit/database.ts'
import { open } from '../kit/http.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { subscribe } from '../kit/sockets.ts'
import { cookieOf, interleave, middle, type Row, reads } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

const SMALL = 1_000
const LARGE = { short: 20_000, full: 1_000_000 }
const SIGN_INS = 30

type House = Readonly<{ database: BenchDatabase; server: Server; people: number }>

const build = async (people: number): Promise<House> => {
  const database = await makeDatabase()
  const server = await startGatehouse({ databaseUrl: database.url })
  await seed(database, people)
  return { database, server, people }
}

type Delay = Readonly<{ signedIn: number; alerted: number }>

/** Milliseconds from a sign-in's request to its answer, and to its alert on the same person's socket. */
const delays = async ({ server, people }: House, turn: number): Promise<Delay> => {
  const person = Math.floor(((turn + 0.5) * people) / (SIGN_INS + 2))
  const listener = await subscribe(server.port, cookieOf(tokenOf(person)), 'subscription { sessionAlerts { id } }')
  const connection = await open(server.port)
  const began = performance.now()
  if (!isSignedIn(await connection.send(signIn(person)))) throw new Error('not signed in')
  const signedIn = performance.now() - began
  const alerted = (await listener.next()) - began
  connection.close()
  listener.close()
  return { signedIn, alerted }
}

/** T13: two installations, alike but for their size, asked in turn. */
export const growth: Row = {
  id: 'T13',
  what: 'T1, sign-in and alert delivery in a large installation against one of 1,000 accounts',
  target: '≤ 1.3 ×',
  measure: async ({ full }) => {
    const houses = [await build(SMALL), await build(full ? LARGE.full : LARGE.short)]
    try {
      const [few = [], many = []] = await interleave(
        4,
        houses.map(
          ({ server }) =>
            () =>
              reads(server),
        ),
      )
      const turns = houses.map(() => 0)
      const ask = houses.map((house, index) => () => {
        const turn = turns[index] ?? 0
        turns[index] = turn + 1
        return delays(house, turn)
      })
      const [small = [], large = []] = await interleave(SIGN_INS, ask)
      const ratio = (of: (delay: Delay) => number) => median(large.map(of)) / median(small.map(of))
      const read = middle(many).cpu / middle(few).cpu
      const [signedIn, alerted] = [ratio((delay) => delay.signedIn), ratio((delay) => delay.alerted)]
      const people = full ? LARGE.full : LARGE.short
      return {
        figures: {
          accounts: people,
          sessions: people * SESSIONS_EACH,
          readRatio: read,
          signInRatio: signedIn,
          alertRatio: alerted,
        },
        says: `at ${people.toLocaleString('en-US')} accounts: read ${short(read)} ×, sign-in ${short(signedIn)} ×, alert ${short(alerted)} ×`,
        met: Math.max(read, signedIn, alerted) <= 1.3,
      }
    } finally {
      for (const { server, database } of houses) {
        await server.stop()
        await database.drop()
      }
    }
  },
}
