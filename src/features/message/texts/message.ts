/** One text of a catalogue with its placeholders filled: ICU MessageFormat, kept in parts so that what was typed stays apart from what is ours. */
import { IntlMessageFormat, PART_TYPE } from 'intl-messageformat'
import type { Text } from './catalogue.ts'
import type { Value } from './mails.ts'
import type { Typed } from './typed.ts'

/** Our own words as text, what was typed as `Typed`. */
export type Parts = readonly (string | Typed)[]

/** No tags: a `<` in a text is a character like any other. */
const parseMessage = ({ message, locale }: Text): IntlMessageFormat =>
  new IntlMessageFormat(message, locale, undefined, { ignoreTag: true })

/** @throws if the text has a placeholder that is not among the values. */
export const fill = (text: Text, values: Readonly<Record<string, Value>> = {}): Parts =>
  parseMessage(text)
    .formatToParts<Typed>(
      // `select` compares words
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
      ),
    )
    .map((part) => (part.type === PART_TYPE.literal ? part.value : part.value))
