/** Cookies, read and written. On https with the `__Host-` prefix (RFC 6265bis, 4.1.3.2); on plain http to this machine without. */
import type { CookieSameSite } from '../config.ts'
import { type Clock, secondsUntil } from '../kernel/time.ts'
import { LIFETIMES } from '../policy/bounds.ts'

export type CookieNames = Readonly<{ session: string; device: string; secure: boolean }>

const SECURE: CookieNames = { session: '__Host-gatehouse', device: '__Host-gatehouse-device', secure: true }

/** Browsers do not keep Secure cookies from plain http; only this machine is reached so. */
const LOOPBACK: CookieNames = { session: 'gatehouse', device: 'gatehouse-device', secure: false }

/** @param plainLoopback whether the request came over plain http to this machine. */
export const cookieNames = (plainLoopback: boolean): CookieNames => (plainLoopback ? LOOPBACK : SECURE)

/** The first cookie of a name (RFC 6265, 4.2.2 leaves the order to the browser). Null if there is none or it is empty. */
export const readCookie = (header: string | undefined, name: string): string | null => {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) {
      const value = pair.slice(at + 1).trim()
      return value === '' ? null : value
    }
  }
  return null
}

const SAME_SITE = { lax: 'SameSite=Lax', strict: 'SameSite=Strict', none: 'SameSite=None; Partitioned' } as const

/** @returns a Set-Cookie value. Over plain http SameSite=None would need Secure, so Lax stands in. */
const serialiseCookie = (
  names: CookieNames,
  sameSite: CookieSameSite,
  name: string,
  value: string,
  maxAgeSeconds: number,
): string => {
  const site = SAME_SITE[names.secure || sameSite !== 'none' ? sameSite : 'lax']
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; ${names.secure ? 'Secure; ' : ''}${site}`
}

export type CookieJar = Readonly<{
  setSession: (token: string, expiresAt: Date) => void
  clearSession: () => void
  setDevice: (key: string) => void
}>

/**
 * Collects what a response sets; a later word on a cookie replaces an earlier one.
 * @param write gets all Set-Cookie values after each change.
 */
export const cookieJar = (
  names: CookieNames,
  sameSite: CookieSameSite,
  clock: Clock,
  write: (values: readonly string[]) => void,
): CookieJar => {
  const pending = new Map<string, string>()
  const put = (name: string, value: string, maxAgeSeconds: number): void => {
    pending.set(name, serialiseCookie(names, sameSite, name, value, maxAgeSeconds))
    write([...pending.values()])
  }
  return {
    setSession: (token, expiresAt) =>
      put(names.session, token, Math.min(secondsUntil(clock.now(), expiresAt), LIFETIMES.cookieMax)),
    clearSession: () => put(names.session, '', 0),
    setDevice: (key) => put(names.device, key, LIFETIMES.deviceCookie),
  }
}
