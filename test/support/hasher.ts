/** A hasher by itself, with parameters of the test's own. */
import { randomBytes } from 'node:crypto'
import { type Hasher, type HashParameters, openHasher } from '../../src/ports/hasher/index.ts'
import { openLog } from '../../src/ports/log.ts'

/** Real Argon2id, as cheap as it goes. */
const CHEAP = { memoryKiB: 8, iterations: 1, parallelism: 1 }

/** @param threads how many hashes of one lane may run at once. */
export const cheapHasher = (threads = 1, parameters: HashParameters = CHEAP): Promise<Hasher> =>
  openHasher({
    random: randomBytes,
    log: openLog('silent', () => new Date()),
    parameters: async () => parameters,
    peppers: [],
    capacity: { threads, memoryKiB: 1_048_576 },
  })
