/** Whoever the story is about: people with a password, and the stranger who knows it. */
import {
  MeDocument,
  SessionEndedDocument,
  type SessionEndedSubscription,
  SignInWithPasswordDocument,
  SignUpDocument,
} from '../../src/client/generated/graphql.ts'
import { type TestClient, testClient } from '../support/client.ts'
import { tell, told, until } from './story.ts'

const PASSWORD = 'correct horse battery'
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'

/** What a socket and its subscription listen to. */
const LISTENERS_PER_SUBSCRIPTION = 2

const listenersOf = async (url: string): Promise<number> =>
  Number(/^gatehouse_listeners (\d+)$/m.exec(await (await fetch(new URL('/metrics', url))).text())?.[1])

/** Subscribes, and waits until the server listens. */
export const listen = async (url: string, who: TestClient, document: { toString(): string }) => {
  const before = await listenersOf(url)
  const socket = who.socket()
  const subscription = socket.subscribe(document.toString())
  const listens = async () => ((await listenersOf(url)) >= before + LISTENERS_PER_SUBSCRIPTION ? true : null)
  await until(listens, 'a subscription did not begin')
  return { next: subscription.next, closed: socket.closed, close: () => socket.client.dispose() }
}

/** Makes an account in that browser. @returns its session. */
export const signUp = async (browser: TestClient, email: string, name: string) => {
  const answer = (await browser.gql(SignUpDocument, { input: { email, password: PASSWORD, name } })).data.signUp
  told(answer?.__typename === 'SignInPayload', 'the sign-up was refused', answer)
  return answer.session
}

/** The stranger, signed in with somebody's password, and listening to how that ends. */
export const stranger = async (url: string, email: string) => {
  const browser = testClient(url, { userAgent: CHROME })
  const input = { email, password: PASSWORD }
  const answer = (await browser.gql(SignInWithPasswordDocument, { input })).data.signInWithPassword
  told(answer?.__typename === 'SignInPayload', 'the stranger was refused', answer)
  const { session } = answer
  return {
    session,
    listens: () => listen(url, browser, SessionEndedDocument),
    isSignedIn: async (): Promise<boolean> => (await browser.gql(MeDocument, {})).data.account !== null,
    /** Tells how it ends for him. */
    isThrownOut: async ({ next, closed }: Awaited<ReturnType<typeof listen>>): Promise<void> => {
      const ended: SessionEndedSubscription['sessionEnded'] = (await next())?.data.sessionEnded
      told(ended?.id === session.id && ended.endReason === 'REPORTED', 'the stranger did not hear why', ended)
      const end = await until(() => closed[0] ?? null, 'the stranger’s socket stayed open')
      told(end.code === 4401 && end.reason === 'REPORTED', 'the socket closed otherwise', end)
      tell(`The stranger's socket gets sessionEnded and closes: ${end.code} ${end.reason}.`)
      const me = (await browser.gql(MeDocument, {})).data
      told(me.account === null && me.signedOutReason === 'REPORTED', 'the stranger is still somebody', me)
      tell(`His browser asks why it was signed out: signedOutReason is ${me.signedOutReason}, account is null.`)
    },
    /** @returns what the stolen password is answered now. */
    triesAgain: async (): Promise<string> => {
      const again = (await browser.gql(SignInWithPasswordDocument, { input })).data.signInWithPassword
      told(again?.__typename === 'PasswordResetRequiredError', 'the stolen password still works', again)
      return again.code
    },
  }
}
