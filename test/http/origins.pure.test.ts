import { describe, expect, it } from 'vitest'
import { allowedOrigins, isAllowedOrigin, judgeOrigin, mayShowOwn, type OriginVerdict } from '../../src/http/origins.ts'

const allowed = allowedOrigins(new URL('https://auth.example.com/app'), ['https://app.example.com'], true)

const MINE = 'https://app.example.com'
const FOREIGN = 'https://evil.example'

type Row = [
  origin: string | null,
  fetchSite: string | null,
  carries: 'nothing' | 'cookie' | 'header' | 'both',
  plain: OriginVerdict,
  lasting: OriginVerdict,
]

// biome-ignore format: a table is read down its columns
const TABLE: Row[] = [
  [null,    null,         'nothing', 'with-cookies',    'with-cookies'],
  [null,    null,         'cookie',  'with-cookies',    'with-cookies'],
  [null,    null,         'header',  'with-cookies',    'with-cookies'],
  [null,    null,         'both',    'with-cookies',    'with-cookies'],
  [null,    'cross-site', 'nothing', 'without-cookies', 'without-cookies'],
  [null,    'cross-site', 'cookie',  'without-cookies', 'without-cookies'],
  [null,    'same-origin','cookie',  'without-cookies', 'without-cookies'],
  [null,    'none',       'both',    'without-cookies', 'without-cookies'],
  [MINE,    'same-site',  'nothing', 'with-cookies',    'with-cookies'],
  [MINE,    'cross-site', 'cookie',  'with-cookies',    'with-cookies'],
  [MINE,    null,         'header',  'with-cookies',    'with-cookies'],
  [MINE,    null,         'both',    'with-cookies',    'with-cookies'],
  [FOREIGN, 'cross-site', 'nothing', 'refused',         'refused'],
  [FOREIGN, 'cross-site', 'cookie',  'refused',         'refused'],
  [FOREIGN, 'cross-site', 'header',  'without-cookies', 'refused'],
  [FOREIGN, 'cross-site', 'both',    'refused',         'refused'],
  [FOREIGN, null,         'header',  'without-cookies', 'refused'],
  ['null',  'cross-site', 'nothing', 'refused',         'refused'],
  ['null',  'cross-site', 'header',  'without-cookies', 'refused'],
  ['null',  'cross-site', 'both',    'refused',         'refused'],
]

describe('judgeOrigin', () => {
  it.each(TABLE)(
    'judges Origin %s from %s, carrying %s: %s, and %s when it lasts',
    (origin, fetchSite, carries, plain, lasts) => {
      const facts = {
        origin,
        fetchSite,
        hasCookie: carries === 'cookie' || carries === 'both',
        hasAuthorization: carries === 'header' || carries === 'both',
      }
      expect(judgeOrigin(allowed, { ...facts, lasting: false })).toBe(plain)
      expect(judgeOrigin(allowed, { ...facts, lasting: true })).toBe(lasts)
    },
  )
})

describe('mayShowOwn', () => {
  it('is true for what is opened in a window of its own, and for whoever may use cookies anyway', () => {
    expect(mayShowOwn('without-cookies', null, 'document')).toBe(true)
    expect(mayShowOwn('with-cookies', null, null)).toBe(true)
    expect(mayShowOwn('with-cookies', MINE, 'empty')).toBe(true)
  })

  it.each(['iframe', 'frame', 'embed', 'object', 'image', 'empty', '', null])('is false for what is fetched as %s', (dest) => {
    expect(mayShowOwn('without-cookies', null, dest)).toBe(false)
  })

  it.each([FOREIGN, 'null'])('is false for what comes from %s', (origin) => {
    for (const verdict of ['refused', 'without-cookies'] as const) expect(mayShowOwn(verdict, origin, 'document')).toBe(false)
  })
})

describe('isAllowedOrigin', () => {
  it.each(['https://auth.example.com', 'https://app.example.com'])('knows %s, which the operator named', (origin) => {
    expect(isAllowedOrigin(allowed, origin)).toBe(true)
  })

  it.each([
    'http://auth.example.com',
    'https://auth.example.com:8443',
    'https://auth.example.com.evil.example',
    'https://xauth.example.com',
    'https://AUTH.example.com',
    'https://auth.example.com/',
    'http://localhost:4000',
    'null',
    '',
    'garbage',
  ])('does not take %s for one of them', (origin) => {
    expect(isAllowedOrigin(allowed, origin)).toBe(false)
  })

  const development = allowedOrigins(null, [], false)

  it.each([
    'http://localhost:5173',
    'http://127.0.0.1:4000',
    'https://localhost',
    'http://[::1]:3000',
    'http://app.localhost:80',
  ])('allows %s in development', (origin) => {
    expect(isAllowedOrigin(development, origin)).toBe(true)
  })

  it.each([
    'http://localhost.evil.example',
    'http://evil-localhost',
    'http://127.0.0.1.evil.example',
    'http://192.168.0.1',
    'null',
  ])('refuses %s in development too', (origin) => {
    expect(isAllowedOrigin(development, origin)).toBe(false)
  })
})
