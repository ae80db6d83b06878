/** Text as somebody would compare it who hides a word in another spelling: case, accents and separators count for nothing. Pure, for any script. */

/** One case, composed and compatible forms alike: how passwords and common passwords are compared. */
export const foldCase = (text: string): string => text.normalize('NFKC').toLowerCase()

/**
 * Accents: the marks that are added to letters of any script, and Hebrew's points. Marks that belong to one script alone, such
 * as the vowels of Devanagari, are letters to its readers and stay.
 */
const ACCENTS = /\p{Script=Inherited}|(?=\p{Script=Hebrew})\p{M}/gu

/** Letters that Unicode does not take apart, as people type them without their key. */
const PLAIN: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  þ: 'th',
  ð: 'd',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ł: 'l',
  ŋ: 'n',
  ø: 'o',
  ŧ: 't',
  ς: 'σ',
}

const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu')

/** One case and no accents. Composed again, so that a syllable of Hangul is one character. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(SPECIAL, (letter) => PLAIN[letter] ?? letter)
    .normalize('NFC')

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** @returns what stands between characters that are neither letters nor digits, folded. */
export const wordsOf = (text: string): readonly string[] => plain(text).match(WORD) ?? []

/** @returns the letters and digits alone, folded. */
export const compact = (text: string): string => wordsOf(text).join('')
