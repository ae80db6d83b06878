import { setTimeout as sleep } from 'node:timers/promises'
import { tokenOf } from '../kit/database.ts'
import { startGatehouse } from '../kit/server.ts'
import { subscribe, subscribeAll } from '../kit/sockets.ts'
import { cookieOf, type Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

/** Opened before the first look at memory: code that is compiled, pools that grow once. */
const FIRST = 300
const QUIET_MS = 3_000

/** T7: each of them another person's, as in life. */
export const idle: Row = {
  id: 'T7',
  what: 'resident memory of an idle subscription',
  target: '≤ 15 KB each; stretch 10 KB',
  measure: async ({ database, subscribers }) => {
    const server = await startGatehouse({ databaseUrl: database.url })
    const one = (n: number) => subscribe(server.port, cookieOf(tokenOf(n)), 'subscription { sessionAlerts { id } }')
    try {
      const few = await subscribeAll(FIRST, one)
      await sleep(QUIET_MS)
      const before = server.resident()
      const many = await subscribeAll(subscribers - FIRST, (n) => one(FIRST + n))
      await sleep(QUIET_MS)
      const kilobytes = (server.resident() - before) / many.length / 1_000
      for (const listener of [...few, ...many]) listener.close()
      return {
        figures: { subscriptions: subscribers, kilobytesEach: kilobytes },
        says: `${short(kilobytes)} KB each, at ${subscribers.toLocaleString('en-US')}`,
        met: kilobytes <= 15,
      }
    } finally {
      await server.stop()
    }
  },
}
