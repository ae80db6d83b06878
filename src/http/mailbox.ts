/**
 * The mailbox of a development server: the mails that were sent, for whoever sits at this machine. Anybody else finds
 * nothing here, and neither does anybody in production. The mails are shown as they would be in a mail program: without
 * script, in a frame of their own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import ipaddr from 'ipaddr.js'
import type { MessageService } from '../features/message/message.service.ts'
import type { Message } from '../features/message/message.ts'
import { type Html, html, htmlText, NO_HTML } from '../kernel/html.ts'
import { sendNothing, sendPage } from './answers.ts'

export const MAILBOX_PATH = '/mailbox'

/** How many it shows. */
const SHOWN = 100

/** No script, nothing from elsewhere; mails bring styles of their own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

const STYLE = html`<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; padding: .4rem .6rem; border-bottom: 1px solid #8885; vertical-align: top }
td:nth-child(3) { width: 50% }
pre, iframe { border: 1px solid #8885; border-radius: .4rem; box-sizing: border-box; width: 100% }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem }
iframe { height: 44rem; background: #fff }
time, small { white-space: nowrap; opacity: .75 }
</style>`

const pageOf = (title: string, body: Html): string =>
  htmlText(html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · Gatehouse</title>${STYLE}<h1>${title}</h1>${body}</html>`)

const timeOf = ({ createdAt }: Message): Html =>
  html`<time datetime="${createdAt.toISOString()}">${createdAt.toISOString().slice(0, 19).replace('T', ' ')}</time>`

const NO_CONTENT = '(its key is gone)'

const rowOf = (message: Message): Html =>
  html`<tr><td>${timeOf(message)}<td><bdi>${message.to}</bdi><td><a href="?id=${message.id}"><bdi>${message.subject ?? NO_CONTENT}</bdi></a>
<td><small>${message.kind}</small><td><small>${message.status}</small>`

const listOf = (messages: readonly Message[]): Html =>
  messages.length === 0
    ? html`<p>No mail yet. Sign in from another browser, for example.</p>`
    : html`<table><tr><th>When (UTC)<th>To<th>Subject<th>Kind<th>Status${messages.map(rowOf)}</table>`

/** The addresses in a text, made links. */
const linked = (text: string): readonly Html[] =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) =>
      index % 2 === 0 ? html`${part}` : html`<a href="${part}" target="_blank" rel="noreferrer">${part}</a>`,
    )

/** Its links open in a tab of their own; in the frame the policy lets nothing load. */
const framed = (mail: string): Html =>
  html`<iframe title="HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${`<base target="_blank">${mail}`}"></iframe>`

const mailOf = (message: Message): Html =>
  html`<p><a href="${MAILBOX_PATH}">All mails</a></p>
<p>To <bdi>${message.to}</bdi>, ${timeOf(message)} UTC, <small>${message.kind}, ${message.status}</small></p>
${message.html === null ? NO_HTML : framed(message.html)}
${message.text === null ? NO_HTML : html`<h2>As text</h2><pre dir="auto">${linked(message.text)}</pre>`}`

/** Headers that a proxy leaves: behind one, everybody seems to sit at this machine. */
const PROXIED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const

const isLoopback = (address: string): boolean => ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'

/** The name as well: a foreign page whose name was pointed at this machine has its own in the Host header. */
const isAtThisMachine = (request: IncomingMessage): boolean => {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return (
    isLoopback(request.socket.remoteAddress ?? '') &&
    (host === 'localhost' || isLoopback(host)) &&
    PROXIED.every((name) => request.headers[name] === undefined)
  )
}

/** The page that lists the mails, newest first, and with `?id=` the one that shows a mail. */
export const openMailbox =
  (messages: MessageService) =>
  async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || !isAtThisMachine(request)) return sendNothing(response)
    const id = new URLSearchParams(query).get('id')
    if (id === null) return sendPage(response, 200, POLICY, pageOf('Mailbox', listOf(await messages.newest(SHOWN))))
    const message = await messages.open(id)
    if (message === null) return sendNothing(response)
    sendPage(response, 200, POLICY, pageOf(message.subject ?? NO_CONTENT, mailOf(message)))
  }
