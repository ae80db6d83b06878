/** Secrets: made from a given random source, shown once, kept as SHA-256 only. */
import * as crypto from 'node:crypto'

/** A source of random bytes. */
export type Random = (bytes: number) => Buffer

/** What a bearer value is, told by its first characters. */
export const SECRET_PREFIXES = { session: 'gst_', apiKey: 'gak_' } as const

/** @returns 32 random bytes as base64url, behind an optional prefix. */
export const makeSecret = (random: Random, prefix = ''): string => prefix + random(32).toString('base64url')

/** SHA-256 in hex. Enough for secrets of 256 random bits; passwords go through the hasher port. */
export const hashSecret = (secret: string): string => crypto.hash('sha256', secret)

/** Whether a value has the shape that `makeSecret` gives; anything else need not be looked up. */
export const looksLikeSecret = (value: string, prefix = ''): boolean =>
  value.length === prefix.length + 43 && value.startsWith(prefix) && /^[\w-]{43}$/.test(value.slice(prefix.length))
