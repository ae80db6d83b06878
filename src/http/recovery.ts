/** Recovering an account: without a token the page takes an address and sends a link, with one it sets a new password. */

import { WeakPassword } from '../features/credential/credential.ts'
import type { RecoveryService } from '../features/credential/recovery.service.ts'
import type { PageWords } from '../features/message/texts/page-words.ts'
import { type DomainError, InvalidInput } from '../kernel/errors.ts'
import { html } from '../kernel/html.ts'
import { LIFETIMES, PASSWORD_LENGTH, SIZES } from '../policy/bounds.ts'
import { buttonForm, pageOf, paragraphs, problemOf } from './frame.ts'
import { RECOVERY_PATH } from './links.ts'
import type { Page } from './page.ts'

type Found = Readonly<{ locale: string | null }>

const { min, max } = PASSWORD_LENGTH

const emailForm = ({ say, locale }: PageWords) =>
  buttonForm(
    RECOVERY_PATH,
    { locale },
    say('recovery', 'askButton'),
    html`<label for="email">${say('recovery', 'email')}</label>
<input id="email" name="email" type="email" dir="ltr" autocomplete="email" required maxlength="${String(SIZES.email)}">
`,
  )

const askingPage = (words: PageWords, problem: string | null): string =>
  pageOf(words, words.say('recovery', 'askTitle'), html`${problemOf(problem)}${emailForm(words)}`)

const sentPage = (words: PageWords): string =>
  pageOf(
    words,
    words.say('recovery', 'sentTitle'),
    html`${paragraphs(words.say('recovery', 'sent', { minutes: LIFETIMES.recoveryLink / 60 }))}`,
  )

const settingPage = (words: PageWords, token: string, problem: string | null): string => {
  const { say } = words
  const field = html`<label for="password">${say('recovery', 'password', { min, max })}</label>
<input id="password" name="password" type="password" dir="ltr" autocomplete="new-password" required minlength="${String(min)}">
`
  const form = buttonForm(RECOVERY_PATH, { token }, say('recovery', 'setButton'), field)
  const around = html`${problemOf(problem)}${form}${paragraphs(say('recovery', 'setExplanation'))}`
  return pageOf(words, say('recovery', 'setTitle'), around)
}

/** A link that is over is no end: here is where another one is asked for. */
const overPage = (words: PageWords): string =>
  pageOf(
    words,
    words.say('common', 'invalidTitle'),
    html`${paragraphs(words.say('common', 'invalid'), words.say('recovery', 'askAgain'))}${emailForm(words)}`,
  )

const mend = ({ say, rule }: PageWords, problem: DomainError): string | null => {
  if (problem instanceof WeakPassword) return problem.violations.map((violation) => rule(violation.rule, { min, max })).join(' ')
  return problem instanceof InvalidInput ? say('recovery', 'notAnEmail') : null
}

/** @param self where this very page is, as the world sees it. */
export const recoveryPage = (
  recovery: Pick<RecoveryService, 'linked' | 'recover' | 'request'>,
  self: () => string,
): Page<Found> => ({
  find: recovery.linked,
  ask: (words, token, _found, problem) => settingPage(words, token, problem),
  act: async (words, token, _found, { form, reading }) => {
    await recovery.recover(reading.source, token, form.get('password') ?? '')
    return pageOf(words, words.say('recovery', 'doneTitle'), html`${paragraphs(words.say('recovery', 'done'))}`)
  },
  mend,
  invalid: overPage,
  bare: {
    ask: askingPage,
    act: async (words, { form, reading }) => {
      await recovery.request(reading.source, { email: form.get('email') ?? '', redirectUrl: self() }, reading.deviceCookie)
      return sentPage(words)
    },
  },
})
