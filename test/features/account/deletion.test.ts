import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const remove = (who: TestClient, input: Record<string, unknown> = {}) =>
  who.gql(
    'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename ... on DeleteAccountPayload { deletesAt } } }',
    { input },
  )

const refusal = async (answer: ReturnType<typeof remove>) => {
  const { data, errors } = await answer
  expect(data.deleteAccount).toBeNull()
  return errors?.[0]?.extensions
}

const inSeconds = (seconds: number): string => new Date(app.clock.now().getTime() + seconds * 1000).toISOString()

const exists = async (id: string): Promise<boolean> =>
  (await (await app.key('ACCOUNTS_READ')).gql('query ($id: ID!) { node(id: $id) { id } }', { id })).data.node !== null

const eventsOf = async (accountId: string, ...types: string[]) =>
  (
    await (
      await app.key('EVENTS_READ')
    ).gql('query ($filter: EventFilter!) { events(filter: $filter) { nodes { type actor { kind } details } } }', {
      filter: { accountId, types },
    })
  ).data.events.nodes

describe('deleteAccount', () => {
  it('ends every session at once and deletes after 14 days', async () => {
    const { browser, account, email } = await app.person()
    const phone = app.browser()
    await app.signIn(phone, email)
    const deletesAt = inSeconds(LIFETIMES.deletionGrace)
    expect((await remove(browser)).data.deleteAccount).toEqual({ __typename: 'DeleteAccountPayload', deletesAt })
    expect(browser.jar.has('gatehouse')).toBe(false)
    expect((await phone.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'ACCOUNT_DELETED',
    })
    app.clock.advance(LIFETIMES.deletionGrace - 1)
    await app.app.tick()
    expect(await exists(account.id)).toBe(true)
    app.clock.advance(1)
    await app.app.tick()
    expect(await exists(account.id)).toBe(false)
    expect(await app.trySignIn(app.browser(), { email })).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(await eventsOf(account.id, 'account.deletion-requested', 'account.deleted')).toEqual([
      { type: 'account.deleted', actor: { kind: 'SYSTEM' }, details: {} },
      { type: 'account.deletion-requested', actor: { kind: 'ACCOUNT' }, details: { deletesAt } },
    ])
    const again = await app.person({ email })
    expect(again.account.id).not.toBe(account.id)
  })

  it('is taken back by signing in, and only by that', async () => {
    const { browser, account, email } = await app.person()
    await remove(browser)
    app.clock.advance(LIFETIMES.deletionGrace - 60)
    await app.trySignIn(app.browser(), { email, password: 'not the password' })
    expect(await eventsOf(account.id, 'account.deletion-cancelled')).toEqual([])
    await app.signIn(app.browser(), email)
    expect(await eventsOf(account.id, 'account.deletion-cancelled')).toHaveLength(1)
    app.clock.advance(LIFETIMES.deletionGrace)
    await app.app.tick()
    expect(await exists(account.id)).toBe(true)
  })

  it('deletes at once if asked to, with everything the account owned', async () => {
    const { browser, account, session, email } = await app.person({ name: 'Gone' })
    expect((await remove(browser, { immediately: true })).data.deleteAccount.deletesAt).toBe(inSeconds(0))
    const operator = await app.key('ACCOUNTS_READ', 'SESSIONS_READ')
    const left = await operator.gql(
      'query ($account: ID!, $session: ID!, $filter: SessionFilter!) { account: node(id: $account) { id } session: node(id: $session) { id } sessions(filter: $filter) { totalCount } }',
      { account: account.id, session: session.id, filter: { accountId: account.id, live: null } },
    )
    expect(left.data).toEqual({ account: null, session: null, sessions: { totalCount: 0 } })
    expect(await eventsOf(account.id, 'session.ended')).toEqual([
      { type: 'session.ended', actor: { kind: 'ACCOUNT' }, details: { sessionId: session.id, reason: 'ACCOUNT_DELETED' } },
    ])
    expect(await app.signUp(app.browser(), { email })).toMatchObject({ account: { email } })
  })

  it('needs a fresh proof of the owner', async () => {
    const { browser, account, email } = await app.person()
    app.clock.advance(601)
    expect(await refusal(remove(browser))).toEqual({ code: 'REAUTHENTICATION_REQUIRED', maxAgeSeconds: 600 })
    expect(await refusal(remove(browser, { immediately: true }))).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(await exists(account.id)).toBe(true)
    await app.signIn(browser, email)
    app.clock.advance(600)
    expect((await remove(browser)).data.deleteAccount.__typename).toBe('DeleteAccountPayload')
  })

  it('takes an operator’s key with the scope, for everybody but operators', async () => {
    const { account, browser } = await app.person()
    const writer = await app.key('ACCOUNTS_WRITE')
    expect((await remove(writer, { accountId: account.id })).data.deleteAccount.deletesAt).toBe(
      inSeconds(LIFETIMES.deletionGrace),
    )
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('ACCOUNT_DELETED')
    const admin = await app.admin()
    expect(await refusal(remove(writer, { accountId: admin.account.id, immediately: true }))).toEqual({ code: 'FORBIDDEN' })
    expect(await exists(admin.account.id)).toBe(true)
    const { account: other } = await app.person()
    expect((await remove(admin.browser, { accountId: other.id, immediately: true })).data.deleteAccount).not.toBeNull()
    expect(await exists(other.id)).toBe(false)
    expect((await admin.browser.gql('{ account { id } }')).data.account.id).toBe(admin.account.id)
  })

  it('is nobody else’s: a stranger gets the NOT_FOUND of a missing account, a key without the scope FORBIDDEN, a guest UNAUTHENTICATED', async () => {
    const { account } = await app.person()
    const { browser: stranger } = await app.person()
    const missing = `acc_${'0'.repeat(26)}`
    expect(await refusal(remove(stranger, { accountId: account.id }))).toEqual({ code: 'NOT_FOUND' })
    expect(await refusal(remove(stranger, { accountId: missing }))).toEqual({ code: 'NOT_FOUND' })
    expect(await refusal(remove(await app.key('ACCOUNTS_READ'), { accountId: account.id }))).toEqual({ code: 'FORBIDDEN' })
    expect(await refusal(remove(await app.key('ACCOUNTS_WRITE'), { accountId: missing }))).toEqual({ code: 'NOT_FOUND' })
    expect(await refusal(remove(await app.key('ACCOUNTS_WRITE')))).toEqual({ code: 'NOT_FOUND' })
    for (const accountId of [account.id, missing])
      expect(await refusal(remove(app.browser(), { accountId }))).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    expect(await exists(account.id)).toBe(true)
  })
})
