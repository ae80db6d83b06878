/** So many at once, so many in line, and the rest told when to come back. */

/** What one piece of work takes, smoothed; the guess before the first one is measured, in milliseconds. */
const FIRST_GUESS_MS = 50

/** @param refuse makes the error for whoever finds the line full, from the seconds after which it is worth coming back. */
export const openGate = (slots: number, line: number, refuse: (retryAfterSeconds: number) => Error) => {
  const waiting: (() => void)[] = []
  let running = 0
  let typicalMs = FIRST_GUESS_MS

  const enter = (): Promise<void> | void => {
    if (running < slots) {
      running++
      return
    }
    if (waiting.length >= line) throw refuse(Math.max(1, Math.ceil((typicalMs * waiting.length) / slots / 1000)))
    return new Promise((resolve) => waiting.push(resolve))
  }

  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running--
    else next() // the slot passes on; running stays
  }

  return {
    /** @throws what `refuse` makes, at once, when the line is full. */
    run: async <T>(work: () => Promise<T>): Promise<T> => {
      await enter()
      const started = performance.now()
      try {
        return await work()
      } finally {
        typicalMs += (performance.now() - started - typicalMs) / 8
        leave()
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  }
}
