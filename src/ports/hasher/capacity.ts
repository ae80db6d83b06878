/** How much hashing this machine may do at once, so that it stays a server meanwhile. */
import { availableParallelism, totalmem } from 'node:os'
import { HASHING_SHARE } from '../../policy/bounds.ts'
import type { Burden } from './gate.ts'

/** What the process may use: the machine's memory, or less where a container has less. */
const memoryBytes = (): number => {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** One core is left for everything else, and most of the memory. */
export const hashingCapacity = (): Burden => ({
  threads: Math.max(1, availableParallelism() - 1),
  memoryKiB: Math.floor(memoryBytes() / 1_024 / HASHING_SHARE),
})
