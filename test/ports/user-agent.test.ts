import { describe, expect, it } from 'vitest'
import { deviceLabel, openUserAgents } from '../../src/ports/user-agent/index.ts'

const parse = openUserAgents()

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0'
const SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

/** User agent, label, client, system, kind of device. */
const AGENTS: readonly (readonly [string, string, string, string | null, string | null])[] = [
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`,
    'Chrome on Windows',
    'Chrome 126.0.0.0',
    'Windows 10',
    'desktop',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/126.0.2592.87`,
    'Microsoft Edge on Windows',
    'Microsoft Edge 126.0.2592.87',
    'Windows 10',
    'desktop',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 OPR/112.0.0.0`,
    'Opera on Windows',
    'Opera 112.0.0.0',
    'Windows 10',
    'desktop',
  ],
  [
    'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    'Firefox on Ubuntu',
    'Firefox 127.0',
    'Ubuntu null',
    'desktop',
  ],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Version/17.5 Safari/605.1.15`,
    'Safari on Mac',
    'Safari 17.5',
    'Mac 10.15.7',
    'desktop',
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${SAFARI} Version/17.5 Mobile/15E148 Safari/604.1`,
    'Mobile Safari on iPhone',
    'Mobile Safari 17.5',
    'iOS 17.5',
    'smartphone',
  ],
  [
    `Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) ${SAFARI} Version/16.6 Mobile/15E148 Safari/604.1`,
    'Mobile Safari on iPad',
    'Mobile Safari 16.6',
    'iPadOS 16.6',
    'tablet',
  ],
  [
    `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${CHROME} Mobile Safari/537.36`,
    'Chrome Mobile on Pixel 8',
    'Chrome Mobile 126.0.0.0',
    'Android 14',
    'smartphone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
    'Samsung Browser on Galaxy S23 Ultra',
    'Samsung Browser 25.0',
    'Android 13',
    'smartphone',
  ],
  ['curl/8.5.0', 'curl', 'curl 8.5.0', null, null],
  ['okhttp/4.12.0', 'OkHttp on Android', 'OkHttp 4.12.0', 'Android null', null],
  ['python-requests/2.32.3', 'Python Requests', 'Python Requests 2.32.3', null, null],
  ['Dart/3.4 (dart:io)', 'Dart', 'Dart 3.4', null, null],
]

describe('a user agent', () => {
  it.each(AGENTS)('%s is %s', (userAgent, label, client, system, device) => {
    const info = parse(userAgent)
    expect(deviceLabel(info)).toBe(label)
    expect(`${info.name} ${info.version}`).toBe(client)
    expect(info.osName === null ? null : `${info.osName} ${info.osVersion}`).toBe(system)
    expect(info.deviceType).toBe(device)
  })

  it.each([null, '', 'gatehouse-test/1.0', '\u0000\u0001', 'null', '{}', '<script>alert(1)</script>', '__proto__'])(
    '%j is an unknown device',
    (userAgent) => {
      expect(deviceLabel(parse(userAgent))).toBe('Unknown device')
      expect(new Set(Object.values(parse(userAgent)))).toEqual(new Set([null]))
    },
  )

  it.each([
    'a'.repeat(8_000),
    '('.repeat(8_000),
    ' '.repeat(8_000),
    'Mozilla/5.0 ('.repeat(700),
    'Android '.repeat(1_000),
    'Opera/'.repeat(1_500),
    `iPhone OS ${'1_'.repeat(4_000)}`,
    `Mozilla/5.0 (Linux; Android 14; ${'x;'.repeat(4_000)}`,
  ])('of 8,000 characters is read to its 512th and no further: %.20s…', (userAgent) => {
    const started = performance.now()
    const info = parse(userAgent)
    // tens of milliseconds on any machine; without the cap some of these take seconds
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(info).toBe(parse(userAgent.slice(0, 512)))
    expect(Object.values(info).every((part) => part === null || part.length <= 512)).toBe(true)
  })

  it('is parsed once: what comes after the 512th character makes no other', () => {
    const userAgent = `Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0 ${' '.repeat(512)}`
    expect(parse(`${userAgent}a`)).toBe(parse(`${userAgent}b`))
    expect(openUserAgents()(userAgent)).not.toBe(parse(userAgent))
    expect(openUserAgents()(userAgent)).toEqual(parse(userAgent))
  })
})
