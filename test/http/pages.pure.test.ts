/** What our pages say in each language, in every state they can be in, as files to be read by people who speak it. */
import { describe, expect, it } from 'vitest'
import type { Linked as Review } from '../../src/features/alert/review.service.ts'
import { WeakPassword } from '../../src/features/credential/credential.ts'
import { CATALOGUES } from '../../src/features/message/texts/catalogue.ts'
import { type PageWords, pageWords } from '../../src/features/message/texts/page-words.ts'
import type { Session } from '../../src/features/session/session.ts'
import { failedPage, invalidPage, tooOftenPage } from '../../src/http/frame.ts'
import type { Pressed } from '../../src/http/page.ts'
import { recoveryPage } from '../../src/http/recovery.ts'
import { reviewPage } from '../../src/http/review.ts'
import { undoPage } from '../../src/http/undo.ts'
import { verificationPage } from '../../src/http/verification.ts'
import { InvalidInput } from '../../src/kernel/errors.ts'
import { PASSWORD_RULES, type PasswordRule } from '../../src/policy/passwords.ts'

const EMAIL = 'ada@example.com'

const SESSION: Session = {
  id: 'ses_1',
  accountId: 'acc_1',
  transport: 'COOKIE',
  method: 'PASSWORD',
  provider: null,
  factors: ['PASSWORD'],
  createdAt: new Date('2026-11-24T08:05:00.000Z'),
  extendedAt: new Date('2026-11-24T08:05:00.000Z'),
  authenticatedAt: null,
  lastActiveAt: new Date('2026-11-24T08:05:00.000Z'),
  expiresAt: new Date('2026-12-24T08:05:00.000Z'),
  idleExpiresAt: null,
  endedAt: null,
  endReason: null,
  ip: '203.0.113.7',
  userAgent: 'Firefox',
  countryCode: 'AT',
  city: 'Vienna',
  deviceId: null,
  rotation: 0,
}

const ALERT = {
  id: 'alt_1',
  sequence: 1n,
  accountId: 'acc_1',
  sessionId: 'ses_1',
  isNewDevice: true,
  isNewCountry: false,
  createdAt: SESSION.createdAt,
  review: 'REPORTED',
  reviewedAt: SESSION.createdAt,
} as const

const pressed = (fields: Record<string, string> = {}): Pressed =>
  ({
    form: new URLSearchParams(fields),
    reading: { source: { ip: null, userAgent: null, requestId: 'r' }, sessionCookie: null },
  }) as unknown as Pressed // pages read no more of a request

/** A page whose service does what the case says. */
const undo = (passwordResetRequired: boolean) =>
  undoPage({
    linked: async () => null,
    undo: async () => ({ email: EMAIL, endedSessions: [SESSION, SESSION], passwordResetRequired }),
  })

const verification = (changed: boolean, tookOver: boolean) =>
  verificationPage({
    authenticate: async () => ({
      viewer: { kind: 'guest', signedOutReason: null },
      signedOutReason: null,
      staleCookie: false,
      own: null,
    }),
    emailVerification: {
      linked: async () => null,
      verify: async () => ({ account: null, email: EMAIL, changed, tookOver }),
    },
  })

const review = (passwordResetRequired: boolean) =>
  reviewPage({
    reviews: {
      linked: async () => null,
      confirmByToken: async () => ALERT,
      reportByToken: async () => ({ alert: ALERT, endedSessions: [SESSION], passwordResetRequired }),
    },
    parseUserAgent: () => ({
      type: 'browser',
      name: 'Firefox',
      version: '143',
      engine: 'Gecko',
      osName: 'Windows',
      osVersion: '11',
      deviceType: 'desktop',
      deviceBrand: null,
      deviceModel: null,
    }),
    texts: {},
  })

const recovery = recoveryPage(
  {
    linked: async () => null,
    recover: async () => 1,
    request: async () => ({ sentTo: EMAIL, expiresAt: SESSION.createdAt }),
  },
  () => 'https://id.example.com/recover',
)

const FOUND = { locale: null }

const linked = (answer: Review['answer']): Review => ({ answer, session: SESSION, email: EMAIL, locale: null })

const mended = (words: PageWords, rule: PasswordRule) =>
  recovery.mend?.(words, new WeakPassword([{ rule, message: PASSWORD_RULES[rule] }])) ?? null

