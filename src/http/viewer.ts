/** Authentication strategies in order. Each says: not mine, mine, or mine but bad. An explicit header wins over a cookie. */

import type { ApiKeyService } from '../features/api-key/api-key.service.ts'
import type { Authentication, SessionService } from '../features/session/session.service.ts'
import { unauthenticated } from '../kernel/errors.ts'
import { SECRET_PREFIXES } from '../kernel/secrets.ts'
import type { SessionEndReason, Viewer } from '../kernel/viewer.ts'

/** What a request presents. Null: nothing of that kind, or it may not be used. */
export type Credentials = Readonly<{ authorization: string | null; cookie: string | null }>

type Authenticated = Readonly<{
  viewer: Viewer
  signedOutReason: SessionEndReason | null
  /** A cookie came that does not count: the browser should forget it. */
  staleCookie: boolean
}>

export type Authenticate = (credentials: Credentials) => Promise<Authenticated>

const viewerOf = ({ session, labels }: Extract<Authentication, { live: true }>, via: 'COOKIE' | 'HEADER'): Viewer => ({
  kind: 'account',
  accountId: session.accountId,
  sessionId: session.id,
  labels,
  authenticatedAt: session.authenticatedAt,
  via,
})

const guest = (signedOutReason: SessionEndReason | null, staleCookie: boolean): Authenticated => ({
  viewer: { kind: 'guest', signedOutReason },
  signedOutReason,
  staleCookie,
})

const BEARER = /^Bearer +(\S+) *$/i

export const openAuthentication = ({
  sessions,
  apiKeys,
}: Readonly<{ sessions: SessionService; apiKeys: ApiKeyService }>): Authenticate => {
  const byHeader = async (authorization: string): Promise<Viewer> => {
    const secret = BEARER.exec(authorization)?.[1] ?? ''
    if (secret.startsWith(SECRET_PREFIXES.apiKey)) {
      const key = await apiKeys.authenticate(secret)
      if (key === null) throw unauthenticated()
      return { kind: 'apiKey', keyId: key.id, scopes: key.scopes }
    }
    const state = await sessions.authenticate(secret, 'HEADER')
    if (!state.live) throw unauthenticated(state.reason)
    return viewerOf(state, 'HEADER')
  }

  /** @throws UNAUTHENTICATED for a bad header; a bad cookie makes a guest. */
  return async ({ authorization, cookie }) => {
    if (authorization !== null) return { viewer: await byHeader(authorization), signedOutReason: null, staleCookie: false }
    if (cookie === null) return guest(null, false)
    const state = await sessions.authenticate(cookie, 'COOKIE')
    return state.live
      ? { viewer: viewerOf(state, 'COOKIE'), signedOutReason: null, staleCookie: false }
      : guest(state.reason, true)
  }
}
