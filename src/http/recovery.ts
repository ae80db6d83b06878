/** Recovering an account: without a token the page takes an address and sends a link, with one it sets a new password. */

import type { RecoveryService } from '../features/credential/recovery.service.ts'
import type { PageWords } from '../features/message/texts/page-words.ts'
import type { SettingsService } from '../features/settings/settings.service.ts'
import { type DomainError, InvalidInput } from '../kernel/errors.ts'
import { html } from '../kernel/html.ts'
import { LIFETIMES, SIZES } from '../policy/bounds.ts'
import { buttonForm, pageOf, paragraphs, problemOf } from './frame.ts'
import { RECOVERY_PATH } from './links.ts'
import type { Page } from './page.ts'
import { type PasswordBounds, passwordBounds, passwordField, passwordTrouble } from './password-field.ts'

type Found = Readonly<{ locale: string | null; bounds: PasswordBounds }>

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

const settingPage = (words: PageWords, token: string, { bounds }: Found, problem: string | null): string => {
  const { say } = words
  const field = passwordField(say('recovery', 'password', bounds), bounds)
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

/** @param found null: what was typed is an address. */
const mend = (words: PageWords, problem: DomainError, found: Found | null): string | null => {
  if (found !== null) return passwordTrouble(words, problem, found.bounds)
  return problem instanceof InvalidInput ? words.say('recovery', 'notAnEmail') : null
}

type Needs = Readonly<{
  recovery: Pick<RecoveryService, 'linked' | 'recover' | 'request'>
  settings: Pick<SettingsService, 'current'>
  /** Where this very page is, as the world sees it. */
  recoveryPage: () => string
}>

export const recoveryPage = ({ recovery, settings, recoveryPage: self }: Needs): Page<Found> => ({
  find: async (token) => {
    const linked = await recovery.linked(token)
    return linked === null ? null : { ...linked, bounds: passwordBounds(await settings.current()) }
  },
  ask: (words, token, found, problem) => settingPage(words, token, found, problem),
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
