/** Our own pages for people who follow a link, where no application has pages of its own. */
import type { RecoveryService } from '../features/credential/recovery.service.ts'
import { InvalidInput } from '../kernel/errors.ts'
import { html } from '../kernel/html.ts'
import { LIFETIMES, PASSWORD_LENGTH, SIZES } from '../policy/bounds.ts'
import { openPage, pageOf, problemOf } from './page.ts'
import type { ReadRequest } from './request.ts'

/** Without a token it takes an address and sends a link; with one it sets a new password. */
export const RECOVERY_PATH = '/recover'

const askPage = (problem: string | null): string =>
  pageOf(
    'Recover your account',
    html`${problemOf(problem)}<form method="post" action="${RECOVERY_PATH}">
<label for="email">E-mail address of your account</label>
<input id="email" name="email" type="email" autocomplete="email" required maxlength="${String(SIZES.email)}">
<button>Send a link</button></form>`,
  )

const sentPage = (): string =>
  pageOf(
    'Look into your mail',
    html`<p>If there is an account with that address, a link is on its way. It works once, for ${String(LIFETIMES.recoveryLink / 60)} minutes.</p>`,
  )

const passwordPage = (token: string, problem: string | null): string =>
  pageOf(
    'Set a new password',
    html`${problemOf(problem)}<form method="post" action="${RECOVERY_PATH}"><input type="hidden" name="token" value="${token}">
<label for="password">New password, ${String(PASSWORD_LENGTH.min)} to ${String(PASSWORD_LENGTH.max)} characters</label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="${String(PASSWORD_LENGTH.min)}">
<button>Set password</button></form><p>Every session of this account will be signed out.</p>`,
  )

const setPage = (): string => pageOf('Your password is set', html`<p>You can sign in with it now.</p>`)

type Needs = Readonly<{
  readRequest: ReadRequest
  syncClock: () => Promise<void>
  recovery: RecoveryService
  /** Where that page is, as the world sees it. */
  recoveryPage: () => string
}>

export const openPages = ({ recovery, recoveryPage, ...needs }: Needs) => ({
  recovery: openPage(needs, {
    show: (query) => (query.has('token') ? passwordPage(query.get('token') ?? '', null) : askPage(null)),
    act: async (fields, { source }) => {
      if (fields.has('token')) {
        await recovery.recover(source, fields.get('token') ?? '', fields.get('password') ?? '')
        return setPage()
      }
      await recovery.request(source, { email: fields.get('email') ?? '', redirectUrl: recoveryPage() })
      return sentPage()
    },
    again: (fields, problem) => {
      if (fields.has('token')) return passwordPage(fields.get('token') ?? '', problem.message)
      return askPage(problem instanceof InvalidInput ? (problem.fields[0]?.message ?? null) : problem.message)
    },
  }),
})
