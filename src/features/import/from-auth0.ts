/** Auth0's export of password hashes, which its support hands out, and its bulk export of users: lines of JSON. */
import { fields, flag, moment, text } from './fields.ts'
import type { ReadExport } from './sources.ts'

export const fromAuth0: ReadExport = () => (user) => {
  const [email, phone] = [text(user.email), text(user.phone_number)]
  const hash = text(user.passwordHash)
  return {
    externalId: text(user.user_id) ?? text(fields(user._id).$oid) ?? text(user._id),
    email,
    emailVerified: email !== null && flag(user.email_verified),
    phone,
    phoneVerified: phone !== null && flag(user.phone_verified),
    name: text(user.name) === email ? null : text(user.name), // Auth0 calls people by their address where they have no name
    createdAt: moment(user.created_at),
    blocked: flag(user.blocked),
    password: hash === null ? null : { format: hash.startsWith('$argon2') ? 'ARGON2' : 'BCRYPT', hash },
  }
}
