/** The resolvers' way to the cookies: a response that can set them, or a transport that cannot. */
import type { ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import type { Cookies } from '../graphql/context.ts'
import { forbidden } from '../kernel/errors.ts'
import type { Clock } from '../kernel/time.ts'
import { type CookieJar, cookieJar } from './cookies.ts'
import type { RequestReading } from './request.ts'

/** The jar of a response. */
export type OpenJar = (reading: RequestReading, response: ServerResponse) => CookieJar

export const jarOpener =
  ({ cookieSameSite }: Config, clock: Clock): OpenJar =>
  ({ names }, response) =>
    cookieJar(names, cookieSameSite, clock, (values) => response.setHeader('set-cookie', values))

/** For an HTTP response. */
export const httpCookies = (reading: RequestReading, jar: CookieJar): Cookies => ({
  writable: reading.verdict === 'with-cookies',
  device: reading.deviceCookie,
  setSession: jar.setSession,
  renewSession: (expiresAt) => {
    if (reading.authorization === null && reading.sessionCookie !== null) jar.setSession(reading.sessionCookie, expiresAt)
  },
  clearSession: () => {
    if (reading.authorization === null && reading.sessionCookie !== null) jar.clearSession()
  },
  setDevice: jar.setDevice,
})

const refuse = (): never => {
  throw forbidden('No cookie can be set over a socket.')
}

/** For a socket: its handshake is over, so nothing can be set; clearing is left to the next request. */
export const socketCookies = (reading: RequestReading): Cookies => ({
  writable: false,
  device: reading.deviceCookie,
  setSession: refuse,
  renewSession: () => undefined,
  clearSession: () => undefined,
  setDevice: refuse,
})
