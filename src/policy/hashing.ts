/** How weak a hash of a password may be made: the floor that settings and proposals are held to. */
import { WEAKEST_HASHING } from './bounds.ts'

/** @returns the least memory, in KiB, that OWASP accepts for so many passes. @param iterations at least 1. */
export const leastMemoryKiB = (iterations: number): number =>
  WEAKEST_HASHING.findLast((pair) => pair.iterations <= iterations)?.memoryKiB ?? Number.POSITIVE_INFINITY

/** @returns the fewest passes that OWASP accepts over so much memory; null if there are never enough. */
export const fewestIterations = (memoryKiB: number): number | null =>
  WEAKEST_HASHING.find((pair) => pair.memoryKiB <= memoryKiB)?.iterations ?? null
