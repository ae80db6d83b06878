/** What our pages say in each language, in every state they can be in, as files to be read by people who speak it. */
import { describe, expect, it } from 'vitest'
import type { Linked as Review } from '../../src/features/alert/review.service.ts'
import { AccountBlocked, WeakPassword } from '../../src/features/credential/credential.ts'
import type { Accepted } from '../../src/features/membership/accepting.service.ts'
import { WrongInvitee } from '../../src/features/membership/invitation.ts'
import { AlreadyMember } from '../../src/features/membership/membership.ts'
import { CATALOGUES } from '../../src/features/message/texts/catalogue.ts'
import { type PageWords, pageWords } from '../../src/features/message/texts/page-words.ts'
import type { Session } from '../../src/features/session/session.ts'
import { DEFAULT_SETTINGS } from '../../src/features/settings/settings.ts'
import { methodDisabled } from '../../src/features/sign-in/sign-in.ts'
import { failedPage, invalidPage, tooOftenPage } from '../../src/http/frame.ts'
import { invitationPage } from '../../src/http/invitation.ts'
import type { Pressed } from '../../src/http/page.ts'
import { passwordBounds } from '../../src/http/password-field.ts'
import { recoveryPage } from '../../src/http/recovery.ts'
import { reviewPage } from '../../src/http/review.ts'
import { undoPage } from '../../src/http/undo.ts'
import { verificationPage } from '../../src/http/verification.ts'
import { type DomainError, InvalidInput, unauthenticated } from '../../src/kernel/errors.ts'
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
    cookies: { setSession: () => undefined, setDevice: () => undefined },
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

const settings = { current: async () => ({ ...DEFAULT_SETTINGS, version: 1, updatedAt: null }) }

const recovery = recoveryPage({
  recovery: {
    linked: async () => null,
    recover: async () => 1,
    request: async () => ({ sentTo: EMAIL, expiresAt: SESSION.createdAt }),
  },
  settings,
  recoveryPage: () => 'https://id.example.com/recover',
})

const FOUND = { locale: null, bounds: passwordBounds(DEFAULT_SETTINGS) }

const GUEST = { kind: 'guest', signedOutReason: null } as const

const INVITATION = {
  ...FOUND,
  teamName: 'Bell ringers',
  invitedBy: null,
  roles: ['owner', 'ringer'],
  email: EMAIL,
  expiresAt: SESSION.expiresAt,
  needsAccount: true,
  obstacle: null,
} as const

/** @param outcome what accepting comes to: with a session, without one, or why not. */
const invitation = (outcome: 'enrolled' | 'joined' | Error = 'joined') =>
  invitationPage({
    authenticate: async () => ({ viewer: GUEST, signedOutReason: null, staleCookie: false, own: null }),
    recognise: async () => GUEST,
    accepting: {
      look: async () => null,
      accept: async () => {
        if (outcome instanceof Error) throw outcome
        const signIn = outcome === 'enrolled' ? { session: SESSION, token: 'TOKEN', deviceCookie: null } : null
        return { signIn } as unknown as Accepted // the page reads no more of it
      },
    },
    settings,
  })

/** The page of an invitation after a refusal. */
const refused = (words: PageWords, error: DomainError, found = {}) => {
  const page = invitation()
  const seen = { ...INVITATION, ...found }
  return page.ask(words, 'TOKEN', seen, page.mend?.(words, error, seen) ?? null, new URLSearchParams({ name: 'Ada "A." L.' }))
}

const inTheWay = (words: PageWords, obstacle: DomainError, needsAccount = false) =>
  invitation().ask(words, 'TOKEN', { ...INVITATION, obstacle, needsAccount }, null)

const linked = (answer: Review['answer']): Review => ({ answer, session: SESSION, email: EMAIL, locale: null })

const mended = (words: PageWords, rule: PasswordRule) =>
  recovery.mend?.(words, new WeakPassword([{ rule, message: PASSWORD_RULES[rule] }]), FOUND) ?? null

/** Every state of every page, by its name. */
const STATES: Readonly<Record<string, (words: PageWords) => Promise<string> | string | undefined>> = {
  'review: not me': (words) => review(true).ask(words, 'TOKEN', linked('REPORTED'), null),
  'review: me': (words) => review(true).ask(words, 'TOKEN', linked('CONFIRMED'), null),
  'review: reported': (words) => review(true).act(words, 'TOKEN', linked('REPORTED'), pressed({ answer: 'REPORTED' })),
  'review: reported, no password': (words) =>
    review(false).act(words, 'TOKEN', linked('REPORTED'), pressed({ answer: 'REPORTED' })),
  'review: confirmed': (words) => review(true).act(words, 'TOKEN', linked('CONFIRMED'), pressed({ answer: 'CONFIRMED' })),
  'recovery: asking': (words) => recovery.bare?.ask(words, null),
  'recovery: no address': (words) => recovery.bare?.ask(words, recovery.mend?.(words, new InvalidInput([]), null) ?? null),
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
  'invitation: newcomer': (words) => invitation().ask(words, 'TOKEN', INVITATION, null),
  'invitation: from somebody, without roles': (words) =>
    invitation().ask(words, 'TOKEN', { ...INVITATION, invitedBy: 'Ann', roles: [] }, null),
  'invitation: bad name and password': (words) =>
    refused(
      words,
      new InvalidInput([
        { path: 'input.name', message: '' },
        { path: 'input.password', message: '' },
      ]),
    ),
  'invitation: known account': (words) => invitation().ask(words, 'TOKEN', { ...INVITATION, needsAccount: false }, null),
  'invitation: no owner': (words) =>
    refused(words, new InvalidInput([{ path: 'input.token', message: '' }]), { needsAccount: false }),
  'invitation: signed out': (words) => inTheWay(words, unauthenticated()),
  'invitation: somebody else': (words) => inTheWay(words, new WrongInvitee(), true),
  'invitation: blocked': (words) => inTheWay(words, new AccountBlocked()),
  'invitation: method switched off': (words) => inTheWay(words, methodDisabled(), true),
  'invitation: account made': (words) => invitation('enrolled').act(words, 'TOKEN', INVITATION, pressed()),
  'invitation: joined': (words) => invitation().act(words, 'TOKEN', INVITATION, pressed()),
  'invitation: in already': (words) => invitation(new AlreadyMember()).act(words, 'TOKEN', INVITATION, pressed()),
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
      invitation().ask(words, 'TOKEN', { ...INVITATION, email }, null),
      invitation().ask(words, 'TOKEN', { ...INVITATION, teamName: email }, null),
      invitation().ask(words, 'TOKEN', { ...INVITATION, invitedBy: email }, null),
      invitation().ask(words, 'TOKEN', { ...INVITATION, roles: [email] }, null),
      invitation().ask(words, 'TOKEN', INVITATION, null, new URLSearchParams({ name: email })),
    ]
    for (const html of pages) {
      expect(html).not.toMatch(/<script|<b>/)
      expect(html).toContain('&lt;b&gt;Acme')
      expect(html).toContain('&quot;&gt;&lt;script&gt;')
    }
  })
})
