/**
 * An operator's texts, held against our own before the server starts: everything that is wrong with them, at once. What
 * passes can be composed with any data.
 */
import type { IntlMessageFormat } from 'intl-messageformat'
import { CATALOGUES, type Overrides, type Section } from './catalogue.ts'
import { parseMessage } from './message.ts'

/** A file of the operator's folder, unread. */
export type TextFile = Readonly<{ name: string; text: string }>

/** Everything a file may say; each of it may be left out. The brand stands above every mail; we have none. */
const REFERENCE: Section = { brand: '', ...CATALOGUES.en }

/** How a placeholder is used, by the parser's number for it. Other formats fit none of our values. */
const USES: Readonly<Record<number, 'plain' | 'select' | 'plural'>> = { 1: 'plain', 5: 'select', 6: 'plural' }

/** A number may be said plainly as well; a choice is only a choice. */
const FITS: Readonly<Record<string, readonly string[]>> = { plain: ['plain'], select: ['select'], plural: ['plural', 'plain'] }

type Elements = ReturnType<IntlMessageFormat['getAst']>

/** Literal text and `#` have no name. */
const isNameless = (type: number): boolean => type === 0 || type === 7

/** Every placeholder with its uses, in all branches. */
const placeholdersOf = (elements: Elements, found = new Map<string, Set<string>>()): ReadonlyMap<string, ReadonlySet<string>> => {
  for (const element of elements) {
    if (isNameless(element.type) || !('value' in element)) continue
    found.set(element.value, (found.get(element.value) ?? new Set()).add(USES[element.type] ?? 'other'))
    if ('options' in element) for (const { value } of Object.values(element.options)) placeholdersOf(value, found)
  }
  return found
}

/** @returns null for what is no ICU message. */
const parse = (message: string, locale: string): ReturnType<typeof placeholdersOf> | null => {
  try {
    return placeholdersOf(parseMessage({ message, locale }).getAst())
  } catch {
    return null
  }
}

const messageProblems = (message: string, locale: string, ours: string): readonly string[] => {
  if (message.trim() === '') return ['is empty']
  const given = parse(message, locale)
  if (given === null) return ['is no ICU message']
  const known = parse(ours, 'en') ?? new Map<string, ReadonlySet<string>>()
  const problems: string[] = []
  for (const [name, uses] of given) {
    const [use = ''] = known.get(name) ?? []
    if (use === '') problems.push(`has a placeholder {${name}} that nothing is known for`)
    else if ([...uses].some((other) => !FITS[use]?.includes(other))) problems.push(`uses {${name}} in a way that does not fit it`)
  }
  for (const [name, uses] of known) if (!given.has(name) && !uses.has('select')) problems.push(`lacks the placeholder {${name}}`)
  return problems
}

const sectionProblems = (given: unknown, ours: Section, locale: string, path: string): readonly string[] => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [`${path || 'it'} is no object`]
  return Object.entries(given).flatMap(([key, value]: readonly [string, unknown]) => {
    const here = path === '' ? key : `${path}.${key}`
    const reference = Object.hasOwn(ours, key) ? ours[key] : undefined
    if (reference === undefined) return [`${here} is unknown`]
    if (typeof reference === 'object') return sectionProblems(value, reference, locale, here)
    if (typeof value !== 'string') return [`${here} is no text`]
    return messageProblems(value, locale, reference).map((problem) => `${here} ${problem}`)
  })
}

/** The tag that a file is named by: `de.json`, `pt-BR.json`. */
const localeOf = (name: string): string | null => {
  const tag = name.replace(/\.json$/, '')
  try {
    return new Intl.Locale(tag).baseName === tag ? tag : null
  } catch {
    return null
  }
}

const contentOf = (text: string): Readonly<{ content: unknown }> | null => {
  try {
    return { content: JSON.parse(text.replace(/^\ufeff/, '')) }
  } catch {
    return null
  }
}

/** @returns the texts by language and no problems, or every problem as a sentence that begins with the file's name. */
export const checkTexts = (files: readonly TextFile[]): Readonly<{ overrides: Overrides; problems: readonly string[] }> => {
  const problems: string[] = []
  const overrides: Record<string, Section> = {}
  for (const { name, text } of files) {
    const locale = localeOf(name)
    const read = contentOf(text)
    if (locale === null) problems.push(`${name}: is not named by a language tag such as de.json or pt-BR.json`)
    if (read === null) problems.push(`${name}: is no JSON`)
    if (read === null) continue
    const found = sectionProblems(read.content, REFERENCE, locale ?? 'en', '')
    problems.push(...found.map((problem) => `${name}: ${problem}`))
    // nothing was found that a Section is not
    if (locale !== null && found.length === 0) overrides[locale] = read.content as Section
  }
  return { overrides, problems }
}
