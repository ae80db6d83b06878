/** What http/ reads off a request before anything else, the same for requests and upgrades. */
import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import type { Source } from '../kernel/viewer.ts'
import { SIZES } from '../policy/bounds.ts'
import { type CookieNames, cookieNames, readCookie } from './cookies.ts'
import { allowedOrigins, isAllowedOrigin, isLoopbackHost, judgeOrigin, mayShowOwn, type OriginVerdict } from './origins.ts'
import { peerReader } from './proxies.ts'

export type RequestReading = Readonly<{
  source: Source
  names: CookieNames
  origin: string | null
  /** Whether CORS answers this origin. */
  corsOrigin: string | null
  verdict: OriginVerdict
  authorization: string | null
  /** The cookies that may be used. */
  sessionCookie: string | null
  /** The session's, to show a page by it and for nothing else. */
  shownCookie: string | null
  deviceCookie: string | null
}>

/** A cookie that could not be one of ours is none. */
const DEVICE_KEY = new RegExp(`^[\\w-]{${SIZES.deviceKeyMin},${SIZES.deviceKeyMax}}$`)

const REQUEST_ID = /^[\w-]{8,64}$/

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

/** @param newRequestId names a request whose proxy did not. */
export const requestReader = (config: Config, newRequestId: () => string) => {
  const allowed = allowedOrigins(config.publicUrl, config.allowedOrigins, config.production)
  const peerOf = peerReader(config.trustedProxies)

  /** With a PUBLIC_URL that decides; without one, what the proxy or the socket says. */
  const isPlainLoopback = (request: IncomingMessage, trustedProxy: boolean): boolean => {
    if (config.publicUrl !== null) return config.publicUrl.protocol === 'http:' && isLoopbackHost(config.publicUrl.hostname)
    const forwarded = trustedProxy ? first(request.headers['x-forwarded-proto']) : undefined
    if (forwarded !== undefined && forwarded !== 'http') return false
    // a host name ends where its port begins; what stands in brackets is an address with colons of its own
    const host = (request.headers.host ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
    return isLoopbackHost(host)
  }

  /** @param lasting whether the request opens something that stays: an upgrade or an event stream. */
  return (request: IncomingMessage, lasting: boolean): RequestReading => {
    const { headers, socket } = request
    const peer = peerOf(socket.remoteAddress, first(headers['x-forwarded-for']))
    const names = cookieNames(isPlainLoopback(request, peer.trusted))
    const cookie = readCookie(headers.cookie, names.session)
    const device = readCookie(headers.cookie, names.device)
    const origin = headers.origin ?? null
    const verdict = judgeOrigin(allowed, {
      origin,
      fetchSite: first(headers['sec-fetch-site']) ?? null,
      hasAuthorization: headers.authorization !== undefined,
      hasCookie: cookie !== null || device !== null,
      lasting,
    })
    const mayUseCookies = verdict === 'with-cookies'
    const proxyId = peer.trusted ? first(headers['x-request-id']) : undefined
    return {
      source: {
        ip: peer.ip,
        userAgent: headers['user-agent']?.slice(0, SIZES.userAgent) ?? null,
        requestId: proxyId !== undefined && REQUEST_ID.test(proxyId) ? proxyId : newRequestId(),
        isGone: () => socket.destroyed,
      },
      names,
      origin,
      corsOrigin: origin !== null && isAllowedOrigin(allowed, origin) ? origin : null,
      verdict,
      authorization: headers.authorization ?? null,
      sessionCookie: mayUseCookies ? cookie : null,
      shownCookie: mayShowOwn(verdict, origin, first(headers['sec-fetch-dest']) ?? null) ? cookie : null,
      deviceCookie: mayUseCookies && device !== null && DEVICE_KEY.test(device) ? device : null,
    }
  }
}

export type ReadRequest = ReturnType<typeof requestReader>
