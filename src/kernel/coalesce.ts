/**
 * Calls that overlap share runs of `work`. Each caller waits for a run that began after his call, so what he wants done
 * is done when his promise resolves, and a storm of calls costs two runs.
 * @returns the function to call instead of `work`; it rejects as the run it waited for.
 */
export const coalesced = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (): Promise<void> => {
    running = work().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (next !== null) return next // also while one run has ended and the next has not begun: never two at once
    if (running === null) return start()
    next = running
      .catch(() => undefined)
      .then(() => {
        next = null
        return start()
      })
    return next
  }
}
