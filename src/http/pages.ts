/** Our own pages for people who follow a link, where no application has pages of its own. */
import type { EmailVerificationService } from '../features/account/verification.service.ts'
import type { RecoveryService } from '../features/credential/recovery.service.ts'
import { InvalidInput } from '../kernel/errors.ts'
import { html } from '../kernel/html.ts'
import { LIFETIMES, PASSWORD_LENGTH, SIZES } from '../policy/bounds.ts'
import { openPage, pageOf, problemOf } from './page.ts'
import type { ReadRequest } from './request.ts'
import type { Authenticate } from './viewer.ts'

/** Without a token it takes an address and sends a link; with one it sets a new password. */
export const RECOVERY_PATH = '/recover'

/** Proves an address. */
export const VERIFICATION_PATH = '/email/verify'

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

const verifyPage = (token: string, problem: string | null): string =>
  pageOf(
    'Confirm your e-mail address',
    html`${problemOf(problem)}<form method="post" action="${VERIFICATION_PATH}"><input type="hidden" name="token" value="${token}">
<button>Confirm address</button></form>
<p>If you are not signed in to that account here, and nobody has confirmed the address before, the account becomes yours alone:
its password goes and all its sessions end.</p>`,
  )

const verifiedPage = (tookOver: boolean): string =>
  pageOf(
    'Your address is confirmed',
    tookOver
      ? html`<p>Whoever registered it is signed out, and the account has no password any more. <a href="${RECOVERY_PATH}">Set your own</a>.</p>`
      : html`<p>You can close this page.</p>`,
  )

type Needs = Readonly<{
  readRequest: ReadRequest
  syncClock: () => Promise<void>
  authenticate: Authenticate
  recovery: RecoveryService
  emailVerification: EmailVerificationService
  /** Where that page is, as the world sees it. */
  recoveryPage: () => string
}>

export const openPages = ({ authenticate, recovery, recoveryPage, emailVerification, ...needs }: Needs) => ({
  recovery: openPage(needs, {
    show: (query) => (query.has('token') ? passwordPage(query.get('token') ?? '', null) : askPage(null)),
    act: async (fields, { source, deviceCookie }) => {
      if (fields.has('token')) {
        await recovery.recover(source, fields.get('token') ?? '', fields.get('password') ?? '')
        return setPage()
      }
      await recovery.request(source, { email: fields.get('email') ?? '', redirectUrl: recoveryPage() }, deviceCookie)
      return sentPage()
    },
    again: (fields, problem) => {
      if (fields.has('token')) return passwordPage(fields.get('token') ?? '', problem.message)
      return askPage(problem instanceof InvalidInput ? (problem.fields[0]?.message ?? null) : problem.message)
    },
  }),
  /** The button behind a link that proves an address; pressed where the account is signed in, it proves no more than that. */
  verification: openPage(needs, {
    show: (query) => verifyPage(query.get('token') ?? '', null),
    act: async (fields, { source, sessionCookie, deviceCookie }) => {
      const { viewer } = await authenticate({ authorization: null, cookie: sessionCookie })
      return verifiedPage((await emailVerification.verify(viewer, source, fields.get('token') ?? '', deviceCookie)).tookOver)
    },
    again: (fields, problem) => verifyPage(fields.get('token') ?? '', problem.message),
  }),
})
