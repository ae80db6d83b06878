/** Cross-site rules: one decision for HTTP, WebSocket and server-sent events. Pure. Never looks at the Host header. */

export type OriginFacts = Readonly<{
  /** The Origin header; null if there is none. */
  origin: string | null
  /** The Sec-Fetch-Site header, which only browsers send; null if there is none. */
  fetchSite: string | null
  hasAuthorization: boolean
  hasCookie: boolean
  /** Upgrades and event streams are refused outright: they live on. */
  lasting: boolean
}>

/** Refused, or allowed with or without the use of cookies. */
export type OriginVerdict = 'refused' | 'without-cookies' | 'with-cookies'

export type AllowedOrigins = Readonly<{ listed: ReadonlySet<string>; loopback: boolean }>

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether a host name (as in a URL, without port) is this machine. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOSTS.has(host) || host.endsWith('.localhost')

/** @param production loopback origins are allowed in development only. */
export const allowedOrigins = (publicUrl: URL | null, listed: readonly string[], production: boolean): AllowedOrigins => ({
  listed: new Set([...listed, ...(publicUrl === null ? [] : [publicUrl.origin])]),
  loopback: !production,
})

export const isAllowedOrigin = (allowed: AllowedOrigins, origin: string): boolean => {
  if (allowed.listed.has(origin)) return true
  if (!allowed.loopback || !URL.canParse(origin)) return false
  const { protocol, hostname } = new URL(origin)
  return (protocol === 'http:' || protocol === 'https:') && isLoopbackHost(hostname)
}

/**
 * Whether what a page of ours shows may depend on whose browser opens it. In a window of its own it may: looking changes nothing, and
 * no other site can read what is there. What another page fetches, embeds or frames is shown as to nobody.
 * @param fetchDest the Sec-Fetch-Dest header; null if there is none.
 */
export const mayShowOwn = (verdict: OriginVerdict, origin: string | null, fetchDest: string | null): boolean =>
  verdict === 'with-cookies' || (origin === null && fetchDest === 'document')

/**
 * A foreign origin is refused, except for a plain request that carries its own credential and no cookie: it can neither
 * use nor set one. Without an Origin, only what is no browser may use cookies.
 */
export const judgeOrigin = (allowed: AllowedOrigins, facts: OriginFacts): OriginVerdict => {
  if (facts.origin === null) return facts.fetchSite === null ? 'with-cookies' : 'without-cookies'
  if (isAllowedOrigin(allowed, facts.origin)) return 'with-cookies'
  return facts.hasAuthorization && !facts.hasCookie && !facts.lasting ? 'without-cookies' : 'refused'
}
