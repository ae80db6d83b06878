import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { openStream } from '../../http/stream.ts'
import { PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { removePassword } from '../../support/passwords.ts'

const app = await testApp()

const REAUTHENTICATE = `mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { __typename
  ... on ReauthenticatePayload { session { id authenticatedAt factors isCurrent } sessionToken }
  ... on UserError { code message } ... on InvalidInputError { fields { path } } } }`

const ask = (who: TestClient, input: Record<string, unknown> = { password: PASSWORD }) => who.gql(REAUTHENTICATE, { input })

const reauthenticate = async (who: TestClient, input?: Record<string, unknown>) => (await ask(who, input)).data.reauthenticate

const code = (answer: { errors?: { extensions: { code?: string } }[] } | null) => answer?.errors?.[0]?.extensions.code

const stateOf = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

/** A browser that holds a session's cookie, and nothing that comes after it. */
const holding = (cookie: string | undefined) => app.browser({ headers: { cookie: `gatehouse=${cookie}` } })

const ALERTS = 'subscription { sessionAlerts { session { id } } }'

const eventsOf = async (who: TestClient, ...types: string[]) =>
  (await who.gql('{ account { events(first: 20) { nodes { type outcome details } } } }')).data.account.events.nodes.filter(
    ({ type }: { type: string }) => types.includes(type),
  )

describe('reauthenticate', () => {
  it('makes the proof fresh, gives the same session a new cookie, and opens what asks for fresh proof', async () => {
    const { browser, account, session } = await app.person()
    app.clock.advance(601)
    const remove = () => browser.gql('mutation { deleteAccount(input: {}) { __typename } }')
    expect(code(await remove())).toBe('REAUTHENTICATION_REQUIRED')
    const old = browser.jar.get('gatehouse')
    expect(await reauthenticate(browser)).toEqual({
      __typename: 'ReauthenticatePayload',
      session: { id: session.id, authenticatedAt: app.clock.now().toISOString(), factors: ['PASSWORD'], isCurrent: true },
      sessionToken: null,
    })
    expect(browser.jar.get('gatehouse')).not.toBe(old)
    expect(await stateOf(holding(old))).toEqual({ account: null, signedOutReason: null })
    expect(await stateOf(browser)).toEqual({ account: { id: account.id }, signedOutReason: null })
    expect(await eventsOf(browser, 'session.reauthenticated')).toEqual([
      { type: 'session.reauthenticated', outcome: 'SUCCEEDED', details: { sessionId: session.id, factor: 'PASSWORD' } },
    ])
    expect((await remove()).data.deleteAccount.__typename).toBe('DeleteAccountPayload')
  })

  it('hands an app its new token, and the old one is refused by the very next request', async () => {
    const { account, sessionToken } = await app.person({ transport: 'TOKEN' })
    let token = sessionToken ?? ''
    for (let i = 0; i < 2; i++) {
      await app.program(token).gql('{ account { id } }') // leaves a copy of the session behind
      const { sessionToken: next } = await reauthenticate(app.program(token))
      expect(next).toMatch(/^gst_[\w-]{43}$/)
      expect((await app.program(token).gql('{ account { id } }')).errors?.[0]?.extensions).toEqual({
        code: 'UNAUTHENTICATED',
        reason: null,
      })
      expect((await stateOf(app.program(next))).account).toEqual({ id: account.id })
      token = next
    }
  })

  it('gives a session that a server opened its first proof, and notes what was proven', async () => {
    const { session, sessionToken } = await app.person({ transport: 'TOKEN' })
    const asServer = { method: 'SERVER', factors: [], authenticatedAt: null } as const
    await app.app.db.read.session.update({ where: { id: session.id }, data: { ...asServer, factors: [] } })
    const program = app.program(sessionToken ?? '')
    const proof = async (who: TestClient) =>
      (await who.gql('{ account { currentSession { authenticatedAt factors } } }')).data.account.currentSession
    expect(await proof(program)).toEqual({ authenticatedAt: null, factors: [] })
    expect(code(await program.gql('mutation { deleteAccount(input: {}) { __typename } }'))).toBe('REAUTHENTICATION_REQUIRED')
    const { sessionToken: next } = await reauthenticate(program)
    expect(await proof(app.program(next))).toEqual({ authenticatedAt: app.clock.now().toISOString(), factors: ['PASSWORD'] })
  })

  it('takes no wrong proof, and changes nothing by one', async () => {
    const { browser, session } = await app.person()
    app.clock.advance(601)
    const cookie = browser.jar.get('gatehouse')
    expect(await reauthenticate(browser, { password: 'wrong' })).toEqual({
      __typename: 'InvalidCredentialsError',
      code: 'INVALID_CREDENTIALS',
      message: 'The password is wrong.',
    })
    for (const input of [{}, { password: null }])
      expect(await reauthenticate(browser, input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'input' }] })
    expect(browser.jar.get('gatehouse')).toBe(cookie)
    expect(code(await browser.gql('mutation { deleteAccount(input: {}) { __typename } }'))).toBe('REAUTHENTICATION_REQUIRED')
    expect(await eventsOf(browser, 'proof.failed', 'session.reauthenticated')).toEqual([
      {
        type: 'proof.failed',
        outcome: 'FAILED',
        details: { sessionId: session.id, purpose: 'REAUTHENTICATE', factor: 'PASSWORD', code: 'INVALID_CREDENTIALS' },
      },
    ])
  })

  it('takes no password that is none, has to be recovered, or is switched off', async () => {
    const { browser, account } = await app.person()
    const operator = await app.key('ACCOUNTS_WRITE')
    const demandReset = (requirePasswordReset: boolean) =>
      operator.gql('mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }', {
        input: { accountId: account.id, requirePasswordReset },
      })
    await demandReset(true)
    expect((await reauthenticate(browser, { password: 'wrong' })).code).toBe('INVALID_CREDENTIALS')
    expect((await reauthenticate(browser)).code).toBe('PASSWORD_RESET_REQUIRED')
    await demandReset(false)
    await app.settings({ signIn: { methods: ['OAUTH'] } })
    expect(code(await ask(browser))).toBe('METHOD_DISABLED')
    await app.settings({ signIn: { methods: ['PASSWORD'] } })
    expect((await reauthenticate(browser)).__typename).toBe('ReauthenticatePayload')
    await removePassword(app, account.id)
    expect(await reauthenticate(browser)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'input.password' }] })
  })

  it('is for persons', async () => {
    expect(code(await ask(app.browser()))).toBe('UNAUTHENTICATED')
    expect(code(await ask(await app.key('ACCOUNTS_WRITE')))).toBe('FORBIDDEN')
  })

  it('rotates once for two who ask at once, so that no browser is left with the cookie that is dead', async () => {
    const { browser, account } = await app.person()
    const old = browser.jar.get('gatehouse')
    const both = await Promise.all([ask(browser), ask(browser)])
    expect(both.map((answer) => answer.data?.reauthenticate?.__typename ?? code(answer)).toSorted()).toEqual([
      'ReauthenticatePayload',
      'UNAUTHENTICATED',
    ])
    expect(browser.jar.get('gatehouse')).not.toBe(old)
    expect((await stateOf(browser)).account).toEqual({ id: account.id })
  })

  it('leaves the new cookie alone when a request comes late with the old one, and clears what is over', async () => {
    const { browser, session } = await app.person()
    const late = holding(browser.jar.get('gatehouse'))
    await reauthenticate(browser)
    const cookiesFor = async (who: TestClient) =>
      (await who.post({ query: '{ account { id } signedOutReason }' })).headers.getSetCookie()
    expect(await cookiesFor(late)).toEqual([])
    expect(await cookiesFor(holding(`gst_${'A'.repeat(43)}`))).toEqual([expect.stringMatching(/^gatehouse=;.*Max-Age=0/)])
    await (await app.key('SESSIONS_WRITE')).gql(
      'mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }',
      {
        id: session.id,
      },
    )
    expect(await stateOf(late)).toEqual({ account: null, signedOutReason: 'REVOKED_BY_OPERATOR' })
    expect(await cookiesFor(late)).toEqual([expect.stringMatching(/^gatehouse=;.*Max-Age=0/)])
  })
})

