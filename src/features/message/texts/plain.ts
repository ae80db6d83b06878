/** A letter as plain text: lines of at most 76 columns where words allow it, each link alone on its line. */
import type { Letter, Piece } from './compose.ts'
import type { Parts } from './message.ts'

const COLUMNS = 76

/** Characters that take two columns, and those that take none: marks, joiners, isolates. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60]/u
const NARROWEST = /[\p{M}\p{Cf}]/u

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE: what stands between keeps its order and leaves its neighbours theirs. */
const isolated = (text: string): string => `\u2068${text}\u2069`

const plain = (parts: Parts, direction: 'ltr' | 'rtl'): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part
      return direction === 'rtl' || RIGHT_TO_LEFT.test(part.typed) ? isolated(part.typed) : part.typed
    })
    .join('')

/** What needs no closer look. */
const PLAIN = /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f]*$/

const widthOf = (text: string): number => {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of text) width += NARROWEST.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** What no line begins with, and what none ends with, where lines may break between any two characters. */
const CLOSING = '、。，．・：；！？）」』】〉》〕ー～々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ'
const OPENING = '（「『【〈《〔'

/** Behind a space, never a no-break one. */
const AT_SPACES = /(?<= )(?=[^ ])/

/** And on both sides of a Chinese or Japanese character, unless something would be torn off that belongs to it. */
const AT_CHARACTERS = new RegExp(
  `${AT_SPACES.source}|(?<=[^ ${OPENING}])(?=[^ ${CLOSING}])(?:(?<=${WIDE.source})|(?=${WIDE.source}))`,
  'u',
)

const wrap = (text: string): string => {
  const lines: string[] = []
  let line = ''
  let width = 0
  for (const piece of text.split(PLAIN.test(text) ? AT_SPACES : AT_CHARACTERS)) {
    if (line !== '' && width + widthOf(piece.trimEnd()) > COLUMNS) {
      lines.push(line.trimEnd())
      line = ''
      width = 0
    }
    line += piece
    width += widthOf(piece)
  }
  return [...lines, line.trimEnd()].join('\n')
}

const pieceText = (piece: Piece, letter: Letter): string => {
  const text = (parts: Parts) => plain(parts, letter.direction)
  if ('paragraph' in piece) return wrap(text(piece.paragraph))
  if ('facts' in piece) return piece.facts.map(({ label, value }) => wrap(text([...label, ...letter.colon, ...value]))).join('\n')
  return `${wrap(text([...piece.button, ...letter.colon]))}\n${piece.url}`
}

/** @returns the text part of a mail. */
export const writeText = (letter: Letter): string => {
  const text = (parts: Parts) => wrap(plain(parts, letter.direction))
  const head = letter.brand === null ? [] : [text(letter.brand)]
  const pieces = letter.pieces.map((piece) => pieceText(piece, letter))
  return `${[...head, text(letter.greeting), ...pieces, `-- \n${text(letter.automatic)}`].join('\n\n')}\n`
}
