/** Authentication strategies in order. Each says: not mine, mine, or mine but bad. An explicit header wins over a cookie. */

import type { ApiKeyService } from '../features/api-key/api-key.service.ts'
import type { Authentication, SessionService } from '../features/session/session.service.ts'
import { viewerOf } from '../features/session/session.ts'
import type { OwnFacts } from '../graphql/context.ts'
import { unauthenticated } from '../kernel/errors.ts'
import { SECRET_PREFIXES } from '../kernel/secrets.ts'
import type { SessionEndReason, Viewer, Visitor } from '../kernel/viewer.ts'

/** What a request presents. Null: nothing of that kind, or it may not be used. */
export type Credentials = Readonly<{ authorization: string | null; cookie: string | null }>

type Authenticated = Readonly<{
  viewer: Viewer
  signedOutReason: SessionEndReason | null
  /** A cookie came that does not count: the browser should forget it. */
  staleCookie: boolean
  /** What authenticating has read anyway: the session and its account. Null for guests and keys. */
  own: OwnFacts | null
}>

export type Authenticate = (credentials: Credentials) => Promise<Authenticated>

/** Whose browser it is that opens a page: as `Authenticate`, without using the session, and changing nothing. */
export type Recognise = (cookie: string | null) => Promise<Visitor>

type Live = Extract<Authentication, { live: true }>

const guest = (signedOutReason: SessionEndReason | null, staleCookie: boolean): Authenticated => ({
  viewer: { kind: 'guest', signedOutReason },
  signedOutReason,
  staleCookie,
  own: null,
})

const BEARER = /^Bearer +(\S+) *$/i

export const openRecognition =
  (sessions: Pick<SessionService, 'recognise'>): Recognise =>
  async (cookie) => {
    const state = cookie === null ? null : await sessions.recognise(cookie)
    if (state?.live) return viewerOf(state.session, state.account.labels, 'COOKIE')
    return { kind: 'guest', signedOutReason: state?.reason ?? null }
  }

export const openAuthentication = ({
  sessions,
  apiKeys,
}: Readonly<{ sessions: SessionService; apiKeys: ApiKeyService }>): Authenticate => {
  const person = (state: Live, via: 'COOKIE' | 'HEADER'): Authenticated => ({
    viewer: viewerOf(state.session, state.account.labels, via),
    signedOutReason: null,
    staleCookie: false,
    own: { session: state.session, account: state.account },
  })

  const byHeader = async (authorization: string): Promise<Authenticated> => {
    const secret = BEARER.exec(authorization)?.[1] ?? ''
    if (secret.startsWith(SECRET_PREFIXES.apiKey)) {
      const key = await apiKeys.authenticate(secret)
      if (key === null) throw unauthenticated()
      const viewer: Viewer = { kind: 'apiKey', keyId: key.id, scopes: key.scopes }
      return { viewer, signedOutReason: null, staleCookie: false, own: null }
    }
    const state = await sessions.authenticate(secret, 'HEADER')
    if (!state.live) throw unauthenticated(state.reason)
    return person(state, 'HEADER')
  }

  /** @throws UNAUTHENTICATED for a bad header; a bad cookie makes a guest. */
  return async ({ authorization, cookie }) => {
    if (authorization !== null) return byHeader(authorization)
    if (cookie === null) return guest(null, false)
    const state = await sessions.authenticate(cookie, 'COOKIE')
    // of requests that were on their way together, one may have brought the browser a new cookie, which is to stay
    return state.live ? person(state, 'COOKIE') : guest(state.reason, !state.isReplaced)
  }
}
