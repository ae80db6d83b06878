/** Data in; subject, text and HTML out, in the reader's language. Pure, and total: no data makes it throw. */
import { type Overrides, type Words, wordsFor } from './catalogue.ts'
import { type Fact, type FactData, factOf } from './facts.ts'
import type { Mail, MessageData, MessageKind } from './kinds.ts'
import { writeHtml } from './layout.ts'
import { directionOf } from './locale.ts'
import { MAILS, type MailShape } from './mails.ts'
import { fill, type Parts } from './message.ts'
import { writeText } from './plain.ts'
import { typedName } from './typed.ts'

/** What is said, before it is set as text or as HTML. */
export type Letter = Readonly<{
  locale: string
  direction: 'ltr' | 'rtl'
  /** The operator's name at the head of the mail, if he gave one. */
  brand: Parts | null
  subject: string
  heading: Parts
  greeting: Parts
  pieces: readonly Piece[]
  /** Above the address under a button. */
  linkHint: Parts
  /** Between a label and what it labels. */
  colon: Parts
  automatic: Parts
}>

/** A paragraph, a list of facts, or a button. */
export type Piece =
  | Readonly<{ paragraph: Parts }>
  | Readonly<{ facts: readonly Fact[] }>
  | Readonly<{ button: Parts; url: string; strong: boolean }>

const piecesOf = <Kind extends MessageKind>(kind: Kind, data: MessageData[Kind], words: Words): readonly Piece[] => {
  const shapes: { readonly [K in MessageKind]: MailShape<MessageData[K]> } = MAILS
  const { values, blocks } = shapes[kind]
  const known = values(data)
  const facts: FactData = data
  return blocks.flatMap((block): readonly Piece[] => {
    if ('facts' in block) return [{ facts: block.facts.map((name) => factOf(name, facts, words)) }]
    const parts = () => fill(words.text('mails', kind, block.text), known)
    if (!('link' in block)) return block.when === undefined || block.when(data) ? [{ paragraph: parts() }] : []
    const url = block.link(data)
    return url === null ? [] : [{ button: parts(), url, strong: block.strong }]
  })
}

const oneLine = (parts: Parts): string =>
  parts
    .map((part) => (typeof part === 'string' ? part : part.typed))
    .join('')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()

/**
 * @param locale the reader's BCP 47 tag, null if he never said.
 * @param overrides the operator's own texts, checked by `textProblems`.
 * @returns the mail; its subject holds no data at all.
 */
export const compose = <Kind extends MessageKind>(
  kind: Kind,
  locale: string | null,
  data: MessageData[Kind],
  overrides: Overrides = {},
): Mail => {
  const words = wordsFor(locale, overrides)
  const shapes: { readonly [K in MessageKind]: MailShape<MessageData[K]> } = MAILS
  const { because = 'automatic' } = shapes[kind]
  const name = typedName(data.name)
  const brand = words.find('brand')
  const letter: Letter = {
    locale: words.locale,
    direction: directionOf(words.locale),
    brand: brand === null ? null : fill(brand),
    subject: oneLine(fill(words.text('mails', kind, 'subject'))),
    heading: fill(words.text('mails', kind, 'heading')),
    greeting:
      name === null ? fill(words.text('common', 'greetingWithoutName')) : fill(words.text('common', 'greeting'), { name }),
    pieces: piecesOf(kind, data, words),
    linkHint: fill(words.text('common', 'link')),
    colon: fill(words.text('common', 'colon')),
    automatic: fill(words.text('common', because)),
  }
  return { subject: letter.subject, text: writeText(letter), html: writeHtml(letter) }
}
