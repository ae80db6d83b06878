/** The first act: the owner sits at her laptop when her password is used, and hears of it on an open page. */
import {
  MeDocument,
  ReportSessionAlertDocument,
  SessionAlertsDocument,
  type SessionAlertsSubscription,
} from '../../src/client/generated/graphql.ts'
import { testClient } from '../support/client.ts'
import { listen, signUp, stranger } from './people.ts'
import { tell, told } from './story.ts'

const EMAIL = 'ada@example.com'
const FIREFOX = 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'

export const atTheLaptop = async (url: string): Promise<void> => {
  const laptop = testClient(url, { userAgent: FIREFOX })
  const own = await signUp(laptop, EMAIL, 'Ada')
  tell(`Ada signs up on her laptop as ${EMAIL}. Her cookie carries session ${own.id}.`)

  const alerts = await listen(url, laptop, SessionAlertsDocument)
  tell('She subscribes to sessionAlerts over WebSocket.')

  const thief = await stranger(url, EMAIL)
  tell(`Somebody else signs in with her password: session ${thief.session.id}.`)

  const alert: SessionAlertsSubscription['sessionAlerts'] = (await alerts.next())?.data.sessionAlerts
  told(alert?.session.id === thief.session.id && alert.isNewDevice, 'the alert is not about that session', alert)
  const { client, ip } = alert.session
  tell(`The alert arrives on her laptop: a new device, ${client.name} on ${client.osName}, from ${ip}.`)

  const ending = await thief.listens()
  tell('The stranger listens too, on a socket of his own.')

  const report = (await laptop.gql(ReportSessionAlertDocument, { input: { alertId: alert.id } })).data.reportSessionAlert
  told(report?.__typename === 'ReportSessionAlertPayload', 'the report was refused', report)
  told(report.endedSessions.length === 1 && report.endedSessions[0]?.id === thief.session.id, 'another session ended', report)
  tell('She reports it: "it wasn\'t me". That session is over, and the password is useless until she recovers it.')

  await thief.isThrownOut(ending)
  const code = await thief.triesAgain()
  const she = (await laptop.gql(MeDocument, {})).data.account
  told(she?.currentSession?.id === own.id, 'Ada was signed out', she)
  tell(`He tries the password again: ${code}. Ada's own session lives on.`)
  await alerts.close()
}
