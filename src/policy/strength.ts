/**
 * How many guesses a password may stand, by a small model: it is cut into pieces that guessers know (common passwords, what
 * is known of the person, rows, repeats, years) and characters that they must try, the cheapest way. The guesses of the
 * pieces multiply. A guess about guessing: it never makes a password acceptable or not. Pure, and as much work for any input.
 */
import type { Dictionary } from './dictionary.ts'
import { foldCase } from './folding.ts'
import type { PersonalToken } from './personal.ts'

/** From so many guesses on, as a power of ten, the scores 1, 2, 3 and 4. */
export const SCORE_POWERS = [3, 6, 8, 10] as const

/** No more of a password is looked at; what is behind can only make it stronger. */
const SCORED_LENGTH = 64

/** The longest piece that is looked for. */
const PIECE_MAX = 24

/** Guessers do not know where one piece ends, nor of which kind the next is. */
const PER_PIECE = 5

/** A character that nothing else explains: rather a letter of some word than one of all there are. */
const UNKNOWN_CHARACTER = 10
const UNKNOWN_FOREIGN_CHARACTER = 100

/** Shorter pieces are cheaper to try than to know. */
const PIECE_MIN = 3

/** Rows in which neighbours stand on a keyboard, or in the head. */
const ROWS = 'abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop'.split(' ')

/** Every stretch of a row, in both directions. */
const STRETCHES: ReadonlySet<string> = new Set(
  [...ROWS, ...ROWS.map((row) => [...row].reverse().join(''))].flatMap((row) =>
    [...row].flatMap((_, start) => Array.from({ length: row.length }, (_, end) => row.slice(start, end + 1))),
  ),
)

const SUBSTITUTES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

const YEAR = /^(?:19|20)\d\d$/
const DATE = /^(?:(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d|[0-3]\d(?:0\d|1[0-2])(?:19|20)\d\d)$/

/** Ways of disguising a word that guessers try. */
const DISGUISES = 4

type Known = Readonly<{ dictionary: Dictionary; tokens: ReadonlySet<string> }>

type Piece = Readonly<{
  /** Folded. */
  text: string
  /** With letters for what is typed in their place: `p@ssw0rd` as it was meant. */
  meant: string
  /** What stands before it. */
  before: string
}>

type Kind = Readonly<{
  /** Guesses, or null if it is no such piece. */
  guesses: (piece: Piece, known: Known) => number | null
  /** What would be better. */
  suggestion: string
}>

const KINDS = {
  common: {
    guesses: ({ text, meant }, { dictionary }) => {
      const rank = dictionary.rankOf(text)
      if (rank !== null || meant === text) return rank
      const rankOfMeant = dictionary.rankOf(meant)
      return rankOfMeant === null ? null : rankOfMeant * DISGUISES
    },
    suggestion: 'Parts of it are common passwords: put other words in their place, digits for letters do not hide them.',
  },
  personal: {
    guesses: ({ text }, { tokens }) => (tokens.has(text) ? 10 : null),
    suggestion: 'Leave out your name, your address and your number: whoever guesses tries them first.',
  },
  row: {
    guesses: ({ text }) => (STRETCHES.has(text) ? 20 * text.length : null),
    suggestion: 'Leave out rows such as abcd, 1234 or qwerty.',
  },
  repeat: {
    guesses: ({ text, before }) => (before.includes(text) || /^(.)\1+$/su.test(text) ? 10 * (before.length + text.length) : null),
    suggestion: 'Saying something twice adds little: put something else there.',
  },
  date: {
    guesses: ({ text }) => (YEAR.test(text) ? 120 : DATE.test(text) ? 40_000 : null),
    suggestion: 'Leave out years and dates: they are guessed early.',
  },
} satisfies Record<string, Kind> // `as const` would hide it from Stryker

type KindName = keyof typeof KINDS

const KIND_NAMES = Object.keys(KINDS) as KindName[]

type Way = Readonly<{ power: number; kinds: readonly KindName[] }>

/** The cheapest way to the end of each beginning of the text, from the shorter to the longer. */
const cheapestWay = (characters: readonly string[], known: Known): Way => {
  const ways: Way[] = [{ power: 0, kinds: [] }]
  const meant = characters.map((character) => SUBSTITUTES[character] ?? character)
  const offer = (end: number, way: Way): void => {
    const best = ways[end]
    if (best === undefined || way.power < best.power) ways[end] = way
  }
  for (let start = 0; start < characters.length; start++) {
    const { power, kinds } = ways[start] as Way // every beginning is reached, character by character
    const single = (characters[start] ?? '') < '\u0080' ? UNKNOWN_CHARACTER : UNKNOWN_FOREIGN_CHARACTER
    offer(start + 1, { power: power + Math.log10(single), kinds })
    const before = characters.slice(0, start).join('')
    for (let end = start + PIECE_MIN; end <= Math.min(characters.length, start + PIECE_MAX); end++) {
      const piece = { text: characters.slice(start, end).join(''), meant: meant.slice(start, end).join(''), before }
      for (const kind of KIND_NAMES) {
        const guesses = KINDS[kind].guesses(piece, known)
        if (guesses !== null) offer(end, { power: power + Math.log10(guesses * PER_PIECE), kinds: [...kinds, kind] })
      }
    }
  }
  return ways[characters.length] as Way
}

export type Strength = Readonly<{
  /** The guesses it may stand, as a power of ten. */
  power: number
  score: number
  /** What would make it stronger; nothing where it is strong. */
  suggestions: readonly string[]
}>

const LONGER = 'Add another word or two: length helps most.'

/** @param tokens what is known of the person. */
export const strengthOf = (password: string, dictionary: Dictionary, tokens: readonly PersonalToken[]): Strength => {
  const characters = [...foldCase(password)].slice(0, SCORED_LENGTH)
  const { power, kinds } = cheapestWay(characters, { dictionary, tokens: new Set(tokens.map(({ token }) => token)) })
  const score = SCORE_POWERS.filter((least) => power >= least).length
  const weak = score < SCORE_POWERS.length - 1
  const suggestions = weak
    ? [...KIND_NAMES.filter((kind) => kinds.includes(kind)).map((kind) => KINDS[kind].suggestion), LONGER]
    : []
  return { power, score, suggestions }
}
