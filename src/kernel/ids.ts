/**
 * Identifiers: `<prefix>_<26 characters>`, the characters being a ULID (48 bits of time, 80 random bits, Crockford's
 * base 32). The prefix is the type, so a wrong id is refused before any table is asked.
 */

import type { Random } from './secrets.ts'
import type { Clock } from './time.ts'

export const ID_PREFIXES = {
  Account: 'acc',
  Session: 'ses',
  Device: 'dev',
  SessionAlert: 'alt',
  Event: 'evt',
  ApiKey: 'key',
  OneTimeToken: 'ott',
} as const

export type Noun = keyof typeof ID_PREFIXES

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const SHAPE = /^([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}$/
const NOUNS = new Map<string, Noun>(Object.entries(ID_PREFIXES).map(([noun, prefix]) => [prefix, noun as Noun]))

const encode = (value: bigint, length: number): string => {
  let text = ''
  for (let rest = value, i = 0; i < length; i++, rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text
  return text
}

/** Makes ids. Takes the clock and the random source it draws from. */
export const idMaker =
  (clock: Clock, random: Random) =>
  (noun: Noun): string =>
    `${ID_PREFIXES[noun]}_${encode(BigInt(clock.now().getTime()), 10)}${encode(BigInt(`0x${random(10).toString('hex')}`), 16)}`

export type MakeId = ReturnType<typeof idMaker>

/** Which noun an id names; null if it is not an id at all. */
export const nounOf = (id: string): Noun | null => NOUNS.get(SHAPE.exec(id)?.[1] ?? '') ?? null

/** Whether this is a well-formed id of that noun. */
export const isIdOf = (noun: Noun, id: string): boolean => nounOf(id) === noun
