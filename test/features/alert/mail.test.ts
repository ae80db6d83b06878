import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { hiddenFields } from '../../support/forms.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

const mailsTo = async (email: string) => {
  await app.app.delivered()
  return smtp.received.filter(({ to }) => to.includes(email)).map(({ mail }) => mail)
}

/** The addresses of the two buttons, by the tokens' order in the text: it wasn't me, it was me. */
const linksOf = (text: string | undefined): readonly [string, string] => {
  const [report = '', confirm = ''] = text?.match(/^https?:\S+$/gm) ?? []
  return [report, confirm]
}

const tokenOf = (link: string): string => new URL(link).searchParams.get('token') ?? ''

/** An owner, somebody who signed in as him on another device, and the links of the mail about that. */
const alerted = async (input: Record<string, unknown> = {}) => {
  const owner = await app.person(input)
  const intruder = app.browser({ userAgent: FIREFOX, headers: { 'accept-language': 'fr' } })
  const { session } = await app.signIn(intruder, owner.email)
  const mail = (await mailsTo(owner.email)).at(-1)
  const [reportLink, confirmLink] = linksOf(mail?.text)
  return { ...owner, intruder, intruding: session.id, mail, reportLink, confirmLink }
}

const open = (link: string, init: RequestInit = {}) => {
  const { pathname, search } = new URL(link)
  return fetch(`${app.url}${pathname}${search}`, init)
}

