/** The frame of our own pages: plain HTML without script. Opening one changes nothing; only a button, a POST from this very origin, acts. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DomainError } from '../kernel/errors.ts'
import { type Html, html, htmlText, NO_HTML } from '../kernel/html.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { asRefusal } from '../ports/db/index.ts'
import { sendPage } from './answers.ts'
import { readBody } from './body.ts'
import type { ReadRequest, RequestReading } from './request.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const STYLE = html`<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 15vh auto; padding: 0 1rem; color-scheme: light dark }
label, input, button { display: block; width: 100%; font: inherit; box-sizing: border-box }
input, button { padding: .6rem; margin: .4rem 0 1rem; border: 1px solid #8889; border-radius: .4rem }
button { background: #3b5bdb; border-color: #3b5bdb; color: #fff; font-weight: 600; cursor: pointer }
</style>`

/** @returns the page. */
export const pageOf = (title: string, body: Html): string =>
  htmlText(html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${title} · Gatehouse</title>${STYLE}<h1>${title}</h1>${body}</html>`)

/** What stands above a form that was not accepted. */
export const problemOf = (problem: string | null): Html =>
  problem === null ? NO_HTML : html`<p role="alert"><strong>${problem}</strong></p>`

/** What a page does. `show` reads nothing and writes nothing; `act` is its button; `again` is the page after a refusal. */
export type Page = Readonly<{
  show: (query: URLSearchParams) => string
  act: (fields: URLSearchParams, reading: RequestReading) => Promise<string>
  again: (fields: URLSearchParams, problem: DomainError) => string
}>

type Needs = Readonly<{ readRequest: ReadRequest; syncClock: () => Promise<void> }>

/** @returns the way to a page. */
export const openPage =
  ({ readRequest, syncClock }: Needs, { show, act, again }: Page) =>
  async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    if (request.method === 'GET' || request.method === 'HEAD')
      return sendPage(response, 200, POLICY, show(new URLSearchParams(query)))
    const reading = readRequest(request, false)
    if (request.method !== 'POST' || reading.corsOrigin === null)
      return sendPage(response, 403, POLICY, pageOf('Not from here', NO_HTML))
    const body = await readBody(request, TRANSPORT_LIMITS.bodyBytes)
    const fields = new URLSearchParams(body?.toString('utf8') ?? '')
    try {
      await syncClock()
      sendPage(response, 200, POLICY, await act(fields, reading))
    } catch (error) {
      const problem = asRefusal(error)
      if (!(problem instanceof DomainError)) throw error
      sendPage(response, 422, POLICY, again(fields, problem))
    }
  }
