/** The listeners of one process. Shared by every bus, so that they all treat a listener's failure alike. */
import type { Log } from '../log.ts'
import type { BusListener } from './index.ts'

export const listenerSet = (log: Log) => {
  const listeners = new Set<BusListener>()
  return {
    add: (listener: BusListener): (() => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Hands a message, as it came over the wire, to every listener. */
    ring: (text: string): void => {
      for (const listener of listeners) {
        try {
          listener(JSON.parse(text))
        } catch (error) {
          log.error({ error }, 'a bus listener failed')
        }
      }
    },
    clear: (): void => listeners.clear(),
  }
}
