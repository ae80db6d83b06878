/** Acting on the mail about a new session: the page says what happened and has one button, for the one answer its link is good for. */
import { type Answer, occasionOf } from '../features/alert/alert.ts'
import { type Linked, type Report, type ReviewService, WHOLE_REPORT } from '../features/alert/review.service.ts'
import type { Overrides } from '../features/message/texts/catalogue.ts'
import { pageFacts } from '../features/message/texts/page-facts.ts'
import type { PageText, PageWords } from '../features/message/texts/page-words.ts'
import { InvalidToken } from '../features/one-time-token/one-time-token.ts'
import { html } from '../kernel/html.ts'
import type { ParseUserAgent } from '../ports/user-agent/index.ts'
import { buttonForm, pageOf, paragraphs, recoveryForm } from './frame.ts'
import { REVIEW_PATH } from './links.ts'
import type { Page } from './page.ts'

/** What each answer asks, does, and is called on its button. */
const WORDS = {
  CONFIRMED: { question: 'meQuestion', explanation: 'meExplanation', button: 'meButton' },
  REPORTED: { question: 'notMeQuestion', explanation: 'notMeExplanation', button: 'notMeButton' },
} as const satisfies Readonly<Record<Answer, Readonly<Record<string, PageText<'alert-review'>>>>>

type Facts = ReturnType<typeof pageFacts>

const askingPage = (words: PageWords, answer: Answer, token: string, facts: Facts): string => {
  const { say } = words
  const { question, explanation, button } = WORDS[answer]
  const list = facts.map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>\n`)
  const body = html`<dl>${list}</dl>
<h2>${say('alert-review', question)}</h2>
${paragraphs(say('alert-review', explanation))}${buttonForm(REVIEW_PATH, { token, answer }, say('alert-review', button))}${paragraphs(say('common', 'untilThen'))}`
  return pageOf(words, say('alert-review', 'title'), body)
}

const confirmedPage = (words: PageWords): string =>
  pageOf(words, words.say('alert-review', 'meDoneTitle'), html`${paragraphs(words.say('alert-review', 'meDone'))}`)

const reportedPage = (words: PageWords, { endedSessions, passwordResetRequired }: Report, email: string): string => {
  const { say } = words
  const what = paragraphs(say('common', 'ended', { count: endedSessions.length }), say('alert-review', 'notMeDone'))
  const next = passwordResetRequired
    ? html`${paragraphs(say('alert-review', 'recover'))}${recoveryForm(words, email)}`
    : html`${paragraphs(say('common', 'signInAgain'))}`
  return pageOf(words, say('alert-review', 'notMeDoneTitle'), html`${what}${next}`)
}

type Needs = Readonly<{
  reviews: Pick<ReviewService, 'linked' | 'confirmByToken' | 'reportByToken'>
  parseUserAgent: ParseUserAgent
  /** The operator's own words. */
  texts: Overrides
}>

export const reviewPage = ({ reviews, parseUserAgent, texts }: Needs): Page<Linked> => ({
  find: reviews.linked,
  ask: (words, token, { answer, session }) => {
    const facts = { name: null, ...occasionOf(session, parseUserAgent(session.userAgent)) }
    return askingPage(words, answer, token, pageFacts(words.region, facts, texts))
  },
  act: async (words, token, { answer, email }, { form, reading: { source } }) => {
    if (form.get('answer') !== answer) throw new InvalidToken()
    if (answer === 'REPORTED') return reportedPage(words, await reviews.reportByToken(source, token, WHOLE_REPORT), email)
    await reviews.confirmByToken(source, token)
    return confirmedPage(words)
  },
})
