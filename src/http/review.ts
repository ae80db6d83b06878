/**
 * The page behind the links in the mail about a new session. Opening it, by whoever and however often, changes nothing: it
 * says what happened and has one button, for the one answer its link is good for. A token that is good for nothing gets
 * the same page, whatever it was. Plain HTML, no script, in the language of the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, occasionOf } from '../features/alert/alert.ts'
import { type Linked, type Report, type ReviewService, WHOLE_REPORT } from '../features/alert/review.service.ts'
import type { Overrides } from '../features/message/texts/catalogue.ts'
import { pageFacts } from '../features/message/texts/page-facts.ts'
import { type PageText, pageWords } from '../features/message/texts/page-words.ts'
import { InvalidToken } from '../features/one-time-token/one-time-token.ts'
import { DomainError } from '../kernel/errors.ts'
import { type Html, html, htmlText } from '../kernel/html.ts'
import type { Source } from '../kernel/viewer.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { asRefusal } from '../ports/db/index.ts'
import type { Log } from '../ports/log.ts'
import type { ParseUserAgent } from '../ports/user-agent/index.ts'
import { sendPage } from './answers.ts'
import { readForm } from './form.ts'
import { RECOVERY_PATH } from './pages.ts'
import type { ReadRequest } from './request.ts'

export const REVIEW_PATH = '/alerts/review'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const STYLE = html`<style>
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 10vh auto; padding: 0 1rem; color-scheme: light dark }
h1 { line-height: 1.25; font-size: 1.6rem }
h2 { font-size: 1.2rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; padding: 1rem; border: 1px solid #8885; border-radius: .5rem }
dt { opacity: .75 }
dd { margin: 0; overflow-wrap: anywhere }
button { font: inherit; font-weight: 600; padding: .7rem 1.4rem; border: 0; border-radius: .5rem; background: #364fc7; color: #fff; cursor: pointer }
button:focus-visible { outline: 3px solid #91a7ff; outline-offset: 2px }
</style>`

/** The language of a page and what it says in it. */
type Voice = Readonly<{
  locale: string
  direction: 'ltr' | 'rtl'
  say: (text: PageText<'alert-review'>, count?: number) => string
}>

const pageOf = ({ locale, direction, say }: Voice, title: PageText<'alert-review'>, body: Html): string =>
  htmlText(html`<!doctype html><html lang="${locale}" dir="${direction}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${say(title)}</title>${STYLE}<main><h1>${say(title)}</h1>
${body}</main></html>
`)

const paragraphs = ({ say }: Voice, ...texts: readonly PageText<'alert-review'>[]): readonly Html[] =>
  texts.map((text) => html`<p>${say(text)}</p>\n`)

/** What each answer asks, does, and is called on its button. */
const WORDS = {
  CONFIRMED: { question: 'meQuestion', explanation: 'meExplanation', button: 'meButton' },
  REPORTED: { question: 'notMeQuestion', explanation: 'notMeExplanation', button: 'notMeButton' },
} as const satisfies Readonly<Record<Answer, Readonly<Record<string, PageText<'alert-review'>>>>>

const isAnswer = (text: string | null): text is Answer => text !== null && Object.hasOwn(WORDS, text)

