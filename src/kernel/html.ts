/** HTML as a template that escapes whatever is put into it, unless this file made it. */

const MARKUP = Symbol('markup')

/** Markup. Only `html` makes it, so no text can pass for it. */
export type Html = Readonly<{ [MARKUP]: string }>

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const markupOf = (value: string | Html | readonly Html[]): string => {
  if (typeof value === 'string') return escapeHtml(value)
  return MARKUP in value ? value[MARKUP] : value.map(markupOf).join('')
}

/** For text between tags and for quoted attributes, never for a script or a style. */
export const html = (strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html => ({
  [MARKUP]: strings.reduce((before, string, index) => {
    const value = values[index - 1]
    return `${before}${value === undefined ? '' : markupOf(value)}${string}`
  }),
})

/** Nothing at all. */
export const NO_HTML: Html = html``

/** @returns the markup as text, to be sent. */
export const htmlText = (markup: Html): string => markup[MARKUP]
