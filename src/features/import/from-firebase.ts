/** What `firebase auth:export` writes as JSON, with the hash parameters that the console shows. */
import { flag, moment, text } from './fields.ts'
import type { ReadExport } from './sources.ts'

/** The project's parameters of its modified scrypt. */
export type FirebaseHashing = Readonly<{ signerKey: string; saltSeparator: string; rounds: number; memoryCost: number }>

/** One parameter, as the console shows it (`rounds: 8,`) or as JSON. */
const parameter = (config: string, name: string): string | null =>
  new RegExp(`["']?\\b${name}["']?\\s*[:=]\\s*["']?([A-Za-z0-9+/_=-]+)`).exec(config)?.[1] ?? null

/** @returns null for what does not say all of it, or is for another algorithm: exports have no other. */
export const readFirebaseHashing = (config: string): FirebaseHashing | null => {
  const [algorithm, signerKey] = [parameter(config, 'algorithm'), parameter(config, 'base64_signer_key')]
  const [rounds, memoryCost] = [Number(parameter(config, 'rounds') ?? ''), Number(parameter(config, 'mem_cost') ?? '')]
  if ((algorithm ?? 'SCRYPT') !== 'SCRYPT' || signerKey === null || !(rounds > 0) || !(memoryCost > 0)) return null
  return { signerKey, saltSeparator: parameter(config, 'base64_salt_separator') ?? '', rounds, memoryCost }
}

export const fromFirebase: ReadExport = ({ firebase }) => {
  return (user) => {
    const hash = text(user.passwordHash)
    if (hash !== null && firebase === null) return { refused: 'Has a password, and nothing says how it was hashed.' }
    return {
      externalId: text(user.localId),
      email: text(user.email),
      emailVerified: text(user.email) !== null && flag(user.emailVerified),
      phone: text(user.phoneNumber),
      phoneVerified: text(user.phoneNumber) !== null, // Firebase keeps a number only once it has been proven
      name: text(user.displayName),
      createdAt: moment(user.createdAt),
      blocked: flag(user.disabled),
      password:
        hash === null || firebase === null ? null : { format: 'SCRYPT_FIREBASE', hash, salt: text(user.salt), ...firebase },
    }
  }
}
