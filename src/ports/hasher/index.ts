/**
 * The password hasher: Argon2id behind a gate. At most so many hashes run at once (they are the server's heaviest work),
 * a bounded line waits behind, and past it the caller is told to come back.
 */
import { serviceUnavailable } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/secrets.ts'
import { HASH_QUEUE, HASHING } from '../../policy/bounds.ts'
import { openArgon2 } from './argon2.ts'
import { openGate } from './gate.ts'
import { isImported, verifyImported } from './imported/index.ts'

export type HashParameters = Readonly<{ memoryKiB: number; iterations: number; parallelism: number }>

/** A binding of Argon2. Two exist; a test proves that their hashes are the same. */
export type Argon2 = Readonly<{
  name: string
  hash: (password: string, salt: Buffer, parameters: HashParameters) => Promise<string>
  /** False for a wrong password and for a string that is not a hash. */
  verify: (encoded: string, password: string) => Promise<boolean>
}>

export type Hasher = Readonly<{
  /** @returns a PHC string, `m,t,p` in that order, 16-byte salt. @throws SERVICE_UNAVAILABLE when the line is full. */
  hash: (password: string) => Promise<string>
  /**
   * @param encoded a PHC string, or null when there is no account or no password: then a dummy is verified, so that the
   * answer costs the same.
   * @param typed the password as it was typed, for hashes that another system made; the same if left out.
   * @throws SERVICE_UNAVAILABLE when the line is full.
   */
  verify: (encoded: string | null, password: string, typed?: string) => Promise<boolean>
  /** Hashes running and waiting, for the metrics. */
  load: () => Readonly<{ running: number; waiting: number }>
}>

/** @param slots how many hashes may run at once. */
export const openHasher = async (random: Random, slots: number, parameters: HashParameters = HASHING): Promise<Hasher> => {
  const argon2 = await openArgon2()
  const gate = openGate(slots, HASH_QUEUE, serviceUnavailable)
  const dummy = await argon2.hash(random(32).toString('hex'), random(16), parameters)
  return {
    hash: (password) => gate.run(() => argon2.hash(password, random(16), parameters)),
    verify: (encoded, password, typed = password) =>
      gate.run(async () => {
        if (isImported(encoded)) return verifyImported(argon2, encoded, typed, password)
        const matches = await argon2.verify(encoded ?? dummy, password)
        return encoded !== null && matches
      }),
    load: gate.load,
  }
}
