/** One text of a catalogue with its placeholders filled: ICU MessageFormat, kept in parts so that what was typed stays apart from what is ours. */
import { IntlMessageFormat, PART_TYPE } from 'intl-messageformat'
import { LRUCache } from 'lru-cache'
import type { Text } from './catalogue.ts'
import type { Value } from './mails.ts'
import type { Typed } from './typed.ts'

/** Our own words as text, what was typed as `Typed`. */
export type Parts = readonly (string | Typed)[]

/** Parsing takes longer than all the rest; there are some hundred texts a language. */
const parsed = new LRUCache<string, IntlMessageFormat>({ max: 5_000 })

/** No tags: a `<` in a text is a character like any other. @throws for what is no ICU message. */
export const parseMessage = ({ message, locale }: Text): IntlMessageFormat => {
  const key = `${locale} ${message}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  const format = new IntlMessageFormat(message, locale, undefined, { ignoreTag: true })
  parsed.set(key, format)
  return format
}

/** @throws if the text has a placeholder that is not among the values. */
export const fill = (text: Text, values: Readonly<Record<string, Value>> = {}): Parts => {
  // `select` compares words
  const words = Object.entries(values).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value])
  return parseMessage(text)
    .formatToParts<Typed>(Object.fromEntries(words))
    .map((part) => (part.type === PART_TYPE.literal ? part.value : part.value))
}
