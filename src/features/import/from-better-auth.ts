/** Better Auth's `user` table with the `password` of each user's credential account: one object a user. */
import type { ForeignPassword } from '../../policy/hash-formats.ts'
import { asSalt, flag, moment, text } from './fields.ts'
import type { ReadExport } from './sources.ts'

/** Its own form, in hex on both sides: the salt's text itself is the salt. */
const OWN = /^([0-9a-f]{32}):([0-9a-f]{128})$/

const passwordOf = (hash: string): ForeignPassword => {
  const [, salt, key] = OWN.exec(hash) ?? []
  if (salt !== undefined && key !== undefined)
    return { format: 'SCRYPT', hash: key, salt: asSalt(salt), cost: 16_384, blockSize: 16, parallelism: 1 }
  return { format: hash.startsWith('$2') ? 'BCRYPT' : 'ARGON2', hash } // what applications put in its place
}

/** @param name as the code has it. @returns the same, or as a database with underscores has it. */
const either = (user: Readonly<Record<string, unknown>>, name: string): unknown =>
  user[name] ?? user[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]

export const fromBetterAuth: ReadExport =
  ({ now }) =>
  (user) => {
    const [email, phone, hash] = [text(user.email), text(either(user, 'phoneNumber')), text(user.password)]
    const banExpires = moment(either(user, 'banExpires'))
    return {
      externalId: text(user.id),
      email,
      emailVerified: email !== null && flag(either(user, 'emailVerified')),
      phone,
      phoneVerified: phone !== null && flag(either(user, 'phoneNumberVerified')),
      name: text(user.name),
      createdAt: moment(either(user, 'createdAt')),
      blocked: flag(user.banned) && (banExpires === null || banExpires > now),
      password: hash === null ? null : passwordOf(hash),
    }
  }
