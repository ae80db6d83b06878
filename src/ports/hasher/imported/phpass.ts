/** The portable hash of phpass: MD5 in many rounds. It runs on the event loop and lets others have it now and then. */
import * as crypto from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isSame } from './bytes.ts'
import { format, refuse, taking } from './format.ts'

type Hash = Readonly<{ mark: string; rest: string }>

const PORTABLE = /^\$([PH])\$([./0-9A-Za-z]{31})$/

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** As few rounds and as many as phpass itself takes, as powers of two. */
const ROUNDS = { min: 7, max: 30 } as const

/** Rounds in one go: about a millisecond. */
const STRETCH = 512

const SALT_LENGTH = 8

/** The first character of what follows the mark says how many rounds. */
const roundsOf = ({ rest }: Hash): number => 2 ** ALPHABET.indexOf(rest.charAt(0))

/** Six bits a character, the low ones first. */
const encode = (bytes: Buffer): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const part = bytes.subarray(at, at + 3)
    const value = part.reduce((sum, byte, index) => sum + byte * 256 ** index, 0)
    for (let character = 0; character <= part.length; character++)
      text += ALPHABET.charAt(Math.floor(value / 64 ** character) % 64)
  }
  return text
}

const md5 = (bytes: Buffer): Buffer => crypto.hash('md5', bytes, 'buffer')

export const phpass = format<Hash>({
  names: ['P', 'H'],
  needs: [],
  read: ({ hash }) => {
    const [, mark = '', rest = ''] = PORTABLE.exec(hash) ?? refuse('hash', 'Must be a string such as $P$B… of 34 characters.')
    const exponent = ALPHABET.indexOf(rest.charAt(0))
    if (exponent < ROUNDS.min || exponent > ROUNDS.max) refuse('hash', 'Has a number of rounds that phpass does not take.')
    return { mark, rest }
  },
  write: ({ mark, rest }) => [mark, rest],
  parse: ([mark = '', rest = '']) => ({ mark, rest }),
  cost: (hash) => ({ bytes: 0, milliseconds: taking('phpass', roundsOf(hash)) }),
  verify: async (hash, typed) => {
    const password = Buffer.from(typed)
    let digest = md5(Buffer.concat([Buffer.from(hash.rest.slice(1, 1 + SALT_LENGTH)), password]))
    for (let round = 1, rounds = roundsOf(hash); round <= rounds; round++) {
      digest = md5(Buffer.concat([digest, password]))
      if (round % STRETCH === 0) await setImmediate()
    }
    return isSame(Buffer.from(encode(digest)), Buffer.from(hash.rest.slice(1 + SALT_LENGTH)))
  },
})
