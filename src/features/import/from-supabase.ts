/** Rows of Supabase's `auth.users`, as CSV, as JSON or as lines of JSON. */
import type { ForeignPassword } from '../../policy/hash-formats.ts'
import { fields, flag, moment, text } from './fields.ts'
import type { ReadExport } from './sources.ts'

/** Firebase's modified scrypt as Supabase keeps it for users who came from there. */
const FIREBASE =
  /^\$fbscrypt\$v=1,n=(?<n>\d{1,3}),r=(?<r>\d{1,4}),p=1(?:,ss=(?<ss>[^,$]*))?(?:,sk=(?<sk>[^,$]*))?\$(?<salt>[^$]+)\$(?<hash>[^$]+)$/

const passwordOf = (encoded: string): ForeignPassword => {
  const { n, r, ss, sk, salt, hash } = FIREBASE.exec(encoded)?.groups ?? {}
  if (hash !== undefined)
    return {
      format: 'SCRYPT_FIREBASE',
      hash,
      salt: salt ?? null,
      saltSeparator: ss ?? null,
      signerKey: sk ?? null,
      memoryCost: Number(n),
      rounds: Number(r),
    }
  return { format: encoded.startsWith('$argon2') ? 'ARGON2' : 'BCRYPT', hash: encoded }
}

/** Numbers stand there without their plus. */
const phoneOf = (value: unknown): string | null => {
  const digits = text(value)
  return digits === null || digits.startsWith('+') ? digits : `+${digits}`
}

export const fromSupabase: ReadExport =
  ({ now }) =>
  (user) => {
    if (moment(user.deleted_at) !== null) return { refused: 'Was deleted there.' }
    if (flag(user.is_anonymous)) return { refused: 'Is anonymous there.' }
    const [email, phone, hash] = [text(user.email), phoneOf(user.phone), text(user.encrypted_password)]
    const about = fields(user.raw_user_meta_data)
    const bannedUntil = moment(user.banned_until)
    return {
      externalId: text(user.id),
      email,
      emailVerified: email !== null && moment(user.email_confirmed_at ?? user.confirmed_at) !== null,
      phone,
      phoneVerified: phone !== null && moment(user.phone_confirmed_at) !== null,
      name: text(about.full_name) ?? text(about.name) ?? text(about.display_name),
      createdAt: moment(user.created_at),
      blocked: bannedUntil !== null && bannedUntil > now,
      password: hash === null ? null : passwordOf(hash),
    }
  }
