/** What a thief who has the password, and any number of sessions, must not be able to do to the owner's alerts. */
import { expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { tokenOf } from '../../support/links.ts'

const app = await testApp()
const { mailbox, provenPerson } = await addressesOf(app)

const CONFIRM =
  'mutation ($input: ConfirmSessionAlertInput!) { confirmSessionAlert(input: $input) { __typename ... on UserError { code } } }'
const REPORT =
  'mutation ($input: ReportSessionAlertInput!) { reportSessionAlert(input: $input) { __typename ... on UserError { code } } }'

const alertsOf = async (who: TestClient): Promise<readonly { id: string; session: { id: string } }[]> =>
  (await who.gql('{ account { sessionAlerts(first: 10) { nodes { id session { id } } } } }')).data.account.sessionAlerts.nodes

const me = async (who: TestClient) => (await who.gql('{ account { id } }')).data.account

/** An owner who is away, and a thief with two sessions on two devices of his own. */
const robbed = async () => {
  const owner = await provenPerson()
  const [one, two] = [app.browser(), app.browser()]
  const first = await app.signIn(one, owner.email)
  app.clock.advance(1)
  const second = await app.signIn(two, owner.email)
  const alerts = await alertsOf(owner.browser)
  const alertOf = (sessionId: string) => alerts.find(({ session }) => session.id === sessionId)?.id ?? ''
  return { ...owner, one, two, first: alertOf(first.session.id), second: alertOf(second.session.id) }
}

it('a thief who reports one of his sessions from another does not void the link in the mail about the other', async () => {
  const { email, one, two, first } = await robbed()
  const [link] = await mailbox.links(email, 'session-alert') // about the second session
  const quietly = { alertId: first, endOtherSessions: false, requirePasswordReset: false }
  expect((await two.gql(REPORT, { input: quietly })).data.reportSessionAlert.__typename).toBe('ReportSessionAlertPayload')
  expect(await me(one)).toBeNull()
  const owned = await app.browser().gql(REPORT, { input: { token: link === undefined ? '' : tokenOf(link) } })
  expect(owned.data.reportSessionAlert.__typename).toBe('ReportSessionAlertPayload')
  expect(await me(two)).toBeNull()
})

it('two sessions on new devices cannot vouch for each other', async () => {
  const { browser, one, two, first, second } = await robbed()
  const crosswise = [
    await one.gql(CONFIRM, { input: { alertId: second } }),
    await two.gql(CONFIRM, { input: { alertId: first } }),
  ]
  const devices = (await browser.gql('{ account { devices { isCurrent confirmedAt } } }')).data.account.devices
  expect(devices.filter((device: { isCurrent: boolean }) => !device.isCurrent)).toEqual([
    { isCurrent: false, confirmedAt: null },
    { isCurrent: false, confirmedAt: null },
  ])
  expect(crosswise.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  // the owner can, and whom he has vouched for can from then on
  expect((await browser.gql(CONFIRM, { input: { alertId: first } })).data.confirmSessionAlert.__typename).toBe(
    'ConfirmSessionAlertPayload',
  )
  expect((await one.gql(CONFIRM, { input: { alertId: second } })).data.confirmSessionAlert.__typename).toBe(
    'ConfirmSessionAlertPayload',
  )
})
