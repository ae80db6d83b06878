import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const MISSING = `ses_${'0'.repeat(26)}`

const REVOKE = `mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) {
  ... on RevokeSessionPayload { session { id endedAt endReason isCurrent } } } }`

const revoke = (who: TestClient, id: string) => who.gql(REVOKE, { id })

const WHO = '{ account { id } signedOutReason }'

const stateOf = async (who: TestClient) => (await who.gql(WHO)).data

/** Somebody signed in here, and in so many other browsers. */
const withOthers = async (count: number) => {
  const person = await app.person()
  const others = []
  for (let i = 0; i < count; i++) {
    const browser = app.browser()
    others.push({ browser, id: (await app.signIn(browser, person.email)).session.id })
  }
  const [other = { browser: person.browser, id: person.session.id }] = others
  return { ...person, others, other }
}

describe('revokeSession', () => {
  it('ends another session of the owner, and its sockets, at once', async () => {
    const { browser, other, account } = await withOthers(1)
    const socket = await app.subscribe(other.browser, 'subscription { sessionAlerts { id } }')
    const endedAt = app.clock.now().toISOString()
    expect(await revoke(browser, other.id)).toEqual({
      data: { revokeSession: { session: { id: other.id, endedAt, endReason: 'REVOKED_BY_ACCOUNT', isCurrent: false } } },
    })
    expect(await socket.next()).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'REVOKED_BY_ACCOUNT' } }],
    })
    expect(await socket.next()).toBeNull()
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
    expect(await stateOf(other.browser)).toEqual({ account: null, signedOutReason: 'REVOKED_BY_ACCOUNT' })
    expect(await stateOf(browser)).toEqual({ account: { id: account.id }, signedOutReason: null })
  })

  it('answers for an ended one as if it had just ended, and changes nothing', async () => {
    const { browser, other } = await withOthers(1)
    await other.browser.gql('mutation { signOut(input: {}) { __typename } }')
    const endedAt = app.clock.now().toISOString()
    app.clock.advance(5)
    const again = { data: { revokeSession: { session: { id: other.id, endedAt, endReason: 'SIGNED_OUT', isCurrent: false } } } }
    expect(await revoke(browser, other.id)).toEqual(again)
    expect(await revoke(browser, other.id)).toEqual(again)
  })

  it('ends the current one too, and clears its cookie', async () => {
    const { browser, session } = await app.person()
    const response = await browser.post({ query: REVOKE, variables: { id: session.id } })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^gatehouse=; .*Max-Age=0/)])
    const { data } = (await response.json()) as { data: { revokeSession: unknown } }
    expect(data.revokeSession).toMatchObject({ session: { endReason: 'REVOKED_BY_ACCOUNT', isCurrent: true } })
    expect([...browser.jar.keys()]).toEqual(['gatehouse-device'])
  })

  it('says the same, byte for byte, for another’s session, a missing one and what is no id', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    const bytes = async (id: string) => (await person.browser.post({ query: REVOKE, variables: { id } })).text()
    const missing = await bytes(MISSING)
    expect(JSON.parse(missing)).toMatchObject({ data: { revokeSession: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
    for (const id of [stranger.session.id, 'nonsense', '', 'x'.repeat(1_000), '\u0000', person.account.id])
      expect(await bytes(id)).toBe(missing)
    expect((await stateOf(stranger.browser)).account).not.toBeNull()
  })

  it('is UNAUTHENTICATED for a guest, whatever the id', async () => {
    const { session } = await app.person()
    const bytes = async (id: string) => (await app.browser().post({ query: REVOKE, variables: { id } })).text()
    const refusal = await bytes(MISSING)
    expect(JSON.parse(refusal).errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    expect(await bytes(session.id)).toBe(refusal)
  })
})

describe('revokeOtherSessions', () => {
  const REVOKE_OTHERS = `mutation ($input: RevokeOtherSessionsInput!) { revokeOtherSessions(input: $input) {
    ... on RevokeOtherSessionsPayload { sessions { id endReason } } } }`

  it('ends every session of the owner but the current one', async () => {
    const { browser, others, account } = await withOthers(3)
    const stranger = await app.person()
    const answer = await browser.gql(REVOKE_OTHERS, { input: {} })
    expect(answer.data.revokeOtherSessions.sessions).toHaveLength(3)
    for (const { id, browser: other } of others) {
      expect(answer.data.revokeOtherSessions.sessions).toContainEqual({ id, endReason: 'REVOKED_BY_ACCOUNT' })
      expect(await stateOf(other)).toEqual({ account: null, signedOutReason: 'REVOKED_BY_ACCOUNT' })
    }
    expect((await stateOf(browser)).account).toEqual({ id: account.id })
    expect((await stateOf(stranger.browser)).account).not.toBeNull()
    expect((await browser.gql(REVOKE_OTHERS, { input: {} })).data.revokeOtherSessions.sessions).toEqual([])
  })

  it('is NOT_FOUND for another account, and allowed for the own one by name', async () => {
    const [{ browser, other, account }, stranger] = [await withOthers(1), await app.person()]
    const bytes = async (accountId: string) =>
      (await browser.post({ query: REVOKE_OTHERS, variables: { input: { accountId } } })).text()
    const missing = await bytes(`acc_${'0'.repeat(26)}`)
    expect(JSON.parse(missing).errors[0].extensions.code).toBe('NOT_FOUND')
    for (const id of [stranger.account.id, 'nonsense', '\u0000']) expect(await bytes(id)).toBe(missing)
    expect((await stateOf(stranger.browser)).account).not.toBeNull()
    const own = await browser.gql(REVOKE_OTHERS, { input: { accountId: account.id } })
    expect(own.data.revokeOtherSessions.sessions).toEqual([{ id: other.id, endReason: 'REVOKED_BY_ACCOUNT' }])
  })
})

describe('signOut', () => {
  it('ends this session alone and clears its cookie, not the device’s', async () => {
    const { browser, other, session, account } = await withOthers(1)
    const answer = await browser.gql(
      'mutation { signOut(input: {}) { ... on SignOutPayload { session { id endReason isCurrent } } } }',
    )
    expect(answer).toEqual({ data: { signOut: { session: { id: session.id, endReason: 'SIGNED_OUT', isCurrent: true } } } })
    expect([...browser.jar.keys()]).toEqual(['gatehouse-device'])
    expect((await stateOf(other.browser)).account).toEqual({ id: account.id })
  })

  it('ends all sessions of the account everywhere, and their sockets', async () => {
    const { browser, other, session } = await withOthers(2)
    const socket = await app.subscribe(other.browser, 'subscription { sessionEnded { id endReason isCurrent } }')
    const answer = await browser.gql(
      'mutation { signOut(input: { everywhere: true }) { ... on SignOutPayload { session { id endReason } } } }',
    )
    expect(answer.data.signOut.session).toEqual({ id: session.id, endReason: 'SIGNED_OUT' })
    const said = []
    for (let next = await socket.next(); next !== null; next = await socket.next()) said.push(next.data.sessionEnded)
    expect(said.at(-1)).toEqual({ id: other.id, endReason: 'SIGNED_OUT', isCurrent: true })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
    expect(await stateOf(other.browser)).toEqual({ account: null, signedOutReason: 'SIGNED_OUT' })
  })

  it('is UNAUTHENTICATED for a guest, with the reason of the session that ended', async () => {
    const guest = await app.browser().gql('mutation { signOut(input: {}) { __typename } }')
    expect(guest.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    const { browser, other } = await withOthers(1)
    await revoke(browser, other.id)
    const late = await other.browser.gql('mutation { signOut(input: { everywhere: true }) { __typename } }')
    expect(late.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'REVOKED_BY_ACCOUNT' })
    expect((await stateOf(browser)).account).not.toBeNull()
  })
})

describe('sessionEnded', () => {
  it('tells of every session of the account as it ends and of nobody else’s, and stays open', async () => {
    const { browser, other, others, session } = await withOthers(3)
    const [, second, third] = others
    const stranger = await app.person()
    const ended = await app.subscribe(browser, 'subscription { sessionEnded { id endReason endedAt isCurrent } }')
    const endedAt = app.clock.now().toISOString()
    await stranger.browser.gql('mutation { signOut(input: {}) { __typename } }')
    await other.browser.gql('mutation { signOut(input: {}) { __typename } }')
    expect((await ended.next())?.data.sessionEnded).toEqual({ id: other.id, endReason: 'SIGNED_OUT', endedAt, isCurrent: false })
    await browser.gql('mutation { revokeOtherSessions(input: {}) { __typename } }')
    const both = [(await ended.next())?.data.sessionEnded.id, (await ended.next())?.data.sessionEnded.id]
    expect(both.toSorted()).toEqual([second?.id, third?.id].toSorted())
    expect(ended.pending()).toEqual([])
    await browser.gql('mutation { signOut(input: {}) { __typename } }')
    expect((await ended.next())?.data.sessionEnded).toMatchObject({ id: session.id, endReason: 'SIGNED_OUT', isCurrent: true })
    expect(await ended.next()).toBeNull()
    await expect.poll(() => ended.closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
  })

  it('is UNAUTHENTICATED for a guest and FORBIDDEN for an API key', async () => {
    for (const [who, code] of [
      [app.browser(), 'UNAUTHENTICATED'],
      [await app.key('SESSIONS_READ', 'SESSIONS_WRITE'), 'FORBIDDEN'],
    ] as const) {
      const refused = who.socket().subscribe('subscription { sessionEnded { id } }')
      expect(await refused.next()).toMatchObject({ errors: [{ extensions: { code } }] })
      expect(await refused.next()).toBeNull()
    }
  })
})

describe('node(id) of a session', () => {
  it('shows it to its owner, live or ended, and to a key with the scope; to nobody else', async () => {
    const { browser, other, account } = await withOthers(1)
    const stranger = await app.person()
    const NODE = 'query ($id: ID!) { node(id: $id) { __typename id ... on Session { account { id } endReason } } }'
    const node = async (who: TestClient, id = other.id) => (await who.gql(NODE, { id })).data.node
    const found = { __typename: 'Session', id: other.id, account: { id: account.id }, endReason: null }
    expect(await node(browser)).toEqual(found)
    expect(await node(await app.key('SESSIONS_READ'))).toEqual({ ...found, account: null })
    expect(await node(await app.key('SESSIONS_READ', 'ACCOUNTS_READ'))).toEqual(found)
    for (const who of [stranger.browser, app.browser(), await app.key('ACCOUNTS_READ')]) expect(await node(who)).toBeNull()
    await revoke(browser, other.id)
    expect(await node(browser)).toEqual({ ...found, endReason: 'REVOKED_BY_ACCOUNT' })
    for (const id of [MISSING, 'nonsense', '', '\u0000', 'ses_', `xyz_${'0'.repeat(26)}`])
      expect(await node(browser, id)).toBeNull()
  })
})

describe('a session that has ended', () => {
  it('does nothing more, not even in a later field of the same document', async () => {
    const person = await app.person()
    const answer = await person.browser.gql(`mutation {
      signOut(input: {}) { __typename }
      updateAccount(input: { name: "ghost" }) { __typename }
      deleteAccount(input: { immediately: true }) { __typename }
    }`)
    expect(answer.data).toEqual({ signOut: { __typename: 'SignOutPayload' }, updateAccount: null, deleteAccount: null })
    expect(answer.errors?.map((error) => [error.extensions.code, error.extensions.reason])).toEqual([
      ['UNAUTHENTICATED', 'SIGNED_OUT'],
      ['UNAUTHENTICATED', 'SIGNED_OUT'],
    ])
    expect((await app.app.db.read.account.findUnique({ where: { id: person.account.id } }))?.name).toBeNull()
  })
})
