import { describe, expect, it } from 'vitest'
import { cookieJar, cookieNames, readCookie } from '../../src/http/cookies.ts'
import { testClock } from '../support/clock.ts'

const DAY = 86_400

const written = (expiresAt: string): readonly string[] => {
  let values: readonly string[] = []
  const jar = cookieJar(cookieNames(false), 'lax', testClock('2030-01-01T00:00:00.000Z'), (now) => {
    values = now
  })
  jar.setSession('gst_x', new Date(expiresAt))
  return values
}

describe('the life of a cookie', () => {
  it('is what is left of the session', () => {
    expect(written('2030-01-02T00:00:00.000Z')).toEqual([
      `__Host-gatehouse=gst_x; Path=/; Max-Age=${DAY}; HttpOnly; Secure; SameSite=Lax`,
    ])
  })

  it('is at most 400 days, as browsers cut it', () => {
    expect(written('2040-01-01T00:00:00.000Z')[0]).toContain(`Max-Age=${400 * DAY};`)
  })
})

describe('a response that speaks of one cookie twice', () => {
  it('sends the later word only', () => {
    let values: readonly string[] = []
    const jar = cookieJar(cookieNames(true), 'strict', testClock(), (now) => {
      values = now
    })
    jar.clearSession()
    jar.setDevice('key')
    jar.setSession('gst_new', new Date('2030-01-01T00:01:00.000Z'))
    expect(values).toEqual([
      'gatehouse=gst_new; Path=/; Max-Age=60; HttpOnly; SameSite=Strict',
      `gatehouse-device=key; Path=/; Max-Age=${400 * DAY}; HttpOnly; SameSite=Strict`,
    ])
  })
})

describe('readCookie', () => {
  it.each([
    ['gatehouse=a', 'a'],
    ['x=1; gatehouse=a; y=2', 'a'],
    ['gatehouse=a; gatehouse=b', 'a'],
    ['gatehouse=a=b', 'a=b'],
    ['gatehouse=', null],
    ['gatehouse', null],
    ['xgatehouse=a; gatehouse-device=b', null],
    ['', null],
    [undefined, null],
  ])('reads %s as %s', (header, value) => {
    expect(readCookie(header, 'gatehouse')).toBe(value)
  })
})
