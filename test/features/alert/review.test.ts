import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const CONFIRM = `mutation ($input: ConfirmSessionAlertInput!) { confirmSessionAlert(input: $input) {
  __typename
  ... on ConfirmSessionAlertPayload { alert { id review reviewedAt } }
  ... on InvalidInputError { fields { path } } } }`

const REPORT = `mutation ($input: ReportSessionAlertInput!) { reportSessionAlert(input: $input) {
  __typename
  ... on ReportSessionAlertPayload { alert { id review reviewedAt } endedSessions { id endReason } passwordResetRequired }
  ... on InvalidInputError { fields { path } } } }`

const confirm = (who: TestClient, alertId: string) => who.gql(CONFIRM, { input: { alertId } })

const report = (who: TestClient, alertId: string, options: Record<string, unknown> = {}) =>
  who.gql(REPORT, { input: { alertId, ...options } })

const newestAlert = async (who: TestClient) =>
  (await who.gql('{ account { sessionAlerts(first: 1) { nodes { id isNewDevice session { id } } } } }')).data.account
    .sessionAlerts.nodes[0]

const whoIs = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

/** An owner, and somebody who signed in as him on another device, which made an alert. */
const alerted = async () => {
  const owner = await app.person()
  const intruder = app.browser()
  const { session } = await app.signIn(intruder, owner.email)
  return { ...owner, intruder, intruding: session.id, alertId: (await newestAlert(owner.browser)).id as string }
}

const now = (): string => app.clock.now().toISOString()

const REPORTED = { account: null, signedOutReason: 'REPORTED' }

describe('confirmSessionAlert', () => {
  it('makes the device known: the next sign-in there is no longer on a new one', async () => {
    const { browser, email, intruder, alertId } = await alerted()
    app.clock.advance(5)
    const confirmed = { __typename: 'ConfirmSessionAlertPayload', alert: { id: alertId, review: 'CONFIRMED', reviewedAt: now() } }
    expect((await confirm(browser, alertId)).data.confirmSessionAlert).toEqual(confirmed)
    app.clock.advance(5)
    expect((await confirm(browser, alertId)).data.confirmSessionAlert).toEqual(confirmed)
    const { session } = await app.signIn(intruder, email)
    expect(await newestAlert(browser)).toMatchObject({ isNewDevice: false, session: { id: session.id } })
    await app.signIn(app.browser(), email)
    expect((await newestAlert(browser)).isNewDevice).toBe(true)
  })

  it('is FORBIDDEN from the alerted session itself, and leaves the device unknown', async () => {
    const { browser, intruder, alertId } = await alerted()
    const answer = await confirm(intruder, alertId)
    expect(answer.data.confirmSessionAlert).toBeNull()
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    const { devices, sessionAlerts } = (
      await browser.gql('{ account { devices { isCurrent confirmedAt } sessionAlerts { nodes { review } } } }')
    ).data.account
    expect(devices).toContainEqual({ isCurrent: false, confirmedAt: null })
    expect(sessionAlerts.nodes).toEqual([{ review: 'PENDING' }])
  })

  it('is refused once the alert has been reported', async () => {
    const { browser, alertId } = await alerted()
    await report(browser, alertId)
    expect((await confirm(browser, alertId)).data.confirmSessionAlert).toEqual({
      __typename: 'InvalidInputError',
      fields: [{ path: 'input.alertId' }],
    })
  })
})

