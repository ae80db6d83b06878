/** Argon2 as it comes: the faster optional binding when it is installed, else the `argon2` package, which always works. */
import type { Argon2, HashParameters } from './index.ts'

/** RFC 9106's version 1.3. */
const VERSION = 19

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** The PHC string with its parameters in the order strict decoders demand: m, t, p. */
const encode = ({ memoryKiB, iterations, parallelism }: HashParameters, salt: Buffer, hash: Buffer): string =>
  `$argon2id$v=${VERSION}$m=${memoryKiB},t=${iterations},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`

const HASH_BYTES = 32

/** The Rust binding: about twice as fast. @throws if it is not installed for this platform. */
export const rustArgon2 = async (): Promise<Argon2> => {
  const { hashRaw, verify } = await import('@node-rs/argon2')
  return {
    name: '@node-rs/argon2',
    hash: async (password, salt, parameters) => {
      const options = {
        algorithm: 2, // Argon2id; the package exports it as a const enum, which isolated modules cannot read
        memoryCost: parameters.memoryKiB,
        timeCost: parameters.iterations,
        parallelism: parameters.parallelism,
        outputLen: HASH_BYTES,
        salt,
      }
      return encode(parameters, salt, await hashRaw(password, options))
    },
    verify: (encoded, password) => verify(encoded, password).catch(() => false),
  }
}

/** The reference C code in the `argon2` package. */
export const referenceArgon2 = async (): Promise<Argon2> => {
  const { default: argon2 } = await import('argon2')
  return {
    name: 'argon2',
    hash: async (password, salt, parameters) => {
      const options = {
        type: argon2.argon2id,
        memoryCost: parameters.memoryKiB,
        timeCost: parameters.iterations,
        parallelism: parameters.parallelism,
        hashLength: HASH_BYTES,
        salt,
        raw: true as const,
      }
      return encode(parameters, salt, await argon2.hash(password, options))
    },
    verify: (encoded, password) => argon2.verify(encoded, password).catch(() => false),
  }
}

export const openArgon2 = (): Promise<Argon2> => rustArgon2().catch(referenceArgon2)
