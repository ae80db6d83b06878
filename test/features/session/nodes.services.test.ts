import { describe, expect, it } from 'vitest'
import { type TestApp, testApp } from '../../support/app.ts'
import { type TestClient, testClient } from '../../support/client.ts'
import { holdTables, untilWaiting } from '../../support/hold.ts'

const here = await testApp()
const there = await here.node()

/** The same browser, at the other node. */
const onTheOther = (browser: TestClient): TestClient => {
  const copy = testClient(there.url)
  for (const [name, value] of browser.jar) copy.jar.set(name, value)
  return copy
}

const whoIs = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

describe('on two nodes, a session', () => {
  it('opened on one is live on the other at once', async () => {
    const { browser, account } = await here.person()
    expect(await whoIs(onTheOther(browser))).toEqual({ account: { id: account.id }, signedOutReason: null })
  })

  it('opened on one alerts its owner on the other within a second', async () => {
    const { browser, email } = await here.person()
    const alerts = await there.subscribe(onTheOther(browser), 'subscription { sessionAlerts { session { id } } }')
    for (let i = 0; i < 3; i++) {
      const { session } = await here.signIn(here.browser(), email)
      const began = performance.now()
      expect((await alerts.next())?.data.sessionAlerts.session.id).toBe(session.id)
      expect(performance.now() - began).toBeLessThan(1_000)
    }
    alerts.stop()
  })

  it('revoked on one is refused by the very next request on the other, and its sockets there close', async () => {
    const { browser, email } = await here.person()
    const other = here.browser()
    const { session } = await here.signIn(other, email)
    const elsewhere = onTheOther(other)
    const owner = await there.subscribe(onTheOther(browser), 'subscription { sessionEnded { id endReason isCurrent } }')
    const suspect = await there.subscribe(elsewhere, 'subscription { sessionEnded { id endReason isCurrent } }')
    const ended = { id: session.id, endReason: 'REVOKED_BY_ACCOUNT' }
    await browser.gql('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }', { id: session.id })
    expect(await whoIs(elsewhere)).toEqual({ account: null, signedOutReason: 'REVOKED_BY_ACCOUNT' })
    expect((await suspect.next())?.data.sessionEnded).toEqual({ ...ended, isCurrent: true })
    expect((await owner.next())?.data.sessionEnded).toEqual({ ...ended, isCurrent: false })
    await expect.poll(() => suspect.closed).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
    expect(owner.closed).toEqual([])
    owner.stop()
  })

  it('taken with a handover code on one leaves the other without a cookie that counts', async () => {
    const { browser, handoverCode, account } = await here.person()
    const claim = (who: TestClient) =>
      who.gql(
        'mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) { __typename ... on ClaimSessionTokenPayload { sessionToken } } }',
        { code: handoverCode },
      )
    const both = (await Promise.all([claim(here.browser()), claim(there.browser())])).map(({ data }) => data.claimSessionToken)
    expect(both.map((result) => result.__typename).toSorted()).toEqual(['ClaimSessionTokenPayload', 'InvalidTokenError'])
    const { sessionToken } = both.find((result) => result.__typename === 'ClaimSessionTokenPayload')
    expect((await whoIs(onTheOther(browser))).account).toBeNull()
    expect((await whoIs(there.program(sessionToken))).account).toEqual({ id: account.id })
  })

  it('that ends while a node reads it leaves no copy behind that says it lives', async () => {
    for (let time = 0; time < 3; time++) {
      const { session, sessionToken, account } = await here.person({ transport: 'TOKEN' })
      const asked = async (node: TestApp) => (await node.program(sessionToken ?? '').gql('{ account { id } }')).errors
      const letGo = await holdTables(here, 'accounts')
      const early = asked(here)
      await untilWaiting(here, 1, '%"sessions.id"%')
      await letGo(
        `UPDATE sessions SET ended_at = '${here.clock.now().toISOString()}', end_reason = 'REVOKED_BY_ACCOUNT' WHERE id = '${session.id}'`,
        `UPDATE accounts SET version = version + 1 WHERE id = '${account.id}'`,
      )
      await early // it was asked before the end: either answer is right
      for (const node of [here, there, here]) expect((await asked(node))?.[0]?.extensions.reason).toBe('REVOKED_BY_ACCOUNT')
    }
  })

  it('is ended by a limit that is lowered on the other', async () => {
    const { browser, email } = await here.person()
    here.clock.advance(1)
    await here.signIn(here.browser(), email)
    const socket = await here.subscribe(browser, 'subscription { sessionEnded { endReason } }')
    await there.settings({ sessions: { limit: 1 } })
    expect((await socket.next())?.data.sessionEnded).toEqual({ endReason: 'LIMIT_REACHED' })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'LIMIT_REACHED' }])
    await there.settings({ sessions: { limit: 10 } })
  })
})
