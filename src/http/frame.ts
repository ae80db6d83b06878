/** What our own pages have in common: the frame, its style, and the pages for a link that is over and for trouble. */
import type { PageWords } from '../features/message/texts/page-words.ts'
import { type Html, html, htmlText, NO_HTML } from '../kernel/html.ts'
import { RECOVERY_PATH } from './links.ts'

/** No script, nothing from elsewhere, in nobody's frame. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const STYLE = html`<style>
:root { color-scheme: light dark; --line: #8886; --strong: #364fc7; --focus: #91a7ff }
* { box-sizing: border-box }
body { font: 1.05rem/1.55 system-ui, sans-serif; margin: 0; padding: clamp(1.5rem, 9vh, 6rem) 1.25rem 3rem }
main { max-width: 37rem; margin: 0 auto }
.brand { margin: 0 0 .75rem; font-weight: 600; opacity: .75 }
h1 { line-height: 1.25; font-size: 1.6rem; margin: 0 0 1.25rem }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
p { margin: 0 0 1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; margin: 0 0 1.25rem; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: .6rem }
dt { opacity: .75 }
dd { margin: 0; overflow-wrap: anywhere }
form { margin: 1.25rem 0 }
label { display: block; font-weight: 600 }
input { display: block; width: 100%; font: inherit; padding: .65rem .75rem; margin: .4rem 0 1rem; border: 1px solid #868e96; border-radius: .5rem; background: Field; color: FieldText }
button { font: inherit; font-weight: 600; padding: .7rem 1.4rem; border: 0; border-radius: .5rem; background: var(--strong); color: #fff; cursor: pointer }
button:focus-visible, input:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
.address { font-weight: 600; font-size: 1.15rem; overflow-wrap: anywhere }
.problem { padding: .75rem 1rem; border-radius: .5rem; border-inline-start: .3rem solid #e03131; background: #e0313118; font-weight: 600 }
@media (max-width: 28rem) {
dl { grid-template-columns: 1fr; gap: 0 }
dd { margin-bottom: .6rem }
dd:last-child { margin-bottom: 0 }
button { width: 100% }
}
</style>`

/** @returns the page. */
export const pageOf = ({ locale, direction, brand }: PageWords, title: string, body: Html): string =>
  htmlText(html`<!doctype html><html lang="${locale}" dir="${direction}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title}</title>${STYLE}<main>${brand === null ? NO_HTML : html`<p class="brand">${brand}</p>`}<h1>${title}</h1>
${body}</main></html>
`)

export const paragraphs = (...texts: readonly string[]): readonly Html[] => texts.map((text) => html`<p>${text}</p>\n`)

/** An address on a line of its own: no text runs around it, so its direction is its own. */
export const addressLine = (email: string): Html => html`<p class="address"><bdi>${email}</bdi></p>\n`

/** What stands above a form that was not accepted. */
export const problemOf = (problem: string | null): Html =>
  problem === null ? NO_HTML : html`<p class="problem" role="alert">${problem}</p>\n`

type Hidden = Readonly<Record<string, string>>

const form = (method: 'get' | 'post', path: string, hidden: Hidden, button: string, inside: Html): Html => {
  const fields = Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
  return html`<form method="${method}" action="${path}">${fields}${inside}<button>${button}</button></form>\n`
}

/** A button, and what is sent when it is pressed. @param inside fields that the reader fills in. */
export const buttonForm = (path: string, hidden: Hidden, button: string, inside = NO_HTML): Html =>
  form('post', path, hidden, button, inside)

/** A button that only opens a page, and changes nothing. */
export const openingForm = (path: string, hidden: Hidden, button: string): Html => form('get', path, hidden, button, NO_HTML)

/** Asks for a link to set a new password, for an address that the reader has proven to read at. */
export const recoveryForm = ({ say, locale }: PageWords, email: string): Html =>
  buttonForm(RECOVERY_PATH, { email, locale }, say('common', 'recoverButton'))

/** For a token that is good for nothing: used, expired, replaced or never one, nobody learns which. */
export const invalidPage = (words: PageWords): string =>
  pageOf(
    words,
    words.say('common', 'invalidTitle'),
    html`${paragraphs(words.say('common', 'invalid'), words.say('common', 'invalidAdvice'))}`,
  )

/** For whoever asked, or tried, too often. @param seconds when it is worth coming back. */
export const tooOftenPage = (words: PageWords, seconds: number): string =>
  pageOf(
    words,
    words.say('common', 'tooOftenTitle'),
    html`${paragraphs(words.say('common', 'tooOften', { minutes: Math.ceil(seconds / 60) }))}`,
  )

/** For any other trouble. */
export const failedPage = (words: PageWords): string =>
  pageOf(words, words.say('common', 'failedTitle'), html`${paragraphs(words.say('common', 'failed'))}`)
