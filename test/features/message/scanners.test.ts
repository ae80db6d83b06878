/**
 * Mails are read by machines before people read them: programs that look for malware open every address in them, some ask for
 * the head only, some press what looks like a form, and mail programs load pages ahead. None of that may change anything,
 * and none of it may use up what the person behind them needs.
 */
import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { mailsTo } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { type Received, smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

type Person = Awaited<ReturnType<typeof app.person>>

/** A page of the server's own, as a link in a mail names it. */
const pageAt = (path: string): string => `http://localhost:${new URL(app.url).port}${path}`

/** Every address that a program finds in a mail: in its text, in its HTML, and where the HTML loads something. */
const addressesIn = ({ mail }: Received) => {
  const html = String(mail.html)
  const inText = mail.text?.match(/https?:\/\/[^\s<>"]+/g) ?? []
  const inHtml = [...html.matchAll(/(?:href|src|background|action)="([^"]*)"/g)].map(([, address = '']) => address)
  return { inText: new Set(inText), inHtml: new Set(inHtml) }
}

const open = (address: string, init: RequestInit = {}): Promise<Response> => {
  const { pathname, search } = new URL(address)
  return fetch(`${app.url}${pathname}${search}`, { redirect: 'manual', ...init })
}

/** What a page sends when its button is pressed, and where; `typed` is what the person fills in. */
const formOf = (html: string, typed: Record<string, string> = {}) => {
  const hidden = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)]
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
  return { action: /<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? '/none', fields: { ...fields, ...typed } }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const submit = ({ action, fields }: ReturnType<typeof formOf>, headers: Record<string, string>): Promise<Response> =>
  open(pageAt(action), { method: 'POST', headers: { ...FORM, ...headers }, body: new URLSearchParams(fields).toString() })

/** How machines come by. */
const VISITS: readonly RequestInit[] = [
  {},
  { method: 'HEAD' },
  { headers: { 'sec-purpose': 'prefetch' } },
  { headers: { 'sec-purpose': 'prefetch;prerender', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' } },
  { headers: { purpose: 'prefetch' } },
  { headers: { 'x-purpose': 'preview' } },
  { headers: { 'x-moz': 'prefetch' } },
  { headers: { range: 'bytes=0-1023' } },
  { headers: { referer: 'https://scanner.example/', 'user-agent': 'Mozilla/5.0 (compatible; LinkScanner/1.0)' } },
  { method: 'OPTIONS' },
]

/** Everything that a link could change. */
const state = async (): Promise<string> => {
  await app.app.delivered()
  const { account, password, session, device, sessionAlert, oneTimeToken, message, event } = app.app.db.read
  const tables = [account, password, session, device, sessionAlert, oneTimeToken, message] as const
  const rows = await Promise.all(tables.map((table) => (table as typeof account).findMany()))
  return JSON.stringify([...rows, await event.count()], (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

type Kind = Readonly<{
  /** Brings the mail about. */
  ask: (person: Person) => Promise<unknown>
  /** How many addresses it holds. */
  links: number
  /** What the person fills in on the page behind the first of them. */
  typed?: Record<string, string>
  /** What is so once the person has pressed the button, and not before. */
  isDone: (person: Person) => Promise<boolean>
}>

const NEW_PASSWORD = 'another horse battery'

const KINDS: Readonly<Record<string, Kind>> = {
  'a new session': {
    ask: ({ email }) => app.signIn(app.browser(), email),
    links: 2,
    isDone: async ({ browser }) => (await browser.gql('{ signedOutReason }')).data.signedOutReason === 'REPORTED',
  },
  'an address to prove': {
    ask: ({ browser }) =>
      browser.gql('mutation ($url: String!) { sendEmailVerification(input: { redirectUrl: $url }) { __typename } }', {
        url: pageAt('/email/verify'),
      }),
    links: 1,
    isDone: async ({ account }) =>
      (await app.app.db.read.account.findUniqueOrThrow({ where: { id: account.id } })).emailVerifiedAt !== null,
  },
  'a forgotten password': {
    ask: ({ email }) =>
      app
        .browser()
        .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
          input: { email, redirectUrl: pageAt('/recover') },
        }),
    links: 1,
    typed: { password: NEW_PASSWORD },
    isDone: async ({ email }) =>
      (await app.trySignIn(app.browser(), { email, password: NEW_PASSWORD })).__typename === 'SignInPayload',
  },
}

describe('the mail about', () => {
  it.each(Object.entries(KINDS))('%s is safe from machines, and good for the person', async (_what, kind) => {
    const person = await app.person()
    await kind.ask(person)
    await app.app.delivered()
    const [mail, ...others] = mailsTo(smtp, person.email)
    if (mail === undefined || others.length > 0) throw new Error('there is not exactly one mail')
    const { inText, inHtml } = addressesIn(mail)
    expect(inHtml).toEqual(inText) // nothing is loaded from anywhere, and whoever reads the text gets all of it
    expect(inText.size).toBe(kind.links)

    const before = await state()
    for (const address of inText) {
      const html = await (await open(address)).text()
      await Promise.all([...VISITS, ...VISITS].map(async (visit) => (await open(address, visit)).text()))
      const form = formOf(html, kind.typed)
      expect(form.action).not.toBe('/none')
      // machines have no page of ours open: they come from nowhere, or from a page of their own
      for (const headers of [{}, { origin: 'https://scanner.example' }, { origin: 'null' }] as Record<string, string>[])
        expect((await submit(form, headers)).status, JSON.stringify(headers)).toBe(403)
      expect(await (await open(address)).text()).toBe(html)
    }
    expect(await state()).toBe(before)
    expect(await kind.isDone(person)).toBe(false)

    const [first = ''] = inText
    const pressed = await submit(formOf(await (await open(first)).text(), kind.typed), { origin: app.url })
    expect(pressed.status).toBe(200)
    expect(await kind.isDone(person)).toBe(true)
  })
})
