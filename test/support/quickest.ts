/** How long something takes, on a machine that others use as well. */

/** @returns milliseconds of the quickest of so many runs, the first of which warm up: what others do meanwhile does not count. */
export const quickest = (runs: number, work: () => void): number => {
  const times = Array.from({ length: runs }, () => {
    const began = performance.now()
    work()
    return performance.now() - began
  })
  return Math.min(...times)
}
