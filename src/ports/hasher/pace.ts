/** How long a hash at today's price takes here, so that one that was made at a lower price can be made to cost the same. */

/** @param now a clock for durations, in milliseconds. */
export const openPace = (now: () => number) => {
  let known: Readonly<{ price: string; ms: number }> | null = null
  return {
    /** Runs one whole hash at that price, and learns from it. */
    timed: async <T>(price: string, hash: () => Promise<T>): Promise<T> => {
      const began = now()
      const result = await hash()
      const ms = now() - began
      known = { price, ms: known?.price === price ? known.ms + (ms - known.ms) / 8 : ms }
      return result
    },

    /** @returns which share of a whole hash at that price has not been spent yet; all of it while no such hash has been seen. */
    missing: (price: string, spentMs: number): number =>
      known?.price === price && known.ms > 0 ? Math.max(0, 1 - spentMs / known.ms) : 1,
  }
}
