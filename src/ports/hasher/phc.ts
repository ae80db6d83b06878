/**
 * Argon2's PHC strings. Ours begin with a head that says all about how they were made (`m,t,p`, then the pepper's id as
 * `keyid`), so that two hashes were made alike exactly if they begin and measure alike. Read is every variant, in any order.
 */
import { SETTING_BOUNDS } from '../../policy/bounds.ts'

export type HashParameters = Readonly<{ memoryKiB: number; iterations: number; parallelism: number }>

/** What a hash was or is to be made with, but for password and pepper. */
export type Recipe = HashParameters &
  Readonly<{ variant: 'id' | 'i' | 'd'; version: 16 | 19; salt: Buffer; tagBytes: number; pepperId: string | null }>

/** RFC 9106's. */
const VERSION = 19

/** Bytes of what we write. */
export const SIZE = { salt: 16, tag: 32 } as const

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** How the id of a pepper stands in a hash. */
export const keyidOf = (pepperId: string): string => unpadded(Buffer.from(pepperId))

/** Everything before the salt, the last `$` included. */
export const headOf = ({ memoryKiB, iterations, parallelism }: HashParameters, pepperId: string | null): string =>
  `$argon2id$v=${VERSION}$m=${memoryKiB},t=${iterations},p=${parallelism}${pepperId === null ? '' : `,keyid=${keyidOf(pepperId)}`}$`

/** @returns how long every hash of ours with that head is. */
export const lengthOf = (head: string): number => head.length + Math.ceil((SIZE.salt * 4) / 3) + 1 + Math.ceil((SIZE.tag * 4) / 3)

export const ourRecipe = (parameters: HashParameters, salt: Buffer, pepperId: string | null): Recipe => ({
  ...parameters,
  variant: 'id',
  version: VERSION,
  salt,
  tagBytes: SIZE.tag,
  pepperId,
})

/** @param recipe one of `ourRecipe`. */
export const encode = (recipe: Recipe, tag: Buffer): string =>
  `${headOf(recipe, recipe.pepperId)}${unpadded(recipe.salt)}$${unpadded(tag)}`

/** Longer ones are no hashes of anybody. */
const LONGEST = 1_024

const SHAPE = /^\$argon2(id|i|d)(?:\$v=(16|19))?\$([^$]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

const NUMBER = /^[1-9]\d{0,9}$/

const MOST = {
  memoryKiB: SETTING_BOUNDS['passwords.hashing.memoryKiB'].max,
  /** Memory times passes: beyond what settings allow together nothing is worth verifying. */
  work: SETTING_BOUNDS['passwords.hashing.memoryKiB'].max * SETTING_BOUNDS['passwords.hashing.iterations'].max,
  /** A byte in one of the bindings. */
  parallelism: 255,
} as const

/** What both bindings take at least. */
const LEAST = { salt: 8, tag: 4, memoryOfLane: 8 } as const

const named = (list: string): ReadonlyMap<string, string> | null => {
  const pairs = list.split(',').map((pair) => pair.split('='))
  const all = new Map(pairs.map(([name = '', value = '']) => [name, value]))
  const known = [...all.keys()].every((name) => ['m', 't', 'p', 'keyid'].includes(name))
  return known && all.size === pairs.length && pairs.every((pair) => pair.length === 2) ? all : null
}

/** @returns undefined for what is no id. */
const pepperIdIn = (keyid: string | undefined): string | null | undefined => {
  if (keyid === undefined) return null
  const id = Buffer.from(keyid, 'base64').toString()
  return id !== '' && keyidOf(id) === keyid ? id : undefined
}

/** @returns null for what is not a whole Argon2 hash, or would cost more to verify than any setting allows. */
export const decode = (encoded: string): Readonly<{ recipe: Recipe; tag: Buffer }> | null => {
  const [, variant, version = '16', list = '', salt64 = '', tag64 = ''] = (encoded.length <= LONGEST && SHAPE.exec(encoded)) || []
  const pairs = named(list)
  const [m = '', t = '', p = ''] = ['m', 't', 'p'].map((name) => pairs?.get(name))
  if (variant === undefined || ![m, t, p].every((text) => NUMBER.test(text))) return null
  const [memoryKiB, iterations, parallelism] = [Number(m), Number(t), Number(p)]
  const [salt, tag, pepperId] = [Buffer.from(salt64, 'base64'), Buffer.from(tag64, 'base64'), pepperIdIn(pairs?.get('keyid'))]
  const isSound =
    pepperId !== undefined &&
    salt.length >= LEAST.salt &&
    tag.length >= LEAST.tag &&
    memoryKiB >= LEAST.memoryOfLane * parallelism
  const isBearable = memoryKiB <= MOST.memoryKiB && memoryKiB * iterations <= MOST.work && parallelism <= MOST.parallelism
  if (!isSound || !isBearable) return null
  const kind = { variant: variant as Recipe['variant'], version: version === '19' ? 19 : 16 } as const // the pattern knows no other
  return { recipe: { ...kind, memoryKiB, iterations, parallelism, salt, tagBytes: tag.length, pepperId }, tag }
}
