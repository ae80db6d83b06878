/**
 * Whether two samples can be told apart: the test of Mann and Whitney. It looks at ranks alone, so that neither the shape of a
 * distribution nor a few slow moments of the machine decide.
 */

/** Samples that differ by chance alone are called different once in a thousand times. */
export const SIGNIFICANCE = 0.001

export type Comparison = Readonly<{
  /** How often one of the first sample is the larger of two that are picked at random; ties count half. 0.5: as often as not. */
  larger: number
  /** Normal approximation with correction for ties: positive where the first sample is larger. */
  z: number
  /** How probable at least so large a difference is, either way, where there is none. */
  p: number
}>

/** Abramowitz and Stegun, 7.1.26: to seven digits, which is more than a verdict needs. @param x from 0 on. */
const erfc = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * x)
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  return terms.reduce((sum, term) => sum * t + term, 0) * t * Math.exp(-x * x)
}

/** @param first, second not empty. @returns how the two samples compare. */
export const mannWhitney = (first: readonly number[], second: readonly number[]): Comparison => {
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ].toSorted((a, b) => a.value - b.value)
  const [n, m, total] = [first.length, second.length, all.length]
  let [ranks, ties] = [0, 0]
  for (let from = 0, to = 0; from < total; from = to) {
    while (to < total && all[to]?.value === all[from]?.value) to++
    const [equal, rank] = [to - from, (from + 1 + to) / 2] // equal values share the middle of their ranks
    ranks += rank * all.slice(from, to).filter(({ isFirst }) => isFirst).length
    ties += equal ** 3 - equal
  }
  const u = ranks - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  const z = variance === 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance)
  return { larger: u / (n * m), z, p: erfc(Math.abs(z) / Math.SQRT2) }
}

/**
 * How much larger all of the first sample would have to be for the two to be told apart: what a comparison that found nothing
 * is worth. @returns in the unit of the samples, to the percent; 0 where they are told apart as they are.
 */
export const noticeableShift = (first: readonly number[], second: readonly number[]): number => {
  const isTold = (shift: number): boolean => {
    const { z, p } = mannWhitney(
      first.map((value) => value + shift),
      second,
    )
    return z > 0 && p < SIGNIFICANCE
  }
  if (isTold(0)) return 0
  let [low, high] = [0, Math.max(...first, ...second) - Math.min(...first, ...second)]
  while (high - low > high / 100) {
    const middle = (low + high) / 2
    if (isTold(middle)) high = middle
    else low = middle
  }
  return high
}
