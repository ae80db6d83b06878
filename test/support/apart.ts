/** Whether two things can be told apart by the time they take: the Mann–Whitney test over samples that were taken in turn. */

/** How many standard deviations the ranks of the first are from what chance would give; positive: the first takes longer. */
export const rankDeviation = (ones: readonly number[], others: readonly number[]): number => {
  const all = [...ones.map((value) => ({ value, isOne: true })), ...others.map((value) => ({ value, isOne: false }))]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  for (let start = 0; start < all.length; ) {
    let end = start
    while (end < all.length && all[end]?.value === all[start]?.value) end++
    const tied = all.slice(start, end).filter(({ isOne }) => isOne).length
    ranks += (tied * (start + 1 + end)) / 2 // equal ones share the middle of their ranks
    start = end
  }
  const [n, m] = [ones.length, others.length]
  const u = ranks - (n * (n + 1)) / 2
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Chance goes beyond this once in 400 times, and three times in a row in one direction never. */
const SURE = 3

/**
 * Takes samples in turn, so that a busy moment meets both alike. What is there shows every time; what is not shows by
 * chance, and not three times in the same direction.
 * @param settle waits until what a sample left to be done is done.
 */
export const canTellApart = async (
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
  settle: () => Promise<unknown>,
  samples = 60,
): Promise<boolean> => {
  const found: number[] = []
  for (let round = 0; round < 3; round++) {
    const [ones, others]: [number[], number[]] = [[], []]
    for (let sample = -5; sample < samples; sample++) {
      for (const [work, times] of sample % 2 === 0
        ? ([
            [one, ones],
            [other, others],
          ] as const)
        : ([
            [other, others],
            [one, ones],
          ] as const)) {
        const took = await timed(work)
        if (sample >= 0) times.push(took) // the first ones warm up
        await settle()
      }
    }
    found.push(rankDeviation(ones, others))
    if (Math.abs(found.at(-1) ?? 0) < SURE) return false
  }
  return new Set(found.map(Math.sign)).size === 1
}
