import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const claim = async (handoverCode: string, who: TestClient = app.browser()) =>
  (
    await who.gql(
      `mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) {
        __typename
        ... on ClaimSessionTokenPayload { sessionToken session { id endedAt } }
        ... on UserError { code } } }`,
      { code: handoverCode },
    )
  ).data.claimSessionToken

const whoIs = async (who: TestClient) => (await who.gql('{ account { id } }')).data?.account

/** Somebody whose browser got a cookie and a handover code, and has not used the cookie yet. */
const arrival = async () => {
  const { browser, account, session, handoverCode } = await app.person()
  return { browser, account, session, code: handoverCode ?? '' }
}

const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }

describe('claimSessionToken', () => {
  it('gives the token of the same session to a browser that refused the cookie, and the cookie dies', async () => {
    const { browser, account, session, code } = await arrival()
    const claimed = await claim(code)
    expect(claimed).toEqual({
      __typename: 'ClaimSessionTokenPayload',
      sessionToken: expect.stringMatching(/^gst_[\w-]{43}$/),
      session: { id: session.id, endedAt: null },
    })
    expect(claimed.sessionToken).not.toBe(browser.jar.get('gatehouse'))
    expect(await whoIs(browser)).toBeNull()
    const program = app.program(claimed.sessionToken)
    expect((await program.gql('{ account { id currentSession { id } sessions { totalCount } } }')).data.account).toEqual({
      id: account.id,
      currentSession: { id: session.id },
      sessions: { totalCount: 1 },
    })
  })

  it('is refused as soon as the cookie has come back', async () => {
    const { browser, account, code } = await arrival()
    expect(await whoIs(browser)).toEqual({ id: account.id })
    expect(await claim(code)).toEqual(VOID)
    expect(await whoIs(browser)).toEqual({ id: account.id })
  })

  it('is refused when the cookie has come back over a socket', async () => {
    const { browser, code } = await arrival()
    const socket = await app.subscribe(browser, 'subscription { sessionEnded { id } }')
    expect(await claim(code)).toEqual(VOID)
    socket.stop()
  })

  it('works for sixty seconds', async () => {
    const [inTime, late] = [await arrival(), await arrival()]
    app.clock.advance(59)
    expect((await claim(inTime.code)).__typename).toBe('ClaimSessionTokenPayload')
    app.clock.advance(1)
    expect(await claim(late.code)).toEqual(VOID)
  })

  it('works once, for one of two who ask at the same moment', async () => {
    const { code, account } = await arrival()
    const both = await Promise.all([claim(code), claim(code)])
    expect(both.map((result) => result.__typename).toSorted()).toEqual(['ClaimSessionTokenPayload', 'InvalidTokenError'])
    expect(await claim(code)).toEqual(VOID)
    const { sessionToken } = both.find((result) => result.__typename === 'ClaimSessionTokenPayload')
    expect(await whoIs(app.program(sessionToken))).toEqual({ id: account.id })
  })

  it('is refused when the session has ended, and for what never was a code', async () => {
    const { account, code } = await arrival()
    const operator = await app.key('SESSIONS_WRITE')
    await operator.gql('mutation ($id: ID!) { revokeOtherSessions(input: { accountId: $id }) { __typename } }', {
      id: account.id,
    })
    expect(await claim(code)).toEqual(VOID)
    for (const nonsense of ['', 'nonsense', 'A'.repeat(43), '\u0000'.repeat(43), 'x'.repeat(10_000)])
      expect(await claim(nonsense)).toEqual(VOID)
  })

  it('is refused to a session’s token itself: it is not a code', async () => {
    const { browser, account } = await arrival()
    expect(await claim(browser.jar.get('gatehouse') ?? '')).toEqual(VOID)
    expect(await whoIs(browser)).toEqual({ id: account.id })
  })
})
