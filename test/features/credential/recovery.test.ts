import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const NEW = 'another horse battery'

const recover = async (token: string, newPassword = NEW, who: TestClient = app.browser()) =>
  (
    await who.gql(
      `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) {
        __typename
        ... on RecoverPasswordPayload { endedSessions }
        ... on UserError { code }
        ... on WeakPasswordError { violations { rule } } } }`,
      { input: { token, newPassword } },
    )
  ).data.recoverPassword

/** Somebody with a recovery link, which so far only the command line gives out. */
const withLink = async () => {
  const person = await app.person()
  return { ...person, token: await app.app.operators.createAdmin(person.email) }
}

const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }

describe('recoverPassword', () => {
  it('sets the password, ends every session, and signs nobody in', async () => {
    const { browser, email, token } = await withLink()
    await app.signIn(app.browser(), email)
    const socket = await app.subscribe(browser, 'subscription { sessionEnded { endReason isCurrent } }')
    const visitor = app.browser()
    expect(await recover(token, NEW, visitor)).toEqual({ __typename: 'RecoverPasswordPayload', endedSessions: 2 })
    expect([...visitor.jar.keys()]).toEqual([])
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'PASSWORD_CHANGED' }])
    expect((await browser.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'PASSWORD_CHANGED',
    })
    expect((await app.trySignIn(app.browser(), { email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS')
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })

  it('works once, for one of two who try at the same moment', async () => {
    const { email, token } = await withLink()
    const both = await Promise.all([recover(token, 'the first of them'), recover(token, 'the second of them')])
    expect(both.map((result) => result.__typename).toSorted()).toEqual(['InvalidTokenError', 'RecoverPasswordPayload'])
    expect(await recover(token)).toEqual(VOID)
    const won = both[0].__typename === 'RecoverPasswordPayload' ? 'the first of them' : 'the second of them'
    expect((await app.trySignIn(app.browser(), { email, password: won })).__typename).toBe('SignInPayload')
  })

  it('does not use the link up on a weak password, and says all that is wrong with it', async () => {
    const { browser, token } = await withLink()
    const violations = [{ rule: 'TOO_SHORT' }, { rule: 'COMMON' }]
    expect(await recover(token, 'short')).toMatchObject({ __typename: 'WeakPasswordError', violations })
    expect(await recover(token, 'x'.repeat(1_000))).toMatchObject({ violations: [{ rule: 'TOO_LONG' }] })
    expect(await recover(token, 'x'.repeat(2_000))).toEqual({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' })
    expect((await browser.gql('{ account { id } }')).data.account).not.toBeNull()
    expect((await recover(token)).__typename).toBe('RecoverPasswordPayload')
  })

  it('says nothing about the password to somebody whose link is not good', async () => {
    for (const nonsense of ['', 'nonsense', 'A'.repeat(43), '\u0000'.repeat(43), 'x'.repeat(10_000)])
      expect(await recover(nonsense, 'short')).toEqual(VOID)
  })

  it('works until the link expires', async () => {
    const [inTime, late] = [await withLink(), await withLink()]
    app.clock.advance(86_399)
    expect((await recover(inTime.token)).__typename).toBe('RecoverPasswordPayload')
    app.clock.advance(1)
    expect(await recover(late.token)).toEqual(VOID)
    expect((await app.trySignIn(app.browser(), { email: late.email })).__typename).toBe('SignInPayload')
  })

  it('makes every older link and ticket of the account void', async () => {
    const { email, session, token } = await withLink()
    const older = await app.app.operators.createAdmin(email)
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
    const { ticket } = await app.trySignIn(app.browser(), { email })
    await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
    expect((await recover(token)).__typename).toBe('RecoverPasswordPayload')
    expect(await recover(older)).toEqual(VOID)
    expect(await finish(ticket, session.id)).toEqual(VOID)
  })

  it('lifts the need to recover after a report', async () => {
    const { browser, email, token } = await withLink()
    await app.signIn(app.browser(), email)
    const { nodes } = (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts
    await browser.gql('mutation ($id: ID!) { reportSessionAlert(input: { alertId: $id }) { __typename } }', { id: nodes[0].id })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('PASSWORD_RESET_REQUIRED')
    expect(await recover(token)).toEqual(VOID) // the report made open links useless
    expect((await recover(await app.app.operators.createAdmin(email))).__typename).toBe('RecoverPasswordPayload')
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })

  it('gives an account without a password its first one', async () => {
    const email = newEmail()
    expect(await recover(await app.app.operators.createAdmin(email))).toEqual({
      __typename: 'RecoverPasswordPayload',
      endedSessions: 0,
    })
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })
})

const finish = async (ticket: string, endSessionId: string) =>
  (
    await app
      .browser()
      .gql('mutation ($input: FinishSignInInput!) { finishSignIn(input: $input) { __typename ... on UserError { code } } }', {
        input: { ticket, endSessionId },
      })
  ).data.finishSignIn

describe('a one-time token', () => {
  it('of one kind is nothing at another kind’s door, and stays good at its own', async () => {
    const { email, session, token } = await withLink()
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
    const { ticket } = await app.trySignIn(app.browser(), { email })
    expect(await recover(ticket)).toEqual(VOID)
    expect(await finish(token, session.id)).toEqual(VOID)
    expect((await finish(ticket, session.id)).__typename).toBe('SignInPayload')
    expect((await recover(token)).__typename).toBe('RecoverPasswordPayload')
    await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
  })
})
