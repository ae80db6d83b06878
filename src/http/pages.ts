/**
 * Pages for people who follow a link: plain HTML, no script. Opening one changes nothing; only its button, a POST from
 * this very origin, acts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CredentialService } from '../features/credential/credential.service.ts'
import { DomainError } from '../kernel/errors.ts'
import { PASSWORD_LENGTH, TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { sendPage } from './answers.ts'
import { readBody } from './body.ts'
import type { ReadRequest } from './request.ts'

/** Where a recovery link leads when no application has a page of its own. */
export const RECOVERY_PATH = '/recover'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}' +
  'label,input,button{display:block;width:100%;font:inherit;box-sizing:border-box}input,button{padding:.6rem;margin:.4rem 0 1rem;border:1px solid #8889;border-radius:.4rem}' +
  'button{background:#3b5bdb;border-color:#3b5bdb;color:#fff;font-weight:600;cursor:pointer}'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const pageOf = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${title} · Gatehouse</title><style>${STYLE}</style><h1>${title}</h1>${body}</html>`

const form = (token: string, problem: string | null): string =>
  pageOf(
    'Set a new password',
    `${problem === null ? '' : `<p role="alert"><strong>${escapeHtml(problem)}</strong></p>`}` +
      `<form method="post" action="${RECOVERY_PATH}"><input type="hidden" name="token" value="${escapeHtml(token)}">` +
      `<label for="password">New password, ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters</label>` +
      `<input id="password" name="password" type="password" autocomplete="new-password" required minlength="${PASSWORD_LENGTH.min}">` +
      '<button>Set password</button></form><p>Every session of this account will be signed out.</p>',
  )

const done = (): string => pageOf('Your password is set', '<p>You can sign in with it now.</p>')

type Needs = Readonly<{ readRequest: ReadRequest; credentials: CredentialService; syncClock: () => Promise<void> }>

export const openPages = ({ readRequest, credentials, syncClock }: Needs) => ({
  /** The form behind a recovery link, and its button. */
  recovery: async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    if (request.method === 'GET' || request.method === 'HEAD')
      return sendPage(response, 200, POLICY, form(new URLSearchParams(query).get('token') ?? '', null))
    const reading = readRequest(request, false)
    if (request.method !== 'POST' || reading.corsOrigin === null)
      return sendPage(response, 403, POLICY, pageOf('Not from here', ''))
    const body = await readBody(request, TRANSPORT_LIMITS.bodyBytes)
    const fields = new URLSearchParams(body?.toString('utf8') ?? '')
    const token = fields.get('token') ?? ''
    try {
      await syncClock()
      await credentials.recover(reading.source, token, fields.get('password') ?? '')
      sendPage(response, 200, POLICY, done())
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      sendPage(response, 422, POLICY, form(token, error.message))
    }
  },
})