/** Presses the button of a page, as a browser does. */
const press = (html: string, headers: Record<string, string> = {}, path = '/alerts/review') =>
  fetch(`${app.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: app.url,
      ...headers,
    },
    body: hiddenFields(html).toString(),
  })

const CONFIRM = `mutation ($input: ConfirmSessionAlertInput!) { confirmSessionAlert(input: $input) {
  __typename ... on ConfirmSessionAlertPayload { alert { review session { id account { id } } } }
  ... on UserError { code } ... on InvalidInputError { fields { path } } } }`
const REPORT = `mutation ($input: ReportSessionAlertInput!) { reportSessionAlert(input: $input) {
  __typename ... on ReportSessionAlertPayload { alert { review } endedSessions { id endReason } passwordResetRequired }
  ... on UserError { code } ... on InvalidInputError { fields { path } } } }`

const confirm = async (token: string, who: TestClient = app.browser()) =>
  (await who.gql(CONFIRM, { input: { token } })).data.confirmSessionAlert
const report = async (token: string, who: TestClient = app.browser()) =>
  (await who.gql(REPORT, { input: { token } })).data.reportSessionAlert

const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }

const accountOf = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

const alertsOf = async (who: TestClient) =>
  (await who.gql('{ account { sessionAlerts { nodes { review isNewDevice } } } }')).data.account.sessionAlerts.nodes

describe('the mail about a new session', () => {
  it('goes to the owner, says when, with what and how, and has two links of their own', async () => {
    const { email, mail, reportLink, confirmLink } = await alerted({ name: 'Ada' })
    expect(mail?.to).toMatchObject({ value: [{ address: email }] })
    expect(mail?.subject).toBe('New sign-in to your account')
    expect(mail?.text).toContain('UTC')
    expect(mail?.text).toContain('Firefox')
    expect(mail?.text).toContain('127.0.0.1')
    expect(mail?.text).toContain('password')
    for (const link of [reportLink, confirmLink])
      expect(link).toMatch(/^http:\/\/localhost:\d+\/alerts\/review\?token=[\w-]{43}$/)
    expect(tokenOf(reportLink)).not.toBe(tokenOf(confirmLink))
    expect(mail?.html).toContain(reportLink)
  })

  it('is written in the language of the account, whatever the new browser speaks', async () => {
    const { mail } = await alerted({ locale: 'de' })
    expect(mail?.text).toContain('Firefox')
    expect(mail?.html).toContain('lang="de"')
    expect((await alerted()).mail?.html).toContain('lang="en"')
  })
})

describe('the page behind a link', () => {
  it('has one button, for the answer of its link', async () => {
    const { reportLink, confirmLink } = await alerted()
    const [reporting, confirming] = [await (await open(reportLink)).text(), await (await open(confirmLink)).text()]
    for (const html of [reporting, confirming]) {
      expect(html.match(/<button/g)).toHaveLength(1)
      expect(html).toContain('127.0.0.1')
      expect(html).toContain('Firefox')
    }
    expect(reporting).toContain('value="REPORTED"')
    expect(confirming).toContain('value="CONFIRMED"')
    const forged = await press(confirming.replace('value="CONFIRMED"', 'value="REPORTED"'))
    expect(forged.status).toBe(410)
    expect((await press(confirming)).status).toBe(200)
  })

  it('ends everything when “it wasn’t me” is pressed, and says so; once', async () => {
    const { browser, email, intruder, reportLink, confirmLink } = await alerted()
    const html = await (await open(reportLink)).text()
    const socket = await app.subscribe(intruder, 'subscription { sessionEnded { endReason } }')
    const pressed = await press(html)
    expect(pressed.status).toBe(200)
    const said = await pressed.text()
    expect(said).toContain('We ended 2 sessions.')
    expect(said).toContain('Set a new one before you sign in again.')
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'REPORTED' }])
    for (const who of [browser, intruder]) expect(await accountOf(who)).toEqual({ account: null, signedOutReason: 'REPORTED' })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('PASSWORD_RESET_REQUIRED')
    expect((await press(said, {}, '/recover')).status).toBe(200) // the way on: a link to set a new password
    expect((await mailsTo(email)).at(-1)?.subject).toBe('Set a new password')

    const unknown = await open(`${app.url}/alerts/review?token=${'A'.repeat(43)}`)
    const page = await unknown.text()
    expect([unknown.status, page.includes('<button')]).toEqual([410, false])
    for (const link of [reportLink, confirmLink, `${app.url}/alerts/review?token=`]) {
      const response = await open(link)
      expect([response.status, await response.text()]).toEqual([410, page])
    }
    const again = await press(html)
    expect([again.status, await again.text()]).toEqual([410, page])
  })

  it('makes the device known when “it was me” is pressed', async () => {
    const { browser, email, intruder, confirmLink } = await alerted()
    expect((await press(await (await open(confirmLink)).text())).status).toBe(200)
    await app.signIn(intruder, email)
    expect(await alertsOf(browser)).toEqual([
      { review: 'PENDING', isNewDevice: false },
      { review: 'CONFIRMED', isNewDevice: true },
    ])
  })

  it('speaks the language of the account, from right to left where that is written so', async () => {
    const { reportLink } = await alerted({ locale: 'ar' })
    const html = await (await open(reportLink)).text()
    expect(html).toContain('<html lang="ar" dir="rtl">')
    expect(await (await press(html)).text()).toContain('<html lang="ar" dir="rtl">')
  })

  it('is deaf to other sites, to large bodies and to what is no form', async () => {
    const { intruder, reportLink } = await alerted()
    const html = await (await open(reportLink)).text()
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'content-type': 'application/json' },
      { 'content-type': 'text/plain' },
    ]
    for (const headers of foreign) expect((await press(html, headers)).status, JSON.stringify(headers)).toBe(403)
    expect((await press(html.replace('value="', `value="${'x'.repeat(20_000)}`))).status).toBe(403)
    expect((await open(reportLink, { method: 'PUT' })).status).toBe(405)
    expect((await accountOf(intruder)).account).not.toBeNull()
  })
})

