/**
 * `npm run demo`: the story of a stolen password, played on a real server by two clients and printed with its times.
 * Nothing is faked: what is printed was answered, and a step that does not go as told ends the demo with exit code 1.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  MeDocument,
  ReportSessionAlertDocument,
  SessionAlertsDocument,
  type SessionAlertsSubscription,
  SessionEndedDocument,
  type SessionEndedSubscription,
  SignInWithPasswordDocument,
  SignUpDocument,
} from '../../src/client/generated/graphql.ts'
import { testClient } from '../support/client.ts'
import { startServer } from './server.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery'
const LAPTOP = 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'
const STRANGER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'

/** How long anything may take before the story counts as broken. */
const PATIENCE_MS = 5_000

/** What a socket and its subscription listen to. */
const LISTENERS_PER_SUBSCRIPTION = 2

const began = performance.now()
let previous = began

const tell = (text: string): void => {
  const now = performance.now()
  const [since, took] = [now - began, now - previous].map((ms) => ms.toFixed(0))
  console.log(`${since?.padStart(7)} ms ${`(+${took})`.padStart(8)}  ${text}`)
  previous = performance.now()
}

/** @throws unless the story goes on as told. */
function told(condition: boolean, otherwise: string, what?: unknown): asserts condition {
  if (!condition) throw new Error(`${otherwise}${what === undefined ? '' : `: ${JSON.stringify(what)}`}`)
}

/** Asks again and again until it is so. */
const until = async (condition: () => Promise<boolean> | boolean, otherwise: string): Promise<void> => {
  for (const deadline = performance.now() + PATIENCE_MS; !(await condition()); await sleep(5))
    told(performance.now() < deadline, otherwise)
}

const listenersOf = async (url: string): Promise<number> =>
  Number(/^gatehouse_listeners (\d+)$/m.exec(await (await fetch(new URL('/metrics', url))).text())?.[1])

const play = async (url: string): Promise<void> => {
  const laptop = testClient(url, { userAgent: LAPTOP })
  const stranger = testClient(url, { userAgent: STRANGER })

  const signUp = (await laptop.gql(SignUpDocument, { input: { email: EMAIL, password: PASSWORD, name: 'Ada' } })).data.signUp
  told(signUp?.__typename === 'SignInPayload', 'the sign-up was refused', signUp)
  tell(`Ada signs up on her laptop as ${signUp.account.email}. Her cookie carries session ${signUp.session.id}.`)

  const socket = laptop.socket()
  const alerts = socket.subscribe(SessionAlertsDocument.toString())
  await until(async () => (await listenersOf(url)) >= LISTENERS_PER_SUBSCRIPTION, 'the subscription did not begin')
  tell('She subscribes to sessionAlerts over WebSocket.')

  const input = { email: EMAIL, password: PASSWORD }
  const signIn = (await stranger.gql(SignInWithPasswordDocument, { input })).data.signInWithPassword
  told(signIn?.__typename === 'SignInPayload', 'the second sign-in was refused', signIn)
  tell(`Somebody else signs in with her password: session ${signIn.session.id}.`)

  const alert: SessionAlertsSubscription['sessionAlerts'] = (await alerts.next())?.data.sessionAlerts
  told(alert?.session.id === signIn.session.id && alert.isNewDevice, 'the alert is not about that session', alert)
  const { client, ip } = alert.session
  tell(`The alert arrives on her laptop: a new device, ${client.name} on ${client.osName}, from ${ip}.`)

  const strangersSocket = stranger.socket()
  const ending = strangersSocket.subscribe(SessionEndedDocument.toString())
  await until(async () => (await listenersOf(url)) >= 2 * LISTENERS_PER_SUBSCRIPTION, 'the second subscription did not begin')
  tell('The stranger listens too, on a socket of his own.')

  const report = (await laptop.gql(ReportSessionAlertDocument, { input: { alertId: alert.id } })).data.reportSessionAlert
  told(report?.__typename === 'ReportSessionAlertPayload', 'the report was refused', report)
  told(report.endedSessions.length === 1 && report.endedSessions[0]?.id === signIn.session.id, 'another session ended', report)
  tell('She reports it: "it wasn\'t me". That session is over, and the password is useless until she recovers it.')

  const ended: SessionEndedSubscription['sessionEnded'] = (await ending.next())?.data.sessionEnded
  told(ended?.id === signIn.session.id && ended.endReason === 'REPORTED', 'the stranger did not hear why', ended)
  await until(() => strangersSocket.closed.length > 0, 'the stranger’s socket stayed open')
  const [closed] = strangersSocket.closed
  told(closed?.code === 4401 && closed.reason === 'REPORTED', 'the socket closed otherwise', closed)
  tell(`The stranger's socket gets sessionEnded and closes: ${closed.code} ${closed.reason}.`)

  const me = (await stranger.gql(MeDocument, {})).data
  told(me.account === null && me.signedOutReason === 'REPORTED', 'the stranger is still somebody', me)
  tell(`His browser asks why it was signed out: signedOutReason is ${me.signedOutReason}, account is null.`)

  const again = (await stranger.gql(SignInWithPasswordDocument, { input })).data.signInWithPassword
  told(again?.__typename === 'PasswordResetRequiredError', 'the stolen password still works', again)
  const she = (await laptop.gql(MeDocument, {})).data.account
  told(she?.currentSession?.id === signUp.session.id, 'Ada was signed out', she)
  tell(`He tries the password again: ${again.code}. Ada's own session lives on.`)
  await socket.client.dispose()
}

const main = async (): Promise<void> => {
  console.log('Gatehouse: a stolen password, on a real server. Times since the start, and of each step.\n')
  const server = await startServer()
  tell(`The server is up at ${server.url}/graphql, with an empty database in a temporary folder.`)
  try {
    await play(server.url)
  } finally {
    const code = await server.stop()
    told(code === 0, 'the server did not stop cleanly', code)
  }
  tell('The server has stopped. Everything went as told.')
}

main().catch((error: unknown) => {
  console.error(`\nThe story broke off: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
