/**
 * Passwords that other systems hashed: the formats that are read, and what somebody says about one. What each format needs
 * stands in ports/hasher/imported; here is only what everybody may know.
 */

/** The one list of formats, with what `hash` has to be. */
export const PASSWORD_HASH_FORMATS = {
  ARGON2: 'Argon2i, Argon2d or Argon2id: the PHC string, which carries everything.',
  BCRYPT: 'bcrypt: the crypt string with $2a$, $2b$ or $2y$, which carries everything.',
  SCRYPT:
    'scrypt (RFC 7914): the derived key, with `salt` and `cost`, and `blockSize` and `parallelism` where they are not 8 and 1.',
  SCRYPT_FIREBASE:
    'scrypt as Firebase modified it: the hash, with `salt`, `signerKey`, `memoryCost`, `rounds` and, where there is one, `saltSeparator`.',
  PHPASS: 'The portable hash of phpass, with $P$ or $H$, which carries everything.',
  MD5: 'MD5, once, over the password and a salt if there is one.',
  SHA1: 'SHA-1, once, over the password and a salt if there is one.',
  SHA224: 'SHA-224, once, over the password and a salt if there is one.',
  SHA256: 'SHA-256, once, over the password and a salt if there is one.',
  SHA384: 'SHA-384, once, over the password and a salt if there is one.',
  SHA512: 'SHA-512, once, over the password and a salt if there is one.',
  SHA512_224: 'SHA-512/224, once, over the password and a salt if there is one.',
  SHA512_256: 'SHA-512/256, once, over the password and a salt if there is one.',
  SHA3_224: 'SHA3-224, once, over the password and a salt if there is one.',
  SHA3_256: 'SHA3-256, once, over the password and a salt if there is one.',
  SHA3_384: 'SHA3-384, once, over the password and a salt if there is one.',
  SHA3_512: 'SHA3-512, once, over the password and a salt if there is one.',
  PBKDF2: 'PBKDF2 (RFC 8018): the derived key, with `salt`, `iterations` and `digest`.',
} as const

export type PasswordHashFormat = keyof typeof PASSWORD_HASH_FORMATS

/** Where a salt stood when a digest was made. */
export const SALT_POSITIONS = { PREFIX: 'Before the password.', SUFFIX: 'Behind the password.' } as const

type SaltPosition = keyof typeof SALT_POSITIONS

/** A password as another system kept it. Salts and keys in base64. */
export type ForeignPassword = Readonly<{
  format: PasswordHashFormat
  hash: string
  salt?: string | null | undefined
  saltPosition?: SaltPosition | null | undefined
  cost?: number | null | undefined
  blockSize?: number | null | undefined
  parallelism?: number | null | undefined
  memoryCost?: number | null | undefined
  rounds?: number | null | undefined
  signerKey?: string | null | undefined
  saltSeparator?: string | null | undefined
  iterations?: number | null | undefined
  digest?: string | null | undefined
}>

/** What may be said besides format and hash. */
export type HashParameter = Exclude<keyof ForeignPassword, 'format' | 'hash'>