describe('reportSessionAlert', () => {
  it('ends every session but the one that reports, forgets the device and asks for a new password', async () => {
    const { browser, account, email, intruder, intruding, alertId } = await alerted()
    const third = app.browser()
    const { session } = await app.signIn(third, email)
    app.clock.advance(5)
    const answer = await report(browser, alertId)
    expect(answer.data.reportSessionAlert).toEqual({
      __typename: 'ReportSessionAlertPayload',
      alert: { id: alertId, review: 'REPORTED', reviewedAt: now() },
      endedSessions: [
        { id: intruding, endReason: 'REPORTED' },
        { id: session.id, endReason: 'REPORTED' },
      ],
      passwordResetRequired: true,
    })
    expect(await whoIs(intruder)).toEqual(REPORTED)
    expect(await whoIs(third)).toEqual(REPORTED)
    expect((await whoIs(browser)).account).toEqual({ id: account.id })
    expect((await browser.gql('{ account { devices { isCurrent } } }')).data.account.devices).toHaveLength(2)
    expect((await app.trySignIn(intruder, { email })).code).toBe('PASSWORD_RESET_REQUIRED')
  })

  it('can leave the other sessions and the password alone', async () => {
    const { browser, email, intruder, intruding, alertId } = await alerted()
    const third = app.browser()
    await app.signIn(third, email)
    const answer = await report(browser, alertId, { endOtherSessions: false, requirePasswordReset: false })
    expect(answer.data.reportSessionAlert).toMatchObject({
      endedSessions: [{ id: intruding, endReason: 'REPORTED' }],
      passwordResetRequired: false,
    })
    expect((await whoIs(third)).account).not.toBeNull()
    expect(await whoIs(intruder)).toEqual(REPORTED)
    await app.signIn(intruder, email) // the password still works; the device does not count as known
    expect((await newestAlert(browser)).isNewDevice).toBe(true)
  })

  it('forgets a device that had been confirmed', async () => {
    const { browser, email, intruder, alertId } = await alerted()
    await confirm(browser, alertId)
    expect((await report(browser, alertId, { requirePasswordReset: false })).data.reportSessionAlert.alert.review).toBe(
      'REPORTED',
    )
    await app.signIn(intruder, email)
    expect((await newestAlert(browser)).isNewDevice).toBe(true)
  })

  it('voids the ticket of a sign-in that waits at the limit', async () => {
    const { browser, email, session, alertId } = await alerted()
    await app.settings({ sessions: { limit: 2, whenLimitReached: 'REFUSE' } })
    const { ticket } = await app.trySignIn(app.browser(), { email })
    await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
    await report(browser, alertId, { requirePasswordReset: false })
    const finish = await app
      .browser()
      .gql('mutation ($input: FinishSignInInput!) { finishSignIn(input: $input) { __typename ... on UserError { code } } }', {
        input: { ticket, endSessionId: session.id },
      })
    expect(finish.data.finishSignIn).toEqual({ __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' })
  })

  it('is no more when it is said twice', async () => {
    const { browser, intruding, alertId } = await alerted()
    const first = (await report(browser, alertId)).data.reportSessionAlert
    expect(first.endedSessions).toEqual([{ id: intruding, endReason: 'REPORTED' }])
    app.clock.advance(5)
    expect((await report(browser, alertId)).data.reportSessionAlert).toEqual({ ...first, endedSessions: [] })
    expect((await whoIs(browser)).account).not.toBeNull()
  })

  it('works about a session that has ended, and about the own one', async () => {
    const { browser, intruder, alertId } = await alerted()
    await intruder.gql('mutation { signOut(input: {}) { __typename } }')
    expect((await report(browser, alertId)).data.reportSessionAlert).toMatchObject({
      endedSessions: [],
      passwordResetRequired: true,
    })

    const other = await alerted()
    expect(
      (await report(other.intruder, other.alertId, { endOtherSessions: false })).data.reportSessionAlert.endedSessions,
    ).toEqual([{ id: other.intruding, endReason: 'REPORTED' }])
    expect(other.intruder.jar.has('gatehouse')).toBe(false)
    expect((await whoIs(other.browser)).account).not.toBeNull()
  })
})

describe('a review', () => {
  it('of another’s alert is NOT_FOUND like a missing one, byte for byte, and changes nothing', async () => {
    const [victim, stranger] = [await alerted(), await app.person()]
    for (const query of [CONFIRM, REPORT]) {
      const bytes = async (alertId: string) => (await stranger.browser.post({ query, variables: { input: { alertId } } })).text()
      const missing = await bytes(`alt_${'0'.repeat(26)}`)
      expect(JSON.parse(missing).errors[0].extensions.code).toBe('NOT_FOUND')
      for (const id of [victim.alertId, 'nonsense', '', '\u0000', victim.session.id]) expect(await bytes(id)).toBe(missing)
      const unnamed = (await stranger.browser.gql(query, { input: {} })).data
      expect(Object.values(unnamed)).toEqual([{ __typename: 'InvalidInputError', fields: [{ path: 'input.alertId' }] }])
    }
    expect((await whoIs(victim.intruder)).account).not.toBeNull()
    expect((await app.trySignIn(app.browser(), { email: victim.email })).__typename).toBe('SignInPayload')
  })

  it('is UNAUTHENTICATED for a guest and FORBIDDEN for an API key, whatever the id', async () => {
    const { alertId } = await alerted()
    const key = await app.key('SESSIONS_READ', 'SESSIONS_WRITE', 'ACCOUNTS_WRITE')
    for (const [who, code] of [
      [app.browser(), 'UNAUTHENTICATED'],
      [key, 'FORBIDDEN'],
    ] as const)
      for (const id of [alertId, 'nonsense'])
        for (const answer of [await confirm(who, id), await report(who, id)])
          expect(answer.errors?.[0]?.extensions.code).toBe(code)
  })
})
