/** Load on a server: closed loops (the next request follows the answer) and open ones (requests come by the clock). */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Connection, open } from './http.ts'

export type Load = Readonly<{ answered: number; failed: number; seconds: number; milliseconds: readonly number[] }>

type Wanted = Readonly<{
  port: number
  connections: number
  seconds: number
  /** The nth request. */
  request: (n: number) => Buffer
  /** Whether an answer is the right one. */
  good: (answer: Answer) => boolean
}>

const openAll = (port: number, count: number): Promise<Connection[]> =>
  Promise.all(Array.from({ length: count }, () => open(port)))

export const closedLoop = async ({ port, connections, seconds, request, good }: Wanted): Promise<Load> => {
  const all = await openAll(port, connections)
  const milliseconds: number[] = []
  let [sent, failed] = [0, 0]
  const began = performance.now()
  const until = began + seconds * 1000
  await Promise.all(
    all.map(async (connection) => {
      while (performance.now() < until) {
        const started = performance.now()
        const answer = await connection.send(request(sent++))
        milliseconds.push(performance.now() - started)
        if (!good(answer)) failed++
      }
    }),
  )
  for (const connection of all) connection.close()
  return { answered: milliseconds.length, failed, seconds: (performance.now() - began) / 1000, milliseconds }
}

/** Latency counts from when a request was due, so that a stall is not hidden by requests that it kept from being sent. */
export const openLoop = async (wanted: Wanted & Readonly<{ perSecond: number }>): Promise<Load> => {
  const { port, connections, seconds, request, good, perSecond } = wanted
  const [all, free] = [await openAll(port, connections), [] as Connection[]]
  free.push(...all)
  const milliseconds: number[] = []
  const running: Promise<void>[] = []
  let failed = 0
  const began = performance.now()
  for (let n = 0; n < seconds * perSecond; n++) {
    const due = began + (n * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    const started = Math.max(due, early > 0 ? performance.now() : due) // a timer that is late is ours, not the server's
    const one = async (): Promise<void> => {
      const connection = free.pop() ?? (await open(port))
      const answer = await connection.send(request(n))
      milliseconds.push(performance.now() - started)
      if (!good(answer)) failed++
      free.push(connection)
    }
    running.push(one())
  }
  await Promise.all(running)
  for (const connection of free) connection.close()
  return { answered: milliseconds.length, failed, seconds: (performance.now() - began) / 1000, milliseconds }
}
