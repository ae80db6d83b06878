/**
 * Our own pages behind the links of our mails. Opening one, by whoever and however often, changes nothing; only its button
 * acts, a POST from this very origin, and only it sets cookies. A token that is good for nothing gets the same page, whatever it
 * was. Plain HTML without script, in the language of the account behind the token, else in the one the browser asks for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Overrides } from '../features/message/texts/catalogue.ts'
import { type PageWords, pageWords, readersLanguage } from '../features/message/texts/page-words.ts'
import { InvalidToken } from '../features/one-time-token/one-time-token.ts'
import type { Cookies } from '../graphql/context.ts'
import { DomainError } from '../kernel/errors.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { asRefusal } from '../ports/db/index.ts'
import type { Log } from '../ports/log.ts'
import { sendPage } from './answers.ts'
import { httpCookies, type OpenJar } from './cookie-port.ts'
import { readForm } from './form.ts'
import { failedPage, invalidPage, PAGE_POLICY, tooOftenPage } from './frame.ts'
import type { ReadRequest, RequestReading } from './request.ts'

/** What a form was sent with, and the cookies that its answer may set. */
export type Pressed = Readonly<{ form: URLSearchParams; reading: RequestReading; cookies: Cookies }>

/** What a page says, in the reader's words. `Found` is what its token stands for. */
export type Page<Found extends Readonly<{ locale: string | null }>> = Readonly<{
  /**
   * @param cookie whose browser it is, for pages that say different things to different people; null: nobody's.
   * @returns what a token stands for, changing nothing; null for one that is good for nothing.
   */
  find: (token: string, cookie: string | null) => Promise<Found | null>
  /** @param problem what was wrong with what was typed. @param sent that, to be typed no second time. */
  ask: (words: PageWords, token: string, found: Found, problem: string | null, sent?: URLSearchParams) => string
  /** Its button. @returns the page that says what happened. @throws InvalidToken */
  act: (words: PageWords, token: string, found: Found, pressed: Pressed) => Promise<string>
  /** @returns what to say of a refusal above the form, where it is for the reader to mend; else null. */
  mend?: (words: PageWords, problem: DomainError, found: Found | null) => string | null
  /** Instead of the usual page for a token that is good for nothing. */
  invalid?: (words: PageWords) => string
  /** What the page is without any token. */
  bare?: Readonly<{
    ask: (words: PageWords, problem: string | null) => string
    act: (words: PageWords, pressed: Pressed) => Promise<string>
  }>
}>

export type PageNeeds = Readonly<{
  readRequest: ReadRequest
  openJar: OpenJar
  syncClock: () => Promise<void>
  log: Log
  /** The operator's own words. */
  texts: Overrides
}>

type Answer = Readonly<{ status: number; html: string; retryAfterSeconds?: number }>

const ok = (html: string): Answer => ({ status: 200, html })

/** 429 is RFC 6585, section 4. */
const refused = (words: PageWords, { code, data }: DomainError): Answer => {
  if (typeof data.retryAfterSeconds !== 'number') return { status: 503, html: failedPage(words) }
  const { retryAfterSeconds } = data
  if (code !== 'RATE_LIMITED') return { status: 503, html: failedPage(words), retryAfterSeconds }
  return { status: 429, html: tooOftenPage(words, retryAfterSeconds), retryAfterSeconds }
}

/** @returns the way to a page. */
export const openPage = <Found extends Readonly<{ locale: string | null }>>(needs: PageNeeds, page: Page<Found>) => {
  const { readRequest, openJar, syncClock, log, texts } = needs

  /** The words for whoever sent a request. @param locale the account's, if there is one and it is known. */
  const wordsFor = (request: IncomingMessage, locale: string | null = null): PageWords =>
    pageWords(locale ?? readersLanguage(request.headers['accept-language'] ?? null, texts), texts)

  const invalid = (words: PageWords): Answer => ({ status: 410, html: (page.invalid ?? invalidPage)(words) })

  const show = async (request: IncomingMessage, token: string | null): Promise<Answer> => {
    if (token === null && page.bare !== undefined) return ok(page.bare.ask(wordsFor(request), null))
    await syncClock()
    const found = await page.find(token ?? '', readRequest(request, false).shownCookie)
    return found === null ? invalid(wordsFor(request)) : ok(page.ask(wordsFor(request, found.locale), token ?? '', found, null))
  }

  /** Runs a button. @param again the page once more, with what is wrong. */
  const run = async (
    words: PageWords,
    found: Found | null,
    act: () => Promise<string>,
    again: (problem: string) => string,
  ): Promise<Answer> => {
    try {
      return ok(await act())
    } catch (error) {
      if (error instanceof InvalidToken) return invalid(words)
      const refusal = asRefusal(error)
      if (!(refusal instanceof DomainError)) throw error
      const problem = page.mend?.(words, refusal, found) ?? null
      return problem === null ? refused(words, refusal) : { status: 422, html: again(problem) }
    }
  }

  const press = async (request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    const reading = readRequest(request, false)
    const form = reading.corsOrigin !== null ? await readForm(request, TRANSPORT_LIMITS.formBytes) : null
    if (form === null) return { status: 403, html: failedPage(wordsFor(request)) }
    await syncClock()
    const [token, { bare }] = [form.get('token'), page]
    const pressed: Pressed = { form, reading, cookies: httpCookies(reading, openJar(reading, response)) }
    if (token === null && bare !== undefined) {
      const words = wordsFor(request, form.get('locale')) // from the page that led here, which knew the reader's
      const act = () => bare.act(words, pressed)
      return run(words, null, act, (problem) => bare.ask(words, problem))
    }
    const found = await page.find(token ?? '', reading.sessionCookie)
    if (found === null) return invalid(wordsFor(request))
    const words = wordsFor(request, found.locale)
    const act = () => page.act(words, token ?? '', found, pressed)
    return run(words, found, act, (problem) => page.ask(words, token ?? '', found, problem, form))
  }

  const answer = async (request: IncomingMessage, response: ServerResponse, query: string): Promise<Answer> => {
    if (request.method === 'POST') return press(request, response)
    if (request.method === 'GET' || request.method === 'HEAD') return show(request, new URLSearchParams(query).get('token'))
    response.setHeader('allow', 'GET, HEAD, POST')
    return { status: 405, html: failedPage(wordsFor(request)) }
  }

  return async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    const { status, html, retryAfterSeconds } = await answer(request, response, query).catch((error: unknown) => {
      const refusal = asRefusal(error)
      if (refusal instanceof DomainError) return refused(wordsFor(request), refusal)
      log.error({ error }, 'a page failed')
      return { status: 500, html: failedPage(wordsFor(request)) }
    })
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
    sendPage(response, status, PAGE_POLICY, html)
  }
}
