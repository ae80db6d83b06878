/** scrypt (RFC 7914), and as Firebase modified it: there the derived key encrypts the project's signer key. */
import { createCipheriv, scrypt as derive, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { base64, isSame, readBase64, readKey, readNumber } from './bytes.ts'
import { type Cost, format, parametersOf, refuse, taking } from './format.ts'

type Parameters = Readonly<{ n: number; r: number; p: number }>

const run = promisify<string, Buffer, number, ScryptOptions, Buffer>(derive)

/** Node refuses what takes more than it is told; a little is used besides the blocks. */
const scryptOf = (password: string, salt: Buffer, size: number, { n, r, p }: Parameters): Promise<Buffer> =>
  run(password, salt, size, { N: n, r, p, maxmem: 128 * r * (n + p + 2) + 1_048_576 })

const costOf = ({ n, r, p }: Parameters): Cost => ({ bytes: 128 * r * (n + p), milliseconds: taking('scrypt', n * r * p) })

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n))

const parametersFrom = (field?: string): Parameters => {
  const { ln, r, p } = parametersOf(field)
  return { n: 2 ** Number(ln), r: Number(r), p: Number(p) }
}

const asField = ({ n, r, p }: Parameters): string => `ln=${Math.log2(n)},r=${r},p=${p}`

/** N, r and p far beyond what any machine does; what this one will do is decided by the cost. */
const LARGEST = { n: 2 ** 30, r: 1_024, p: 1_024 } as const

type Plain = Parameters & Readonly<{ salt: Buffer; key: Buffer }>

export const scrypt = format<Plain>({
  names: ['scrypt'],
  needs: ['salt', 'cost'],
  takes: ['blockSize', 'parallelism'],
  read: ({ hash, salt, cost, blockSize, parallelism }) => {
    const n = readNumber('cost', cost, 2, LARGEST.n)
    return {
      n: isPowerOfTwo(n) ? n : refuse('cost', 'Must be N itself, a power of two.'),
      r: readNumber('blockSize', blockSize ?? 8, 1, LARGEST.r),
      p: readNumber('parallelism', parallelism ?? 1, 1, LARGEST.p),
      salt: readBase64('salt', salt ?? ''),
      key: readKey(hash),
    }
  },
  write: (hash) => ['scrypt', asField(hash), base64(hash.salt), base64(hash.key)],
  parse: ([, parameters, salt = '', key = '']) => ({
    ...parametersFrom(parameters),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }),
  cost: costOf,
  verify: async ({ salt, key, ...parameters }, password) => isSame(await scryptOf(password, salt, key.length, parameters), key),
})

type Firebase = Parameters & Readonly<{ salt: Buffer; separator: Buffer; signerKey: Buffer; key: Buffer }>

/** What Firebase makes of the derived key: AES-256 in counter mode, from zero, over the signer key. */
const CIPHER = { name: 'aes-256-ctr', keyBytes: 32, start: Buffer.alloc(16) } as const

export const scryptFirebase = format<Firebase>({
  names: ['scrypt-firebase'],
  needs: ['salt', 'signerKey', 'memoryCost', 'rounds'],
  takes: ['saltSeparator'],
  read: ({ hash, salt, saltSeparator, signerKey, memoryCost, rounds }) => {
    const signer = readBase64('signerKey', signerKey ?? '')
    const key = readKey(hash)
    if (key.length !== signer.length) refuse('hash', 'Must be as long as the signer key.')
    return {
      n: 2 ** readNumber('memoryCost', memoryCost, 1, Math.log2(LARGEST.n)),
      r: readNumber('rounds', rounds, 1, LARGEST.r),
      p: 1,
      salt: readBase64('salt', salt ?? ''),
      separator: saltSeparator == null || saltSeparator === '' ? Buffer.alloc(0) : readBase64('saltSeparator', saltSeparator),
      signerKey: signer,
      key,
    }
  },
  write: (hash) => ['scrypt-firebase', asField(hash), ...[hash.salt, hash.separator, hash.signerKey, hash.key].map(base64)],
  parse: ([, parameters, ...parts]) => {
    const [salt = '', separator = '', signerKey = '', key = ''] = parts
    const [a, b, c, d] = [salt, separator, signerKey, key].map((part) => Buffer.from(part, 'base64')) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ] // four go in, four come out
    return { ...parametersFrom(parameters), salt: a, separator: b, signerKey: c, key: d }
  },
  cost: costOf,
  verify: async ({ salt, separator, signerKey, key, ...parameters }, password) => {
    const derived = await scryptOf(password, Buffer.concat([salt, separator]), CIPHER.keyBytes, parameters)
    return isSame(createCipheriv(CIPHER.name, derived, CIPHER.start).update(signerKey), key)
  },
})
