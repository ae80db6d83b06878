import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp()

describe('a session', () => {
  it('is opened by signing up and travels in a cookie that script cannot read', async () => {
    const { browser, account, sessionToken } = await app.person()
    expect(sessionToken).toBeNull()
    const answer = await browser.gql('{ account { id currentSession { isCurrent } } }')
    expect(answer.data.account).toEqual({ id: account.id, currentSession: { isCurrent: true } })
  })

  it('alerts the owner when it is opened from another device, which he can then report', async () => {
    const { browser, email } = await app.person()
    const alerts = await app.subscribe(browser, 'subscription { sessionAlerts { id isNewDevice session { id } } }')
    const intruder = app.browser()
    const { session } = await app.signIn(intruder, email)
    const alert = await alerts.next()
    expect(alert?.data.sessionAlerts).toMatchObject({ isNewDevice: true, session: { id: session.id } })
    const endings = await app.subscribe(intruder, 'subscription { sessionEnded { id endReason } }')
    const report = await browser.gql(
      'mutation ($id: ID!) { reportSessionAlert(input: { alertId: $id }) { ... on ReportSessionAlertPayload { endedSessions { id endReason } passwordResetRequired } } }',
      { id: alert?.data.sessionAlerts.id },
    )
    expect(report).toEqual({
      data: { reportSessionAlert: { endedSessions: [{ id: session.id, endReason: 'REPORTED' }], passwordResetRequired: true } },
    })
    expect(await endings.next()).toEqual({ data: { sessionEnded: { id: session.id, endReason: 'REPORTED' } } })
    expect(await endings.next()).toBeNull()
    await expect.poll(() => endings.closed).toEqual([{ code: 4401, reason: 'REPORTED' }])
    expect((await intruder.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'REPORTED',
    })
  })
})
