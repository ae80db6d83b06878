import { beforeEach, describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'

const app = await testApp()

const ALERTS = 'subscription { sessionAlerts { id session { id account { id email } isCurrent } } }'

const signIn = async (email: string): Promise<string> =>
  (await app.signIn(app.program(), email, { transport: 'TOKEN' })).session.id

/** The sockets of the test before may still be leaving. */
beforeEach(() => expect.poll(() => app.app.listening()).toBe(0))

/** So many sockets of one viewer with the same question. */
const sockets = async (who: TestClient, count: number) => {
  const all = []
  for (let i = 0; i < count; i++) all.push(await app.subscribe(who, ALERTS))
  return all
}

describe('one question over many sockets', () => {
  it('is answered on each of them, once, and goes on for the others when one leaves', async () => {
    const { browser, email } = await app.person()
    const all = await sockets(browser, 3)
    const first = await signIn(email)
    for (const socket of all) expect((await socket.next())?.data.sessionAlerts.session.id).toBe(first)
    const [gone, ...left] = all
    const before = app.app.listening()
    await gone?.client.dispose()
    await expect.poll(() => app.app.listening()).toBe(before - 2)
    const second = await signIn(email)
    for (const socket of left) {
      expect((await socket.next())?.data.sessionAlerts.session.id).toBe(second)
      expect(socket.pending()).toEqual([])
    }
    for (const socket of left) await socket.client.dispose()
  })

  it('never crosses viewers: each gets his own, as he may see it, and another session is another viewer', async () => {
    const [ada, bob] = [await app.person(), await app.person()]
    const second = app.browser()
    const { session } = await app.signIn(second, ada.email)
    const [first, other, stranger] = [
      ...(await sockets(ada.browser, 1)),
      ...(await sockets(second, 1)),
      ...(await sockets(bob.browser, 1)),
    ]
    const [made, bobs] = [await signIn(ada.email), await signIn(bob.email)]
    for (const socket of [first, other])
      expect((await socket?.next())?.data.sessionAlerts.session).toMatchObject({ id: made, account: { email: ada.email } })
    expect((await stranger?.next())?.data.sessionAlerts.session).toMatchObject({ id: bobs, account: { email: bob.email } })
    // the end of one session ends its own stream and leaves the other one of the same account
    await ada.browser.gql('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }', { id: session.id })
    await expect.poll(() => other?.closed).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
    const last = await signIn(ada.email)
    expect((await first?.next())?.data.sessionAlerts.session.id).toBe(last)
    for (const socket of [first, stranger]) expect(socket?.pending()).toEqual([])
    for (const socket of [first, stranger]) await socket?.client.dispose()
  })

  it('ends on all of them with the session', async () => {
    const { browser } = await app.person()
    const all = await sockets(browser, 3)
    await browser.gql('mutation { signOut(input: {}) { __typename } }')
    for (const socket of all) {
      expect((await socket.next())?.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'SIGNED_OUT' })
      await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
    }
  })

  it('gives who joins nothing from before, and who resumes what he has missed', async () => {
    const { browser, email } = await app.person()
    const [early] = await sockets(browser, 1)
    const old = await signIn(email)
    const late = await app.subscribe(browser, ALERTS)
    const heard = (await early?.next())?.data.sessionAlerts
    expect(heard.session.id).toBe(old)
    const resumed = await app.subscribe(browser, ALERTS.replace('sessionAlerts', `sessionAlerts(after: "alt_${'0'.repeat(26)}")`))
    expect((await resumed.next())?.data.sessionAlerts.session.id).toBe(old)
    const made = await signIn(email)
    for (const socket of [early, late, resumed]) {
      expect((await socket?.next())?.data.sessionAlerts.session.id).toBe(made)
      expect(socket?.pending()).toEqual([])
      await socket?.client.dispose()
    }
  })
})
