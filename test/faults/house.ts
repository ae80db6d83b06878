/** Two nodes on a Redis that may come to harm, people with many sessions, and the thousand questions that every fault is asked. */
import { afterEach, beforeEach, expect } from 'vitest'
import { newEmail, type TestApp, testApp } from '../support/app.ts'

/** How long the other nodes may take to hear of an end, if the node that made it cannot reach Redis. */
const BOUND_MS = 2_000

/** How often every ended session is asked for once more after each fault, and how often every live one. */
const ROUNDS = { ended: 65, live: 10 }

/** How often, at least, it is asked in each fault whether an ended session counts. */
const CHECKS = 1_000

type Held = Readonly<{ id: string; token: string }>
type Person = Readonly<{ email: string; accountId: string; own: Held; held: readonly Held[] }>

type Fault = Readonly<{
  /** The node on which sessions end. */
  by: TestApp
  /** Makes it. */
  begin: () => unknown
  /** Done once more before each end. */
  again?: () => unknown
  /** Without waiting for the answer: done while a session ends. */
  meanwhile?: () => unknown
  /** Whether the node that ends can reach Redis, so that no other may accept the session once it has answered. */
  isAtOnce: boolean
}>

const WHO = '{ account { id name } }'
const REVOKE =
  'mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename ... on RevokeSessionPayload { session { endReason } } } }'

const ask = async (node: TestApp, { token }: Held) => {
  const { data, errors } = await node.program(token).gql(WHO)
  const { code, reason } = errors?.[0]?.extensions ?? {}
  return { name: data?.account?.name, isAccepted: data?.account?.id !== undefined, problem: `${code} ${reason}` }
}

const revoke = async (node: TestApp, by: Held, { id }: Held): Promise<void> => {
  const { data } = await node.program(by.token).gql(REVOKE, { id })
  expect(data?.revokeSession).toMatchObject({ session: { endReason: 'REVOKED_BY_ACCOUNT' } })
}

/** A socket of this session, with its account's new sessions as events. */
const listen = (node: TestApp, { token }: Held) => node.subscribe(node.program(token), 'subscription { sessionAlerts { id } }')

/** @param urls of Redis, as each node sees it. */
export const openHouse = async (urls: Readonly<{ here: string; there: string }>) => {
  const here = await testApp({ env: { REDIS_URL: urls.here } })
  const { database, clock } = here
  const there = await testApp({ env: { REDIS_URL: urls.there }, beside: { database, clock } })
  const nodes = [here, there] as const
  await here.settings({ sessions: { limit: 100 } })
  let [checks, before, canaries] = [0, 0, 0]
  beforeEach(() => {
    before = checks
  })
  afterEach(() => expect(checks - before, 'how often an ended session was asked for').toBeGreaterThanOrEqual(CHECKS))

  /** Asks each node about each session. @returns a line for each that is not answered with `expected`. */
  const others = async (sessions: readonly Held[], expected: 'accepted' | 'refused', asked: readonly TestApp[] = nodes) => {
    const answers = asked.flatMap((node, index) =>
      sessions.map(async (session) => {
        if (expected === 'refused') checks++
        const { isAccepted, problem } = await ask(node, session)
        const wanted = expected === 'accepted' ? isAccepted : !isAccepted && problem === 'UNAUTHENTICATED REVOKED_BY_ACCOUNT'
        return wanted ? [] : [`node ${index}: ${isAccepted ? 'accepted' : problem}`]
      }),
    )
    return (await Promise.all(answers)).flat()
  }

  const open = async (email: string): Promise<Held> => {
    const { session, sessionToken } = await here.signIn(here.program(), email, { transport: 'TOKEN' })
    return { id: session.id, token: sessionToken ?? '' }
  }

  /** Fails if one of these is still accepted when the bound is over. */
  const untilRefused = async (ended: readonly Held[], node: TestApp): Promise<void> => {
    const answered = performance.now()
    for (let lines = ['not asked yet']; lines.length > 0; ) {
      const asked = performance.now()
      lines = await others(ended, 'refused', [node])
      if (asked - answered > BOUND_MS) expect(lines).toEqual([])
    }
  }

  /** Someone with a session to act with, and others that will end. */
  const person = async (sessions: number): Promise<Person> => {
    const email = newEmail()
    const { account, session, sessionToken } = await here.signUp(here.program(), { email, transport: 'TOKEN' })
    const held: Held[] = []
    while (held.length < sessions) held.push(await open(email))
    return { email, accountId: account.id, own: { id: session.id, token: sessionToken ?? '' }, held }
  }

  const canary = await person(0)

  /** Whether a node answers from a copy: the canary gets another name behind its back, and it says the one before. */
  const believes = async (node: TestApp): Promise<boolean> => {
    await ask(node, canary.own)
    const name = `Canary ${++canaries}`
    await here.app.db.read.account.update({ where: { id: canary.accountId }, data: { name } })
    return (await ask(node, canary.own)).name !== name
  }

  return {
    here,
    there,
    nodes,
    person,
    revoke,
    others,
    untilRefused,
    /** Waits until both nodes answer from copies, by themselves. */
    untilBelieved: () =>
      expect
        .poll(async () => [await believes(here), await believes(there)], { timeout: 20_000, interval: 20 })
        .toEqual([true, true]),

    /** Uses each session on each node twice, so that there are copies. */
    use: async ({ own, held }: Person): Promise<void> => {
      for (let time = 0; time < 2; time++) expect(await others([own, ...held], 'accepted')).toEqual([])
    },

    /** What every fault is for: half of the sessions end in the middle of it, one with sockets, and an event follows. */
    endHalf: async ({ own, held, email }: Person, fault: Fault): Promise<readonly Held[]> => {
      const [doomed, spared] = [held.slice(0, held.length / 2), held.slice(held.length / 2)]
      const [first = own] = doomed
      const [dying, living] = [await Promise.all(nodes.map((node) => listen(node, first))), await listen(there, own)]
      await fault.begin()
      for (const session of doomed) {
        await fault.again?.()
        const revoked = revoke(fault.by, own, session)
        await fault.meanwhile?.()
        await revoked
        if (fault.isAtOnce) expect(await others([session], 'refused')).toEqual([])
        else for (const node of nodes) await untilRefused([session], node)
      }
      const event = await open(email)
      for (let round = 0; round < ROUNDS.ended; round++) {
        expect(await others(doomed, 'refused')).toEqual([])
        if (round < ROUNDS.live) expect(await others([own, event, ...spared], 'accepted')).toEqual([])
      }
      expect((await living.next())?.data?.sessionAlerts).toEqual({ id: expect.any(String) })
      for (const socket of dying) {
        await expect.poll(() => socket.closed, { interval: 5 }).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
        expect(socket.pending().filter(({ data }) => data?.sessionAlerts != null)).toEqual([])
      }
      living.stop()
      await living.client.dispose()
      return doomed
    },

    /** Waits until /readyz says so of this node. */
    untilReady: (node: TestApp, bus: boolean) =>
      expect
        .poll(
          async () => {
            const response = await fetch(`${node.url}/readyz`)
            return [response.status, await response.json()]
          },
          { timeout: 20_000, interval: 50 },
        )
        .toEqual([200, { status: bus ? 'ok' : 'degraded', database: true, bus }]),
  }
}
