/** Which of the languages at hand somebody reads, and in which direction. */

/** Scripts that run from right to left. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa'])

const parse = (tag: string): Intl.Locale | null => {
  try {
    return new Intl.Locale(tag)
  } catch {
    return null
  }
}

/**
 * A tag from the narrowest to the widest (RFC 4647, "lookup"), the script it is usually written in included, so that
 * zh-TW finds zh-Hant before zh.
 * @returns nothing for what is no BCP 47 tag.
 */
export const narrowing = (tag: string): readonly string[] => {
  const given = parse(tag)
  if (given === null) return []
  const { language, script, region } = given.maximize()
  const tags = [given.baseName, `${language}-${script}-${region}`, `${language}-${region}`, `${language}-${script}`, language]
  return [...new Set(tags)]
}

/** Two tags of one language: dates and numbers of the one suit the words of the other. */
export const sameLanguage = (a: string, b: string): boolean => parse(a)?.language === parse(b)?.language

/** @param tag a BCP 47 tag. */
export const directionOf = (tag: string): 'ltr' | 'rtl' =>
  RIGHT_TO_LEFT.has(parse(tag)?.maximize().script ?? '') ? 'rtl' : 'ltr'

/** Of a header nobody need write more. */
const MOST_PREFERENCES = 20

/** @returns the tags of an Accept-Language header, the one that is wanted most first. */
export const preferences = (accepted: string): readonly string[] =>
  accepted
    .split(',', MOST_PREFERENCES)
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
    })
    .filter(({ tag, weight }) => weight > 0 && parse(tag) !== null)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag)
