/** Argon2 as it comes: the faster optional binding when it is installed, else the `argon2` package, which always works. */
import { timingSafeEqual } from 'node:crypto'
import { decode, encode, type HashParameters, ourRecipe, type Recipe } from './phc.ts'

/** A secret beside the database (RFC 9106 calls it K): who has the hashes alone cannot guess passwords. */
export type Pepper = Readonly<{ id: string; key: Buffer }>

/** The function itself. @throws what the binding throws where the machine cannot do it. */
export type Tag = (password: string, recipe: Recipe, secret: Buffer | null) => Promise<Buffer>

/** A binding of Argon2. Two exist; a test proves that their hashes are the same. */
export type Argon2 = Readonly<{
  name: string
  /** @returns a PHC string of Argon2id. @param pepper its key goes into the hash, its id into the string. */
  hash: (password: string, salt: Buffer, parameters: HashParameters, pepper?: Pepper | null) => Promise<string>
  /** False for a wrong password, a wrong pepper, and for a string that is not a hash. @param secret the pepper's key. */
  verify: (encoded: string, password: string, secret?: Buffer | null) => Promise<boolean>
}>

/** Strings and comparing are ours, so that no binding differs in what it takes for a hash. */
export const argon2Of = (name: string, tag: Tag): Argon2 => ({
  name,
  hash: async (password, salt, parameters, pepper = null) => {
    const recipe = ourRecipe(parameters, salt, pepper?.id ?? null)
    return encode(recipe, await tag(password, recipe, pepper?.key ?? null))
  },
  verify: async (encoded, password, secret = null) => {
    const stored = decode(encoded)
    return stored !== null && timingSafeEqual(await tag(password, stored.recipe, secret), stored.tag)
  },
})

/** The Rust binding: about twice as fast. @throws if it is not installed for this platform. */
export const rustArgon2 = async (): Promise<Argon2> => {
  const { hashRaw } = await import('@node-rs/argon2')
  // the package exports these as const enums, which isolated modules cannot read
  const algorithms = { d: 0, i: 1, id: 2 } as const
  const versions = { 16: 0, 19: 1 } as const
  return argon2Of('@node-rs/argon2', (password, recipe, secret) =>
    hashRaw(password, {
      algorithm: algorithms[recipe.variant],
      version: versions[recipe.version],
      memoryCost: recipe.memoryKiB,
      timeCost: recipe.iterations,
      parallelism: recipe.parallelism,
      outputLen: recipe.tagBytes,
      salt: recipe.salt,
      ...(secret === null ? {} : { secret }),
    }),
  )
}

/** The reference C code in the `argon2` package. */
export const referenceArgon2 = async (): Promise<Argon2> => {
  const { default: argon2 } = await import('argon2')
  const types = { d: argon2.argon2d, i: argon2.argon2i, id: argon2.argon2id } as const
  return argon2Of('argon2', (password, recipe, secret) =>
    argon2.hash(password, {
      type: types[recipe.variant],
      version: recipe.version,
      memoryCost: recipe.memoryKiB,
      timeCost: recipe.iterations,
      parallelism: recipe.parallelism,
      hashLength: recipe.tagBytes,
      salt: recipe.salt,
      raw: true as const,
      ...(secret === null ? {} : { secret }),
    }),
  )
}

export const openArgon2 = (): Promise<Argon2> => rustArgon2().catch(referenceArgon2)
