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
  Message: 'msg',
  Team: 'tea',
  Membership: 'mem',
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

const drawn = (random: Random, bytes: number): bigint => BigInt(`0x${random(bytes).toString('hex')}`)

/**
 * Makes ids. Takes the clock and the random source it draws from. Those of one millisecond grow, by a random step, so
 * that what one process made in order also sorts in that order.
 */
export const idMaker = (clock: Clock, random: Random) => {
  let last = { time: -1, tail: 0n }
  return (noun: Noun): string => {
    const time = clock.now().getTime()
    const tail = time === last.time ? BigInt.asUintN(80, last.tail + drawn(random, 6) + 1n) : drawn(random, 10) >> 1n
    last = { time, tail }
    return `${ID_PREFIXES[noun]}_${encode(BigInt(time), 10)}${encode(tail, 16)}`
  }
}

export type MakeId = ReturnType<typeof idMaker>

/** Which noun an id names; null if it is not an id at all. */
export const nounOf = (id: string): Noun | null => NOUNS.get(SHAPE.exec(id)?.[1] ?? '') ?? null

/** Whether this is a well-formed id of that noun. */
export const isIdOf = (noun: Noun, id: string): boolean => nounOf(id) === noun
