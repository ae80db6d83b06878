/** Digests that are run once over password and salt, and PBKDF2, which runs one many times, off the event loop. */
import { createHash, pbkdf2 as derive } from 'node:crypto'
import { promisify } from 'node:util'
import { base64, isSame, readBase64, readDigest, readKey, readNumber } from './bytes.ts'
import { type Format, format, parametersOf, refuse, taking } from './format.ts'

/** Each digest by the name that it has here and in node:crypto, with its size in bytes. */
const DIGESTS = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  'sha512-224': 28,
  'sha512-256': 32,
  'sha3-224': 28,
  'sha3-256': 32,
  'sha3-384': 48,
  'sha3-512': 64,
} as const

type Name = keyof typeof DIGESTS

type Plain = Readonly<{ position: 'prefix' | 'suffix' | 'none'; salt: Buffer; digest: Buffer }>

const NO_SALT = Buffer.alloc(0)

/** @param name of a digest. @returns the format of what it makes. */
export const digest = (name: Name): Format =>
  format<Plain>({
    names: [name],
    needs: [],
    takes: ['salt', 'saltPosition'],
    read: ({ hash, salt, saltPosition }) => {
      const found = readDigest(hash, DIGESTS[name])
      if (salt != null)
        return { position: saltPosition === 'SUFFIX' ? 'suffix' : 'prefix', salt: readBase64('salt', salt), digest: found }
      if (saltPosition != null) refuse('saltPosition', 'There is no salt.')
      return { position: 'none', salt: NO_SALT, digest: found }
    },
    write: ({ position, salt, digest: found }) => [name, position, base64(salt), base64(found)],
    parse: ([, position, salt = '', found = '']) => ({
      position: position === 'prefix' || position === 'suffix' ? position : 'none',
      salt: Buffer.from(salt, 'base64'),
      digest: Buffer.from(found, 'base64'),
    }),
    cost: () => ({ bytes: 0, milliseconds: 0 }),
    verify: async ({ position, salt, digest: found }, password) => {
      const parts = position === 'suffix' ? [Buffer.from(password), salt] : [salt, Buffer.from(password)]
      return isSame(createHash(name).update(Buffer.concat(parts)).digest(), found)
    },
  })

type Derived = Readonly<{ name: Name; iterations: number; salt: Buffer; key: Buffer }>

const run = promisify(derive)

const bare = (text: string): string => text.toLowerCase().replace(/[-_/ ]/g, '')

/** However a digest is spelt: sha256, SHA-256, SHA_256. @throws UnreadableHash */
const readName = (text: string): Name =>
  (Object.keys(DIGESTS) as Name[]).find((name) => bare(name) === bare(text)) ?? // the table's own keys
  refuse('digest', `Must be one of ${Object.keys(DIGESTS).join(', ')}.`)

const PREFIX = 'pbkdf2-'

export const pbkdf2 = format<Derived>({
  names: (Object.keys(DIGESTS) as Name[]).map((name) => `${PREFIX}${name}`),
  needs: ['salt', 'iterations', 'digest'],
  read: ({ hash, salt, iterations, digest: name }) => ({
    name: readName(name ?? ''),
    iterations: readNumber('iterations', iterations, 1, 2 ** 31 - 1),
    salt: readBase64('salt', salt ?? ''),
    key: readKey(hash),
  }),
  write: ({ name, iterations, salt, key }) => [`${PREFIX}${name}`, `i=${iterations}`, base64(salt), base64(key)],
  parse: ([name = '', parameters, salt = '', key = '']) => ({
    name: readName(name.slice(PREFIX.length)),
    iterations: Number(parametersOf(parameters).i),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }),
  cost: ({ name, iterations, key }) => ({
    bytes: 0,
    milliseconds: taking('pbkdf2', iterations * Math.ceil(key.length / DIGESTS[name])),
  }),
  verify: async ({ name, iterations, salt, key }, password) =>
    isSame(await run(password, salt, iterations, key.length, name), key),
})
