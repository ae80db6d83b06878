/**
 * What of a person may not stand in his password: the words of his name, of his address and of its domain, and his number. A
 * word counts from four characters on, wherever it stands, in any case, with or without accents and separators.
 */
import { domainToUnicode } from 'node:url'
import { compact, wordsOf } from './folding.ts'
import { domainNameOf } from './mail-providers.ts'

/** What is known of whoever a password is for; null: nothing. */
export type Person = Readonly<{ name: string | null; email: string | null; phone: string | null }>

/** Words shorter than this are in too many passwords by chance. */
const TOKEN_MIN = 4

/** Country codes (ITU-T E.164) of one digit and of two; all others have three. */
const SHORT_CODES = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

/** Each word by itself, and all of them joined: "Al Bo" is al, bo and albo. */
const words = (text: string): readonly string[] => {
  const parts = wordsOf(text)
  return [...parts, parts.join('')]
}

const ofEmail = (email: string): readonly string[] => {
  const at = email.lastIndexOf('@')
  const [local, domain] = [at < 0 ? email : email.slice(0, at), email.slice(at + 1)] // without @ the same once more
  const name = domainNameOf(domainToUnicode(domain) || domain.toLowerCase())
  return [...words(local), ...(name === null ? [] : words(name))]
}

/** The digits with the country code, and without it, or without the zero that stands for it at home. */
const ofPhone = (phone: string): readonly string[] => {
  const text = phone.normalize('NFKC').trimStart()
  const digits = text.replace(/[^0-9]/g, '')
  const isInternational = text.startsWith('+') || digits.startsWith('00')
  if (!isInternational) return [digits, digits.replace(/^0/, '')]
  const international = text.startsWith('+') ? digits : digits.slice(2)
  const code = SHORT_CODES.exec(international)?.[0].length ?? 3
  return [international, international.slice(code)]
}

/** Where a token comes from, with the words that say so. */
export const PERSONAL_SOURCES = {
  name: { words: 'your name', tokens: words },
  email: { words: 'your e-mail address', tokens: ofEmail },
  phone: { words: 'your phone number', tokens: ofPhone },
} satisfies Record<keyof Person, { words: string; tokens: (text: string) => readonly string[] }> // `as const` would hide it from Stryker

export type PersonalSource = keyof typeof PERSONAL_SOURCES

export type PersonalToken = Readonly<{ source: PersonalSource; token: string }>

const SOURCES = Object.keys(PERSONAL_SOURCES) as PersonalSource[]

const isLongEnough = (token: string): boolean => [...token].length >= TOKEN_MIN

/** @returns every token that counts, folded. */
export const personalTokensOf = (persons: readonly Person[]): readonly PersonalToken[] =>
  persons.flatMap((person) =>
    SOURCES.flatMap((source) => {
      const known = person[source]
      const tokens = known === null ? [] : PERSONAL_SOURCES[source].tokens(known)
      return [...new Set(tokens)].filter(isLongEnough).map((token) => ({ source, token }))
    }),
  )

/** @returns what of the person the password holds, each once. */
export const personalSourcesIn = (password: string, tokens: readonly PersonalToken[]): readonly PersonalSource[] => {
  const text = compact(password)
  const found = new Set(tokens.filter(({ token }) => text.includes(token)).map(({ source }) => source))
  return SOURCES.filter((source) => found.has(source))
}
