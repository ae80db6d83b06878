/** Users as Appwrite's server API lists them (`GET /v1/users`), with their hashes. */
import type { Json } from '../../kernel/events.ts'
import type { ForeignPassword, PasswordHashFormat } from '../../policy/hash-formats.ts'
import { asSalt, type Fields, fields, flag, moment, text } from './fields.ts'
import type { ReadExport } from './sources.ts'

type Password = ForeignPassword | Readonly<{ refused: string }>

/** PHP's names of the algorithms that Appwrite's `sha` may mean; its own choice is the last. */
const SHA: Readonly<Record<string, PasswordHashFormat>> = {
  sha1: 'SHA1',
  sha224: 'SHA224',
  sha256: 'SHA256',
  sha384: 'SHA384',
  sha512: 'SHA512',
  'sha512/224': 'SHA512_224',
  'sha512/256': 'SHA512_256',
  'sha3-224': 'SHA3_224',
  'sha3-256': 'SHA3_256',
  'sha3-384': 'SHA3_384',
  'sha3-512': 'SHA3_512',
}

/** An option by its name, or as older versions spelt it. */
const option = (options: Fields, name: string): unknown =>
  options[name] ?? options[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]

const sha = (hash: string, options: Fields): Password => {
  const format = SHA[text(options.version) ?? 'sha3-512']
  return format === undefined ? { refused: 'Has a kind of SHA that is not known here.' } : { format, hash }
}

/** Appwrite hands the salt to scrypt as the text it is. */
const scrypt = (hash: string, options: Fields): Password => {
  const salt = text(options.salt)
  if (salt === null) return { refused: 'Has a scrypt hash without its salt.' }
  return {
    format: 'SCRYPT',
    hash,
    salt: asSalt(salt),
    cost: Number(option(options, 'costCpu')),
    blockSize: Number(option(options, 'costMemory')),
    parallelism: Number(option(options, 'costParallel')),
  }
}

/** With the parameters that Appwrite never changes. */
const modified = (hash: string, options: Fields): Password => ({
  format: 'SCRYPT_FIREBASE',
  hash,
  salt: text(options.salt),
  saltSeparator: text(option(options, 'saltSeparator')),
  signerKey: text(option(options, 'signerKey')),
  memoryCost: 14,
  rounds: 8,
})

const plain =
  (format: PasswordHashFormat) =>
  (hash: string): Password => ({ format, hash })

const READERS: Readonly<Record<string, (hash: string, options: Fields) => Password>> = {
  argon2: plain('ARGON2'),
  bcrypt: plain('BCRYPT'),
  md5: plain('MD5'),
  phpass: plain('PHPASS'),
  sha,
  scrypt,
  scryptMod: modified,
  scryptModified: modified,
  scrypt_mod: modified,
}

export const fromAppwrite: ReadExport = () => (user) => {
  const [email, phone, hash] = [text(user.email), text(user.phone), text(user.password)]
  const read = READERS[text(user.hash) ?? 'argon2']
  if (hash !== null && read === undefined) return { refused: 'Has a kind of hash that is not known here.' }
  const password = hash === null || read === undefined ? null : read(hash, fields(user.hashOptions))
  if (password !== null && 'refused' in password) return password
  return {
    externalId: text(user.$id),
    email,
    emailVerified: email !== null && flag(user.emailVerification),
    phone,
    phoneVerified: phone !== null && flag(user.phoneVerification),
    name: text(user.name),
    labels: Array.isArray(user.labels) ? user.labels.map(String) : [],
    preferences: fields(user.prefs) as Readonly<Record<string, Json>>, // it came out of JSON
    createdAt: moment(user.registration) ?? moment(user.$createdAt),
    blocked: user.status === false,
    password,
  }
}
