/**
 * So much at once, so many in line, and the rest told when to come back. Who comes first goes first; what can wait goes when
 * nobody else is there; who has left by his turn is passed over.
 */

/** What a piece of work holds while it runs. */
export type Burden = Readonly<{ threads: number; memoryKiB: number }>

/** Whether nobody waits for it any more. Asked when its turn has come, and when the line is full. */
export type IsGone = () => boolean

const stays: IsGone = () => false

/** What one piece of work takes, smoothed; the guess before the first one is measured, in milliseconds. */
const FIRST_GUESS_MS = 50

type Turn = Readonly<{ burden: Burden; isGone: IsGone; come: (mayEnter: boolean) => void }>

/**
 * @param capacity what all that runs at once may hold together; a single one that holds more runs alone.
 * @param line how many may wait.
 * @param refuse makes the error for whoever finds the line full, from the seconds after which it is worth coming back.
 */
export const openGate = (capacity: Burden, line: number, refuse: (retryAfterSeconds: number) => Error) => {
  let waiting: Turn[] = []
  const behind: Turn[] = []
  const held = { running: 0, threads: 0, memoryKiB: 0 }
  let typicalMs = FIRST_GUESS_MS
  let closed = false

  const fits = ({ threads, memoryKiB }: Burden): boolean =>
    held.running === 0 || (held.threads + threads <= capacity.threads && held.memoryKiB + memoryKiB <= capacity.memoryKiB)

  const take = ({ threads, memoryKiB }: Burden, sign: 1 | -1): void => {
    held.running += sign
    held.threads += sign * threads
    held.memoryKiB += sign * memoryKiB
  }

  const tooMany = (): Error => refuse(Math.max(1, Math.ceil((typicalMs * waiting.length) / Math.max(1, held.running) / 1000)))

  /** A heavy one at the head of the line holds up lighter ones behind it: otherwise it might never have its turn. */
  const admit = (): void => {
    for (let next = waiting[0] ?? behind[0]; next !== undefined; next = waiting[0] ?? behind[0]) {
      const isGone = next.isGone()
      if (!isGone && !fits(next.burden)) return
      if (waiting.shift() === undefined) behind.shift()
      if (!isGone) take(next.burden, 1)
      next.come(!isGone)
    }
  }

  const sendAwayTheGone = (): void => {
    const [gone, here]: [Turn[], Turn[]] = [[], []]
    for (const turn of waiting) (turn.isGone() ? gone : here).push(turn)
    waiting = here
    for (const { come } of gone) come(false)
    admit()
  }

  const queue = (where: Turn[], burden: Burden, isGone: IsGone): Promise<boolean> =>
    new Promise((come) => where.push({ burden, isGone, come }))

  /** @returns whether it may go in; what it holds is taken then. @throws what `refuse` makes. */
  const enter = (burden: Burden, isGone: IsGone): true | Promise<boolean> => {
    if (waiting.length >= line) sendAwayTheGone()
    if (waiting.length >= line) throw tooMany()
    if (waiting.length === 0 && fits(burden)) {
      take(burden, 1)
      return true
    }
    return queue(waiting, burden, isGone)
  }

  const work = async <T>(doing: () => Promise<T>, burden: Burden): Promise<T> => {
    const started = performance.now()
    try {
      return await doing()
    } finally {
      typicalMs += (performance.now() - started - typicalMs) / 8
      take(burden, -1)
      admit()
    }
  }

  return {
    /** @throws what `refuse` makes, at once, when the line is full; the same for one who has gone, whom nobody hears. */
    run: async <T>(doing: () => Promise<T>, burden: Burden, isGone: IsGone = stays): Promise<T> => {
      const mayEnter = enter(burden, isGone)
      if (mayEnter !== true && !(await mayEnter)) throw tooMany()
      return work(doing, burden)
    },

    /** Behind everybody. @returns null, without having begun, when as many wait as may, or once the gate is closed. */
    runLast: async <T>(doing: () => Promise<T>, burden: Burden): Promise<T | null> => {
      const isFree = waiting.length === 0 && behind.length === 0 && fits(burden)
      if (closed || (!isFree && (waiting.length >= line || behind.length >= line))) return null
      if (isFree) take(burden, 1)
      else if (!(await queue(behind, burden, stays))) return null
      return work(doing, burden)
    },

    /** Sends away whoever stands behind everybody. What runs goes on, and the line is served. */
    close: (): void => {
      closed = true
      for (const { come } of behind.splice(0)) come(false)
    },

    load: () => ({ running: held.running, waiting: waiting.length, behind: behind.length }),
  }
}