describe('what listens in a session that gets a new token', () => {
  it('goes on listening, over sockets and event streams', async () => {
    const { browser, email } = await app.person()
    const socket = await app.subscribe(browser, ALERTS)
    const before = app.app.listening()
    const stream = await openStream(browser, ALERTS)
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1)
    await reauthenticate(browser)
    const { session } = await app.signIn(app.browser(), email)
    const alert = { data: { sessionAlerts: { session: { id: session.id } } } }
    expect(await socket.next()).toEqual(alert)
    expect(await stream.next()).toEqual({ event: 'next', data: alert })
    stream.drop()
    socket.stop()
    await socket.client.dispose()
    expect(socket.closed.filter(({ code: closed }) => closed !== 1000)).toEqual([])
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(0) // both have left
  })

  it('ends with its session as before', async () => {
    const { browser, session } = await app.person()
    const socket = await app.subscribe(browser, ALERTS)
    await reauthenticate(browser)
    await browser.gql('mutation { signOut(input: {}) { __typename } }')
    expect((await socket.next())?.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'SIGNED_OUT' })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
    expect(session.id).toMatch(/^ses_/)
  })

  it.each(['cookie', 'token'])('does nothing new by the old %s: the socket closes, for the client to come back', async (by) => {
    const { browser, sessionToken, account } = await app.person({ transport: by === 'cookie' ? 'COOKIE' : 'TOKEN' })
    const who = by === 'cookie' ? browser : app.program(sessionToken ?? '')
    const socket = who.socket()
    const first = socket.subscribe('{ account { id } }')
    expect((await first.next())?.data.account).toEqual({ id: account.id })
    const waiting = socket.subscribe(ALERTS)
    await expect.poll(() => app.app.listening()).toBeGreaterThan(1)
    await reauthenticate(who)
    const second = socket.subscribe('{ account { id } }')
    expect(await second.next()).toBeNull()
    expect(await waiting.next()).toBeNull()
    expect(socket.closed).toEqual([{ code: 1013, reason: 'TOKEN_REPLACED' }])
  })

  it('comes back by itself with the new cookie, in the official client, and with the old one is nobody', async () => {
    const { browser, account } = await app.person()
    const thief = holding(browser.jar.get('gatehouse'))
    const open = (who: TestClient) =>
      createClient({
        url: `${app.url.replace('http', 'ws')}/graphql`,
        retryWait: () => Promise.resolve(),
        webSocketImpl: class extends WebSocket {
          constructor(address: string, protocols: string | string[]) {
            super(address, protocols, { headers: who.socketHeaders() })
          }
        },
      })
    const seen = async (client: ReturnType<typeof open>) => {
      for await (const { data } of client.iterate<{ account: { id: string } | null }>({ query: '{ account { id } }' }))
        return data?.account
      return undefined
    }
    const clients = [open(browser), open(thief)] as const
    // a stream that goes on keeps each socket open
    const streams = clients.map((client) => client.iterate({ query: ALERTS })[Symbol.asyncIterator]().next())
    for (const client of clients) expect(await seen(client)).toEqual({ id: account.id })
    await reauthenticate(browser)
    expect(await seen(clients[0])).toEqual({ id: account.id })
    expect(await seen(clients[1])).toBeNull()
    for (const client of clients) await client.dispose()
    await Promise.allSettled(streams)
  })
})
