import { KEY, tokenOf } from '../kit/database.ts'
import { ask } from '../kit/http.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import { isSignedIn, signIn } from '../kit/sign-in.ts'
import { type Listener, subscribe, subscribeAll } from '../kit/sockets.ts'
import { cookieOf, type Row, type Stage } from '../kit/stage.ts'
import { median, percentile, short } from '../kit/stats.ts'

const ALERTS = 40
const EVENTS = 5

/** @returns when the sign-in was answered. */
const signInAt = async (server: Server, n: number): Promise<number> => {
  const answer = await ask(server.port, signIn(n))
  if (!isSignedIn(answer)) throw new Error(`not signed in: ${answer.body}`)
  return performance.now()
}

/** Milliseconds from the sign-in's answer on one node to the alert on the other; 0 where the alert was faster. */
const oneOfMany = async ({ ours, subscribers }: Stage, node: Server): Promise<number[]> => {
  const one = (n: number) => subscribe(node.port, cookieOf(tokenOf(n)), 'subscription { sessionAlerts { id } }')
  const listeners = await subscribeAll(subscribers, one)
  const milliseconds: number[] = []
  for (let round = 0; round < ALERTS; round++) {
    const n = Math.floor((round * subscribers) / ALERTS)
    const answered = await signInAt(ours, n)
    milliseconds.push(Math.max(0, ((await listeners[n]?.next()) ?? Number.NaN) - answered))
  }
  for (const listener of listeners) listener.close()
  return milliseconds
}

type Spread = Readonly<{ last: number; cpu: number }>

const oneToAll = async ({ ours, subscribers }: Stage, node: Server): Promise<Spread[]> => {
  const query = 'subscription { events(filter: { types: ["session.opened"] }) { id type } }'
  const headers = { authorization: `Bearer ${KEY}` }
  const listeners: readonly Listener[] = await subscribeAll(subscribers, () => subscribe(node.port, headers, query))
  const spreads: Spread[] = []
  for (let round = 0; round < EVENTS; round++) {
    const before = node.cpu()
    const answered = await signInAt(ours, round)
    const arrived = await Promise.all(listeners.map((listener) => listener.next()))
    spreads.push({ last: Math.max(...arrived) - answered, cpu: (node.cpu() - before) / subscribers })
  }
  for (const listener of listeners) listener.close()
  return spreads
}

/** T8: the sign-in happens on one node, the subscribers are on another; between them is Redis. */
export const fanOut: Row = {
  id: 'T8',
  what: 'one alert to one of many subscribers, over Redis; one event to all of them',
  target: 'p50 ≤ 1 ms, p99 ≤ 10 ms; last ≤ 200 ms, ≤ 20 µs CPU each',
  measure: async (stage) => {
    const node = await startGatehouse({ databaseUrl: stage.database.url })
    try {
      const alerts = await oneOfMany(stage, node)
      const events = await oneToAll(stage, node)
      const [p50, p99] = [percentile(alerts, 0.5), percentile(alerts, 0.99)]
      const [last, cpu] = [median(events.map((each) => each.last)), median(events.map((each) => each.cpu))]
      return {
        figures: {
          subscribers: stage.subscribers,
          p50Milliseconds: p50,
          p99Milliseconds: p99,
          lastMilliseconds: last,
          cpuMicrosecondsEach: cpu,
        },
        says: `alert p50 ${short(p50)} ms, p99 ${short(p99)} ms; event to ${stage.subscribers.toLocaleString('en-US')}: last ${short(last)} ms, ${short(cpu)} µs each`,
        met: p50 <= 1 && p99 <= 10 && last <= 200 && cpu <= 20,
      }
    } finally {
      await node.stop()
    }
  },
}