describe('the token in the mail', () => {
  it('reports signed out: every session ends, and it works once', async () => {
    const { session, intruding, reportLink, confirmLink } = await alerted()
    expect(await report(tokenOf(reportLink))).toEqual({
      __typename: 'ReportSessionAlertPayload',
      alert: { review: 'REPORTED' },
      endedSessions: [intruding, session.id].map((id) => ({ id, endReason: 'REPORTED' })),
      passwordResetRequired: true,
    })
    expect(await report(tokenOf(reportLink))).toEqual(VOID)
    expect(await confirm(tokenOf(confirmLink))).toEqual(VOID)
  })

  it('confirms signed out, shows no more than the session, and works once', async () => {
    const { intruding, confirmLink } = await alerted()
    expect(await confirm(tokenOf(confirmLink))).toEqual({
      __typename: 'ConfirmSessionAlertPayload',
      alert: { review: 'CONFIRMED', session: { id: intruding, account: null } },
    })
    expect(await confirm(tokenOf(confirmLink))).toEqual(VOID)
  })

  it('is nothing at any other door, and stays good at its own', async () => {
    const { email, reportLink, confirmLink } = await alerted()
    const recovery = await app.app.operators.createAdmin(email)
    const recover = async (token: string) =>
      (
        await app.browser().gql('mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }', {
          input: { token, newPassword: 'another horse battery' },
        })
      ).data.recoverPassword.__typename
    for (const token of [tokenOf(confirmLink), recovery, '', 'nonsense', '\u0000']) expect(await report(token)).toEqual(VOID)
    for (const token of [tokenOf(reportLink), recovery, '', 'nonsense', '\u0000']) expect(await confirm(token)).toEqual(VOID)
    for (const link of [reportLink, confirmLink]) expect(await recover(tokenOf(link))).toBe('InvalidTokenError')
    expect((await confirm(tokenOf(confirmLink))).__typename).toBe('ConfirmSessionAlertPayload')
    expect((await report(tokenOf(reportLink))).__typename).toBe('ReportSessionAlertPayload')
  })

  it('lives seven days', async () => {
    const [inTime, late] = [await alerted(), await alerted()]
    app.clock.advance(7 * 86_400 - 1)
    expect((await report(tokenOf(inTime.reportLink))).__typename).toBe('ReportSessionAlertPayload')
    app.clock.advance(1)
    expect(await report(tokenOf(late.reportLink))).toEqual(VOID)
    expect((await open(late.reportLink)).status).toBe(410)
  })

  it('dies with the address, with a block and with the account', async () => {
    const change = async (data: Record<string, unknown>) => {
      const { account, reportLink, confirmLink } = await alerted()
      await app.app.db.transaction((tx) => tx.account.update({ where: { id: account.id }, data }))
      expect(await report(tokenOf(reportLink)), JSON.stringify(data)).toEqual(VOID)
      expect(await confirm(tokenOf(confirmLink)), JSON.stringify(data)).toEqual(VOID)
      expect((await open(reportLink)).status).toBe(410)
    }
    await change({ email: 'moved@example.com' })
    await change({ blockedAt: app.clock.now() })
    const { browser, reportLink, confirmLink } = await alerted()
    const gone = await browser.gql('mutation { deleteAccount(input: { immediately: true }) { __typename } }')
    expect(gone.data.deleteAccount.__typename).toBe('DeleteAccountPayload')
    expect(await report(tokenOf(reportLink))).toEqual(VOID)
    expect(await confirm(tokenOf(confirmLink))).toEqual(VOID)
  })

  it('reports in the days before a deletion too: the intruder may have asked for it', async () => {
    const { email, intruder, reportLink } = await alerted()
    await intruder.gql('mutation { deleteAccount(input: {}) { __typename } }')
    expect(await report(tokenOf(reportLink))).toMatchObject({ endedSessions: [], passwordResetRequired: true })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('PASSWORD_RESET_REQUIRED')
  })

  it('is redeemed by one of twenty that try at the same moment', async () => {
    const { reportLink } = await alerted()
    const answers = await Promise.all(Array.from({ length: 20 }, () => report(tokenOf(reportLink))))
    expect(answers.filter(({ __typename }) => __typename === 'ReportSessionAlertPayload')).toHaveLength(1)
    expect(answers.filter(({ __typename }) => __typename === 'InvalidTokenError')).toHaveLength(19)
  })

  it('and the id of an alert exclude each other', async () => {
    const { browser, reportLink } = await alerted()
    const both = { input: { token: tokenOf(reportLink), alertId: `alt_${'0'.repeat(26)}` } }
    for (const query of [CONFIRM, REPORT])
      expect(Object.values((await browser.gql(query, both)).data)).toEqual([
        { __typename: 'InvalidInputError', code: 'INVALID_INPUT', fields: [{ path: 'input.token' }] },
      ])
  })
})
