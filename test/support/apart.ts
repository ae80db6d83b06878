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

type Cost = Readonly<{ time: number; work: number }>

/** Milliseconds by the clock, and of this process, which is server and client in one: a busy machine disturbs these less. */
const costOf = async (knock: () => Promise<unknown>): Promise<Cost> => {
  const [began, before] = [performance.now(), process.cpuUsage()]
  await knock()
  const { user, system } = process.cpuUsage(before)
  return { time: performance.now() - began, work: (user + system) / 1000 }
}

/** Chance goes beyond this once in 400 times, and three times in a row in one direction never. */
const SURE = 3

/** The first ones warm up. */
const WARM_UP = 5

/**
 * Takes samples in turn, so that a busy moment meets both alike. What is there shows every time, in the time or in the work;
 * what is not shows by chance, and not three times in the same direction.
 * @param settle waits until what a sample left to be done is done.
 */
export const canTellApart = async (
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
  settle: () => Promise<unknown>,
  samples = 60,
): Promise<boolean> => {
  let suspicions = ['time +', 'time -', 'work +', 'work -']
  for (let round = 0; round < 3 && suspicions.length > 0; round++) {
    const [ones, others]: [Cost[], Cost[]] = [[], []]
    const both = [
      { knock: one, costs: ones },
      { knock: other, costs: others },
    ]
    for (let sample = 0; sample < samples + WARM_UP; sample++)
      for (const { knock, costs } of sample % 2 === 0 ? both : both.toReversed()) {
        costs.push(await costOf(knock))
        await settle()
      }
    const found = (['time', 'work'] as const).flatMap((measure) => {
      const [mine, theirs] = [ones, others].map((costs) => costs.slice(WARM_UP).map((cost) => cost[measure]))
      const deviation = rankDeviation(mine ?? [], theirs ?? [])
      return Math.abs(deviation) < SURE ? [] : [`${measure} ${deviation > 0 ? '+' : '-'}`]
    })
    suspicions = suspicions.filter((suspicion) => found.includes(suspicion))
  }
  return suspicions.length > 0
}