const askingPage = (voice: Voice, answer: Answer, token: string, facts: ReturnType<typeof pageFacts>): string => {
  const { question, explanation, button } = WORDS[answer]
  const list = facts.map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>\n`)
  const body = html`<dl>${list}</dl>
<h2>${voice.say(question)}</h2>
${paragraphs(voice, explanation)}<form method="post" action="${REVIEW_PATH}">
<input type="hidden" name="token" value="${token}"><input type="hidden" name="answer" value="${answer}">
<button>${voice.say(button)}</button></form>
${paragraphs(voice, 'untilThen')}`
  return pageOf(voice, 'title', body)
}

const confirmedPage = (voice: Voice): string => pageOf(voice, 'meDoneTitle', html`${paragraphs(voice, 'meDone')}`)

/** Asks for a link to set a new password, for the address that this page's own link went to. */
const recoveryForm = (
  voice: Voice,
  email: string,
): Html => html`${paragraphs(voice, 'recover')}<form method="post" action="${RECOVERY_PATH}">
<input type="hidden" name="email" value="${email}"><button>${voice.say('recoverButton')}</button></form>`

const reportedPage = (voice: Voice, { endedSessions, passwordResetRequired }: Report, email: string): string =>
  pageOf(
    voice,
    'notMeDoneTitle',
    html`<p>${voice.say('ended', endedSessions.length)}</p>
${paragraphs(voice, 'notMeDone')}${passwordResetRequired ? recoveryForm(voice, email) : paragraphs(voice, 'signInAgain')}`,
  )

const invalidPage = (voice: Voice): string =>
  pageOf(voice, 'invalidTitle', html`${paragraphs(voice, 'invalid', 'invalidAdvice')}`)

const failedPage = (voice: Voice): string => pageOf(voice, 'failedTitle', html`${paragraphs(voice, 'failed')}`)

type Needs = Readonly<{
  readRequest: ReadRequest
  reviews: ReviewService
  parseUserAgent: ParseUserAgent
  syncClock: () => Promise<void>
  log: Log
  /** The operator's own words. */
  texts: Overrides
}>

export const openReview = ({ readRequest, reviews, parseUserAgent, syncClock, log, texts }: Needs) => {
  const voiceOf = (locale: string | null): Voice => {
    const words = pageWords(locale, texts)
    return { ...words, say: (text, count) => words.say('alert-review', text, count === undefined ? {} : { count }) }
  }

  /** For who has no good token, and so no account whose language could be known: the one his browser asks for first. */
  const voiceFor = (request: IncomingMessage): Voice =>
    voiceOf(request.headers['accept-language']?.split(/[,;]/, 1)[0]?.trim() ?? null)

  const act = async (source: Source, token: string, { answer, locale, email }: Linked): Promise<string> => {
    if (answer === 'REPORTED')
      return reportedPage(voiceOf(locale), await reviews.reportByToken(source, token, WHOLE_REPORT), email)
    await reviews.confirmByToken(source, token)
    return confirmedPage(voiceOf(locale))
  }

  const show = async (request: IncomingMessage, response: ServerResponse, token: string): Promise<void> => {
    await syncClock()
    const linked = await reviews.linked(token)
    if (linked === null) return sendPage(response, 410, POLICY, invalidPage(voiceFor(request)))
    const { answer, session, locale } = linked
    const facts = pageFacts(locale, { name: null, ...occasionOf(session, parseUserAgent(session.userAgent)) }, texts)
    sendPage(response, 200, POLICY, askingPage(voiceOf(locale), answer, token, facts))
  }

  const press = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { source, corsOrigin } = readRequest(request, false)
    const form = corsOrigin !== null ? await readForm(request, TRANSPORT_LIMITS.formBytes) : null
    if (form === null) return sendPage(response, 403, POLICY, failedPage(voiceFor(request)))
    const [token, answer] = [form.get('token') ?? '', form.get('answer')]
    await syncClock()
    const linked = isAnswer(answer) ? await reviews.linked(token) : null
    if (linked === null || linked.answer !== answer) throw new InvalidToken()
    sendPage(response, 200, POLICY, await act(source, token, linked))
  }

  return async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    try {
      if (request.method === 'POST') return await press(request, response)
      if (request.method === 'GET' || request.method === 'HEAD')
        return await show(request, response, new URLSearchParams(query).get('token') ?? '')
      response.setHeader('allow', 'GET, HEAD, POST')
      sendPage(response, 405, POLICY, failedPage(voiceFor(request)))
    } catch (error) {
      if (error instanceof InvalidToken) return sendPage(response, 410, POLICY, invalidPage(voiceFor(request)))
      const isRefusal = asRefusal(error) instanceof DomainError
      if (!isRefusal) log.error({ error }, 'the review of an alert failed')
      sendPage(response, isRefusal ? 503 : 500, POLICY, failedPage(voiceFor(request)))
    }
  }
}
