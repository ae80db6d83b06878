/** The bus inside one process. */
import type { Log } from '../log.ts'
import type { Bus } from './index.ts'
import { listenerSet } from './listeners.ts'

export const embeddedBus = (log: Log): Bus => {
  const listeners = listenerSet(log)
  return {
    publish: (message) => {
      const text = JSON.stringify(message)
      setImmediate(() => listeners.ring(text)) // as over a network: never inside the publisher's own call
    },
    listen: listeners.add,
    ping: async () => true,
    close: async () => listeners.clear(),
  }
}
