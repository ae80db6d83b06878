/** The facts of a mail once more, for the page behind its links: the same ones, in the same words. */
import { type Html, html } from '../../../kernel/html.ts'
import { type Overrides, wordsFor } from './catalogue.ts'
import { type FactData, factOf } from './facts.ts'
import { MAILS } from './mails.ts'
import type { Parts } from './message.ts'

/** What was typed keeps its own direction. */
const markup = (parts: Parts): readonly Html[] =>
  parts.map((part) => (typeof part === 'string' ? html`${part}` : html`<bdi>${part.typed}</bdi>`))

/** @param locale a BCP 47 tag; null and unknown languages get English. @returns what the mail about a new session lists. */
export const pageFacts = (
  locale: string | null,
  data: FactData,
  overrides: Overrides = {},
): readonly Readonly<{ label: readonly Html[]; value: readonly Html[] }>[] =>
  MAILS['session-alert'].blocks
    .flatMap((block) => ('facts' in block ? block.facts : []))
    .map((name) => factOf(name, data, wordsFor(locale, overrides)))
    .map(({ label, value }) => ({ label: markup(label), value: markup(value) }))