/** Every state of every page, by its name. */
const STATES: Readonly<Record<string, (words: PageWords) => Promise<string> | string | undefined>> = {
  'review: not me': (words) => review(true).ask(words, 'TOKEN', linked('REPORTED'), null),
  'review: me': (words) => review(true).ask(words, 'TOKEN', linked('CONFIRMED'), null),
  'review: reported': (words) => review(true).act(words, 'TOKEN', linked('REPORTED'), pressed({ answer: 'REPORTED' })),
  'review: reported, no password': (words) =>
    review(false).act(words, 'TOKEN', linked('REPORTED'), pressed({ answer: 'REPORTED' })),
  'review: confirmed': (words) => review(true).act(words, 'TOKEN', linked('CONFIRMED'), pressed({ answer: 'CONFIRMED' })),
  'recovery: asking': (words) => recovery.bare?.ask(words, null),
  'recovery: no address': (words) => recovery.bare?.ask(words, recovery.mend?.(words, new InvalidInput([])) ?? null),
  'recovery: sent': (words) => recovery.bare?.act(words, pressed({ email: EMAIL })),
  'recovery: setting': (words) => recovery.ask(words, 'TOKEN', FOUND, null),
  'recovery: too short': (words) => recovery.ask(words, 'TOKEN', FOUND, mended(words, 'TOO_SHORT')),
  'recovery: too long': (words) => recovery.ask(words, 'TOKEN', FOUND, mended(words, 'TOO_LONG')),
  'recovery: set': (words) => recovery.act(words, 'TOKEN', FOUND, pressed({ password: 'a new password' })),
  'recovery: over': (words) => recovery.invalid?.(words),
  'verification: first proof': (words) =>
    verification(false, false).ask(words, 'TOKEN', { email: EMAIL, isChange: false, isFirst: true, locale: null }, null),
  'verification: new address': (words) =>
    verification(false, false).ask(words, 'TOKEN', { email: EMAIL, isChange: true, isFirst: false, locale: null }, null),
  'verification: proven before': (words) =>
    verification(false, false).ask(words, 'TOKEN', { email: EMAIL, isChange: false, isFirst: false, locale: null }, null),
  'verification: done': (words) => verification(false, false).act(words, 'TOKEN', VERIFIED, pressed()),
  'verification: changed': (words) => verification(true, false).act(words, 'TOKEN', VERIFIED, pressed()),
  'verification: taken over': (words) => verification(false, true).act(words, 'TOKEN', VERIFIED, pressed()),
  'undo: asking': (words) => undo(true).ask(words, 'TOKEN', { email: EMAIL, locale: null }, null),
  'undo: done': (words) => undo(true).act(words, 'TOKEN', { email: EMAIL, locale: null }, pressed()),
  'undo: done, no password': (words) => undo(false).act(words, 'TOKEN', { email: EMAIL, locale: null }, pressed()),
  over: invalidPage,
  failed: failedPage,
  'too often: seconds left': (words) => tooOftenPage(words, 1),
  'too often: most of an hour left': (words) => tooOftenPage(words, 3_541),
}

const VERIFIED = { email: EMAIL, isChange: false, isFirst: false, locale: null }

/** Without its style, which is the same for all. */
const bodyOf = (html: string): string => html.replace(/<style>.*<\/style>/s, '')

describe.each(Object.keys(CATALOGUES))('the pages in %s', (locale) => {
  const words = pageWords(locale)

  it('read as the snapshot says', async () => {
    const pages: string[] = []
    for (const [state, render] of Object.entries(STATES)) pages.push(`===== ${state}\n\n${bodyOf((await render(words)) ?? '')}`)
    await expect(pages.join('\n')).toMatchFileSnapshot(`snapshots/${locale}.txt`)
  })

  it('say their language and its direction, have one heading, run nothing and fetch nothing', async () => {
    for (const [state, render] of Object.entries(STATES)) {
      const html = (await render(words)) ?? ''
      expect(html, state).toMatch(new RegExp(`^<!doctype html><html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`))
      expect(html.match(/<h1>/g), state).toHaveLength(1)
      expect(html, state).not.toMatch(/<script|\son\w+=|https?:|url\(|@import|<img|<link|undefined|\{\w+\}/)
    }
  })
})

describe('what was typed', () => {
  it('is escaped wherever a page shows it', async () => {
    const words = pageWords('en', { en: { brand: '<b>Acme</b>' } })
    const email = '"><script>alert(1)</script>@example.com'
    const pages = [
      undo(true).ask(words, email, { email, locale: null }, null),
      verification(false, false).ask(words, email, { email, isChange: true, isFirst: false, locale: null }, null),
      recovery.ask(words, email, FOUND, email),
      review(true).ask(words, email, linked('REPORTED'), null),
    ]
    for (const html of pages) {
      expect(html).not.toMatch(/<script|<b>/)
      expect(html).toContain('&lt;b&gt;Acme')
      expect(html).toContain('&quot;&gt;&lt;script&gt;')
    }
  })
})
