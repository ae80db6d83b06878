/**
 * Hashes that other systems made. One table says which formats there are; a hash is stored as `$imported$<name>$…`, a string
 * that says all about itself, and is never run to find out what it costs.
 */
import { IMPORTS } from '../../../policy/bounds.ts'
import type { ForeignPassword, HashParameter, PasswordHashFormat } from '../../../policy/hash-formats.ts'
import type { Argon2 } from '../index.ts'
import { argon2 } from './argon2.ts'
import { bcrypt } from './bcrypt.ts'
import { digest, pbkdf2 } from './digest.ts'
import { type Cost, type Format, type Opened, refuse, UnreadableHash } from './format.ts'
import { phpass } from './phpass.ts'
import { scrypt, scryptFirebase } from './scrypt.ts'

const FORMATS: Readonly<Record<PasswordHashFormat, Format>> = {
  ARGON2: argon2,
  BCRYPT: bcrypt,
  SCRYPT: scrypt,
  SCRYPT_FIREBASE: scryptFirebase,
  PHPASS: phpass,
  MD5: digest('md5'),
  SHA1: digest('sha1'),
  SHA224: digest('sha224'),
  SHA256: digest('sha256'),
  SHA384: digest('sha384'),
  SHA512: digest('sha512'),
  SHA512_224: digest('sha512-224'),
  SHA512_256: digest('sha512-256'),
  SHA3_224: digest('sha3-224'),
  SHA3_256: digest('sha3-256'),
  SHA3_384: digest('sha3-384'),
  SHA3_512: digest('sha3-512'),
  PBKDF2: pbkdf2,
}

const BY_NAME: ReadonlyMap<string, Format> = new Map(
  Object.values(FORMATS).flatMap((format) => format.names.map((name) => [name, format] as const)),
)

const MARK = '$imported$'

/** Whether another system made this hash, so that the password counts as it was typed. */
export const isImported = (encoded: string | null): encoded is string => encoded?.startsWith(MARK) === true

/** @returns null for what is not one of ours. */
const open = (encoded: string): Opened | null => {
  const fields = encoded.slice(MARK.length).split('$')
  return BY_NAME.get(fields[0] ?? '')?.open(fields) ?? null
}

const isGiven = (given: ForeignPassword, name: HashParameter): boolean => given[name] != null

/** What somebody says has to be what the format needs, no less and no more. */
const checkParameters = (given: ForeignPassword, { needs, takes = [] }: Format): void => {
  const { format: _, ...texts } = given
  for (const [name, value] of Object.entries(texts))
    if (typeof value === 'string' && value.length > IMPORTS.hashCharacters)
      refuse(name as HashParameter, `Must be at most ${IMPORTS.hashCharacters.toLocaleString('en-US')} characters.`) // a key of the type
  const names = Object.keys(texts).filter((name) => name !== 'hash') as HashParameter[] // the type has no others
  for (const name of needs) if (!isGiven(given, name)) refuse(name, `${given.format} needs it.`)
  for (const name of names)
    if (isGiven(given, name) && !needs.includes(name) && !takes.includes(name))
      refuse(name, `Does not belong to ${given.format}.`)
}

const checkCost = ({ bytes, milliseconds }: Cost): void => {
  if (bytes > IMPORTS.memoryBytes)
    refuse('hash', `Would take more than ${IMPORTS.memoryBytes / 2 ** 30} GiB of memory to verify.`)
  if (milliseconds > IMPORTS.milliseconds) refuse('hash', `Would take more than ${IMPORTS.milliseconds / 1_000} s to verify.`)
}

type Encoded = Readonly<{ encoded: string } | { problem: Readonly<{ path: string; message: string }> }>

/** Brings a foreign hash into its stored form, or says what is wrong with it, without a word of the hash itself. */
export const encodeForeign = (given: ForeignPassword): Encoded => {
  try {
    const format = FORMATS[given.format]
    checkParameters(given, format)
    const { fields, cost } = format.read(given)
    checkCost(cost)
    return { encoded: `${MARK}${fields.join('$')}` }
  } catch (error) {
    if (error instanceof UnreadableHash) return { problem: { path: error.path, message: error.message } }
    throw error
  }
}

/** What verifying takes by the parameters alone; null for what is no imported hash. */
export const costOf = (encoded: string): Cost | null => (isImported(encoded) ? (open(encoded)?.cost ?? null) : null)

/**
 * Whether this is the password. The other system hashed what was typed, so that goes first; what a form of ours made of it
 * goes second, for whoever types on another keyboard.
 */
export const verifyImported = async (argon2: Argon2, encoded: string, typed: string, normalised: string): Promise<boolean> => {
  const hash = open(encoded)
  if (hash === null) return false
  return (await hash.verify(typed, argon2)) || (typed !== normalised && (await hash.verify(normalised, argon2)))
}
