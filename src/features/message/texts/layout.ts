/**
 * A letter as HTML for mail programs: tables, inline styles, no picture, no script, nothing fetched from anywhere, and no
 * address that is not shown. Dark where the reader's program is dark.
 */
import { type Html, html, htmlText, NO_HTML } from '../../../kernel/html.ts'
import type { Letter, Piece } from './compose.ts'
import type { Parts } from './message.ts'

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

const STYLES = {
  page: `margin:0;padding:0;background:#f1f3f5`,
  card: `background:#ffffff;border:1px solid #dee2e6;border-radius:12px`,
  text: `${FONT};font-size:16px;line-height:1.5;color:#212529;overflow-wrap:anywhere`,
  heading: `margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:600`,
  brand: `margin:0 0 20px;font-size:14px;font-weight:600;color:#495057`,
  paragraph: `margin:0 0 16px`,
  facts: `margin:0 0 20px;border-collapse:collapse`,
  fact: `padding:4px 0;vertical-align:top;font-size:15px`,
  quiet: `color:#495057`,
  strongButton: `display:inline-block;padding:12px 22px;border-radius:8px;border:1px solid #364fc7;background:#364fc7;color:#ffffff;font-weight:600;text-decoration:none`,
  quietButton: `display:inline-block;padding:12px 22px;border-radius:8px;border:1px solid #868e96;background:#ffffff;color:#212529;font-weight:600;text-decoration:none`,
  hint: `margin:8px 0 24px;font-size:13px;color:#495057;overflow-wrap:anywhere;word-break:break-word`,
  address: `color:#364fc7;text-decoration:underline`,
  automatic: `margin:8px 0 0;padding-top:16px;border-top:1px solid #dee2e6;font-size:13px;color:#495057`,
} as const

/** What inline styles cannot say. Programs that drop it show the bright mail. */
const SHEET = html`<style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#141517 !important}
.card{background:#1f2023 !important;border-color:#3a3b3f !important}
.text{color:#e9ecef !important}
.quiet{color:#adb5bd !important;border-color:#3a3b3f !important}
.quiet-button{background:#1f2023 !important;color:#e9ecef !important}
.address{color:#91a7ff !important}
}
</style>`

const partsHtml = (parts: Parts): readonly Html[] =>
  parts.map((part) => (typeof part === 'string' ? html`${part}` : html`<bdi>${part.typed}</bdi>`))

const buttonHtml = (label: Parts, url: string, strong: boolean, hint: Parts): Html => html`
<p style="margin:0"><a href="${url}" class="${strong ? 'strong-button' : 'quiet-button'}" style="${strong ? STYLES.strongButton : STYLES.quietButton}">${partsHtml(label)}</a></p>
<p class="quiet" style="${STYLES.hint}">${partsHtml(hint)}<br><a href="${url}" dir="ltr" class="address" style="${STYLES.address}">${url}</a></p>`

const pieceHtml = (piece: Piece, letter: Letter): Html => {
  if ('paragraph' in piece)
    return html`
<p style="${STYLES.paragraph}">${partsHtml(piece.paragraph)}</p>`
  if ('button' in piece) return buttonHtml(piece.button, piece.url, piece.strong, letter.linkHint)
  const [align, gap] = letter.direction === 'rtl' ? ['right', 'padding-left:20px'] : ['left', 'padding-right:20px']
  const rows = piece.facts.map(
    ({ label, value }) => html`
<tr><th scope="row" align="${align}" class="quiet" style="${STYLES.fact};${gap};${STYLES.quiet};font-weight:400;white-space:nowrap">${partsHtml(label)}</th><td align="${align}" style="${STYLES.fact};font-weight:600">${partsHtml(value)}</td></tr>`,
  )
  return html`
<table cellpadding="0" cellspacing="0" border="0" dir="${letter.direction}" style="${STYLES.facts}">${rows}
</table>`
}

/** @returns the HTML part of a mail. */
export const writeHtml = (letter: Letter): string => {
  const { locale, direction } = letter
  const align = direction === 'rtl' ? 'right' : 'left'
  const brand =
    letter.brand === null
      ? NO_HTML
      : html`
<p class="quiet" style="${STYLES.brand}">${partsHtml(letter.brand)}</p>`
  return htmlText(html`<!doctype html>
<html lang="${locale}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${letter.subject}</title>
${SHEET}
</head>
<body class="page" style="${STYLES.page}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="${STYLES.page}">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" lang="${locale}" dir="${direction}" class="card" style="max-width:560px;${STYLES.card}">
<tr><td align="${align}" class="text" style="padding:32px 28px;text-align:${align};${STYLES.text}">${brand}
<h1 style="${STYLES.heading}">${partsHtml(letter.heading)}</h1>
<p style="${STYLES.paragraph}">${partsHtml(letter.greeting)}</p>${letter.pieces.map((piece) => pieceHtml(piece, letter))}
<p class="quiet" style="${STYLES.automatic}">${partsHtml(letter.automatic)}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`)
}
