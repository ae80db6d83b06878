/** What every bus promises: at most once, in order, JSON in and out, and no listener disturbs another. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Bus } from '../../src/ports/bus/index.ts'
import type { Log } from '../../src/ports/log.ts'

/** A log that remembers its lines. */
export const memoryLog = () => {
  const lines: { level: string; message: string }[] = []
  const at = (level: string) => (_fields: Record<string, unknown>, message: string) => void lines.push({ level, message })
  const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
  return { log, lines }
}

const isHello = (message: unknown): boolean => typeof message === 'object' && message !== null && 'hello' in message

/** A listener that remembers what it heard, greetings apart. */
export const ear = (bus: Bus) => {
  const heard: unknown[] = []
  const stop = bus.listen((message) => void (isHello(message) || heard.push(message)))
  return { heard, stop }
}

/** A bus may need a moment until it hears; it does once a greeting has come round from each of the speakers. */
export const untilHeard = async (listening: Bus, ...speakers: readonly Bus[]): Promise<void> => {
  for (const speaker of speakers) {
    const hello = randomUUID()
    const greetings: unknown[] = []
    const stop = listening.listen((message) => greetings.push(message))
    await expect
      .poll(
        () => {
          speaker.publish({ hello })
          return greetings
        },
        { timeout: 10_000, interval: 20 },
      )
      .toContainEqual({ hello })
    stop()
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** @param open gives a bus that hears itself. */
export const busContract = (name: string, open: (log: Log) => Promise<Bus>): void => {
  describe(`the bus ${name}`, () => {
    const opened = async () => {
      const { log, lines } = memoryLog()
      const bus = await open(log)
      await untilHeard(bus, bus)
      return { bus, lines }
    }

    /** Messages come in order, so whoever hears the last has heard all. */
    const last = async (bus: Bus, heard: readonly unknown[]): Promise<void> => {
      bus.publish('the last')
      await expect.poll(() => heard, { interval: 5, timeout: 5_000 }).toContain('the last')
    }

    it('carries JSON: a moment arrives as text, and what was sent cannot be changed behind it', async () => {
      const { bus } = await opened()
      const { heard } = ear(bus)
      const message = { at: new Date(0), left: undefined, list: [1, null, 'é😀\u2028"\n'], deep: { yes: true } }
      bus.publish(message)
      message.deep.yes = false
      await last(bus, heard)
      expect(heard.at(-2)).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [1, null, 'é😀\u2028"\n'], deep: { yes: true } })
      await bus.close()
    })

    it('keeps the order, rings once each, and never inside the call that publishes', async () => {
      const { bus } = await opened()
      await settle()
      const { heard } = ear(bus)
      for (let number = 0; number < 500; number++) bus.publish({ number })
      expect(heard).toEqual([])
      await last(bus, heard)
      expect(heard).toEqual([...Array.from({ length: 500 }, (_, number) => ({ number })), 'the last'])
      await bus.close()
    })

    it('gives each listener a message of his own, and a failing one disturbs nobody', async () => {
      const { bus, lines } = await opened()
      const stops = [
        bus.listen(() => {
          throw new Error('broken')
        }),
        bus.listen((message) => {
          if (typeof message === 'object' && message !== null) Object.assign(message, { spoilt: true })
        }),
      ]
      const { heard } = ear(bus)
      bus.publish({ fine: true })
      await last(bus, heard)
      expect(heard).toContainEqual({ fine: true })
      expect(lines.filter(({ message }) => message === 'a bus listener failed').length).toBeGreaterThanOrEqual(1)
      for (const stop of stops) stop()
      await bus.close()
    })

    it('is silent to whoever stopped listening, also within a message, and stopping twice is nothing', async () => {
      const { bus } = await opened()
      const gone = ear(bus)
      gone.stop()
      gone.stop()
      const { heard } = ear(bus)
      await last(bus, heard)
      expect(gone.heard).toEqual([])
      await bus.close()
    })

    it('answers a ping until it is closed, and then neither hears nor throws', async () => {
      const { bus } = await opened()
      expect(await bus.ping()).toBe(true)
      const { heard } = ear(bus)
      await bus.close()
      const before = heard.length
      expect(() => bus.publish({ late: true })).not.toThrow()
      await settle()
      await settle()
      expect(heard).toHaveLength(before)
    })
  })
}
