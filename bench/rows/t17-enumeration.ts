import { randomInt } from 'node:crypto'
import { type BenchDatabase, emailOf, KEY, makeDatabase, seed } from '../kit/database.ts'
import { ask, open, post } from '../kit/http.ts'
import { type Comparison, mannWhitney, noticeableShift, SIGNIFICANCE } from '../kit/ranks.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import type { Measured, Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

const SAMPLES = { short: 400, full: 2_000 }

const SETTINGS = `mutation { updateSecuritySettings(input: { signIn: { discloseTakenEmail: false } }) { __typename } }`
const SIGN_IN = 'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }'
const RECOVER = 'mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }'
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'

const password = 'wintry meadow lantern'

type Door = Readonly<{ document: string; input: (email: string, port: number) => object; answer: string }>

/** What a stranger may ask about an address, and what he is answered whether or not it has an account. */
const DOORS: Readonly<Record<string, Door>> = {
  'sign-in': { document: SIGN_IN, input: (email) => ({ email, password }), answer: 'InvalidCredentialsError' },
  recovery: {
    document: RECOVER,
    input: (email, port) => ({ email, redirectUrl: `http://127.0.0.1:${port}/recover` }),
    answer: 'RequestPasswordRecoveryPayload',
  },
  'sign-up': { document: SIGN_UP, input: (email) => ({ email, password, transport: 'TOKEN' }), answer: 'SignUpPending' },
}

/** A network of its own for each request, as whoever rents a botnet has it: limits are not what is measured. */
const anyNetwork = (): Readonly<Record<string, string>> => ({
  'x-forwarded-for': [10, randomInt(256), randomInt(256), randomInt(256)].join('.'),
})

/** In an order by chance, so that what a request leaves to be done falls on either kind alike. */
const shuffled = <T>(values: readonly T[]): readonly T[] => {
  const order = [...values]
  for (let last = order.length - 1; last > 0; last--) {
    const picked = randomInt(last + 1)
    ;[order[last], order[picked]] = [order[picked] as T, order[last] as T] // both are within
  }
  return order
}

type Samples = Readonly<{ known: readonly number[]; unknown: readonly number[] }>

/** @param people how many there are: whoever comes behind them has no account. */
const sample = async ({ port }: Server, door: Door, people: number, count: number): Promise<Samples> => {
  const times = { known: [] as number[], unknown: [] as number[] }
  const kinds = shuffled(Array.from({ length: 2 * count }, (_, n) => (n % 2 === 0 ? 'known' : 'unknown')))
  const connection = await open(port)
  for (const kind of kinds) {
    const email = emailOf(times[kind].length + (kind === 'known' ? 0 : people))
    const request = post(door.document, { input: door.input(email, port) }, anyNetwork())
    const began = performance.now()
    const { body } = await connection.send(request)
    times[kind].push(performance.now() - began)
    if (!body.includes(`"${door.answer}"`)) throw new Error(`an unexpected answer: ${body.slice(0, 200)}`)
  }
  connection.close()
  return times
}

type Judged = Readonly<{ name: string; comparison: Comparison; shift: number }>

const measured = (doors: readonly Judged[]): Measured => ({
  figures: Object.fromEntries(
    doors.flatMap(({ name, comparison: { larger, p }, shift }) => [
      [`${name}: known slower`, larger],
      [`${name}: p`, p],
      [`${name}: noticeable milliseconds`, shift],
    ]),
  ),
  says: doors
    .map(
      ({ name, comparison: { larger, p }, shift }) =>
        `${name}: the known is the slower one ${(larger * 100).toFixed(1)} % of the time, p ${p.toFixed(3)}, ${short(shift)} ms would show`,
    )
    .join('; '),
  met: doors.every(({ comparison }) => comparison.p >= SIGNIFICANCE),
})

const judgeAll = async (database: BenchDatabase, server: Server, count: number): Promise<readonly Judged[]> => {
  const people = count
  await seed(database, people)
  await ask(server.port, post(SETTINGS, {}, { authorization: `Bearer ${KEY}` }))
  const doors: Judged[] = []
  for (const [name, door] of Object.entries(DOORS)) {
    await sample(server, door, 1_000_000, 20) // nobody of them is known: the code is warm, and no account was touched
    const { known, unknown } = await sample(server, door, people, count)
    doors.push({ name, comparison: mannWhitney(known, unknown), shift: noticeableShift(known, unknown) })
  }
  return doors
}

/** T17: whether the time of an answer tells if an address has an account. Where it does not, the row says what it would have noticed. */
export const enumeration: Row = {
  id: 'T17',
  what: 'an address with an account and one without, told apart by the time of the answer (Mann–Whitney, in random order)',
  target: `p ≥ ${SIGNIFICANCE} at each door`,
  measure: async ({ full }) => {
    const database = await makeDatabase()
    try {
      const server = await startGatehouse({ databaseUrl: database.url, env: { TRUSTED_PROXIES: '127.0.0.1/32' } })
      try {
        return measured(await judgeAll(database, server, full ? SAMPLES.full : SAMPLES.short))
      } finally {
        await server.stop()
      }
    } finally {
      await database.drop()
    }
  },
}
