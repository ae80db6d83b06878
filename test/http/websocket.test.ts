import { connect } from 'node:net'
import { createClient } from 'graphql-ws'
import { beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { TRANSPORT_LIMITS } from '../../src/policy/bounds.ts'
import { testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { holdTables } from '../support/hold.ts'
import { REVOKE, SIGN_OUT, WHO } from './documents.ts'
import { askOverSocket, knock, openSocket } from './stream.ts'

const app = await testApp()
const crowded = await testApp({ env: { MAX_SOCKETS_PER_IP: '2' } })

const IDLE = app.app.listening()

/** Who left in the test before is gone, so that listeners can be counted. */
beforeEach(() => expect.poll(() => app.app.listening(), { interval: 5 }).toBe(IDLE))

const ALERTS = 'subscription { sessionAlerts { session { id } } }'
const ENDINGS = 'subscription { sessionEnded { id endReason } }'

const TOO_MANY = { code: 'RATE_LIMITED', retryAfterSeconds: 1 }

const withToken = async (): Promise<{ token: string; account: { id: string } }> => {
  const { sessionToken, account } = await app.signUp(app.program(), { transport: 'TOKEN' })
  return { token: sessionToken ?? '', account }
}

/** Who the server takes a socket for; and how it closed, if it did. */
const whoIs = async (who: TestClient, params?: Record<string, unknown>) => {
  const socket = who.socket(params)
  const operation = socket.subscribe(WHO)
  const answer = await operation.next()
  await socket.client.dispose()
  return { account: answer?.data?.account ?? null, closed: socket.closed }
}

describe('the credential of a socket', () => {
  it('is the cookie of its upgrade', async () => {
    const { browser, account } = await app.person()
    expect(await whoIs(browser)).toEqual({ account: { id: account.id }, closed: [] })
  })

  it('is the header of its upgrade, before the cookie', async () => {
    const { browser } = await app.person()
    const { token, account } = await withToken()
    expect(await whoIs(app.program(token))).toEqual({ account: { id: account.id }, closed: [] })
    const both = app.browser({ bearer: token, headers: { cookie: `gatehouse=${browser.jar.get('gatehouse')}` } })
    expect(await whoIs(both)).toEqual({ account: { id: account.id }, closed: [] })
  })

  it('is connectionParams.authorization, before the cookie', async () => {
    const { browser } = await app.person()
    const { token, account } = await withToken()
    expect(await whoIs(app.program(), { authorization: `Bearer ${token}` })).toEqual({ account: { id: account.id }, closed: [] })
    expect(await whoIs(browser, { authorization: `Bearer ${token}` })).toEqual({ account: { id: account.id }, closed: [] })
  })

  it('is nothing for a guest, who may ask what is public', async () => {
    expect(await whoIs(app.browser(), {})).toEqual({ account: null, closed: [] })
  })

  it('is not the cookie if a browser sent the upgrade without an Origin', async () => {
    const { browser } = await app.person()
    const headers = { cookie: `gatehouse=${browser.jar.get('gatehouse')}`, 'sec-fetch-site': 'cross-site' }
    expect(await whoIs(app.browser({ origin: null, headers }))).toEqual({ account: null, closed: [] })
  })

  it.each(['', 'Bearer', 'Bearer gst_short', `Bearer gst_${'A'.repeat(43)}`, `Bearer gak_${'A'.repeat(43)}`, 'Basic YTpi'])(
    'closes with 4401 if it is bad, even beside a good cookie: "%s"',
    async (authorization) => {
      const { browser } = await app.person()
      const closed = [{ code: 4401, reason: 'UNAUTHENTICATED' }]
      expect(await whoIs(browser, { authorization })).toEqual({ account: null, closed })
    },
  )

  it('closes with 4401 if it is not even text', async () => {
    const { browser } = await app.person()
    for (const authorization of [1, true, ['Bearer x'], { token: 'x' }])
      expect((await whoIs(browser, { authorization })).closed).toEqual([{ code: 4401, reason: 'UNAUTHENTICATED' }])
  })

  it('closes with 4401 and the reason if its session has ended', async () => {
    const { token } = await withToken()
    await app.program(token).gql(SIGN_OUT)
    expect((await whoIs(app.program(token))).closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
    expect((await whoIs(app.program(), { authorization: `Bearer ${token}` })).closed).toEqual([
      { code: 4401, reason: 'SIGNED_OUT' },
    ])
  })

  it('makes a guest of a stale cookie, as over HTTP', async () => {
    const { browser } = await app.person()
    const stale = app.browser({ headers: { cookie: `gatehouse=${browser.jar.get('gatehouse')}` } })
    await browser.gql(SIGN_OUT)
    expect(await askOverSocket(stale, WHO)).toEqual({ data: { account: null, signedOutReason: 'SIGNED_OUT' } })
  })
})

describe('a session that ends', () => {
  it('says so to who listens, then closes its sockets with 4401 and the reason', async () => {
    const { browser, session, email } = await app.person()
    const [endings, alerts] = [await app.subscribe(browser, ENDINGS), await app.subscribe(browser, ALERTS)]
    const other = app.browser()
    await app.signIn(other, email)
    const survivor = await app.subscribe(other, ENDINGS)
    await other.gql(REVOKE, { id: session.id })
    const ended = { data: { sessionEnded: { id: session.id, endReason: 'REVOKED_BY_ACCOUNT' } } }
    expect(await endings.next()).toEqual(ended)
    expect(await endings.next()).toBeNull()
    for (const { closed } of [endings, alerts])
      await expect.poll(() => closed).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
    expect(await survivor.next()).toEqual(ended)
    expect(survivor.closed).toEqual([])
    survivor.stop()
  })

  it('closes its socket when its time is over, too', async () => {
    const { browser } = await app.person()
    const socket = await app.subscribe(browser, ALERTS)
    app.clock.advance(1_209_600)
    await app.app.tick()
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'IDLE' }])
    expect((await socket.next())?.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'IDLE' })
  })

  it('closes its socket with 4401 even if a delivery finds out before the end was written down', async () => {
    const { sessionToken, email } = await app.person({ transport: 'TOKEN' })
    await app.signIn(app.browser(), email)
    const socket = await app.subscribe(app.program(sessionToken ?? ''), ALERTS)
    app.clock.advance(1_209_600)
    // no sweep: a new session, made after that time, wakes the stream
    await app.signIn(app.browser(), email)
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'IDLE' }])
  })

  it('is final for the official client: it does not come back', async () => {
    const { browser } = await app.person()
    const before = app.app.listening()
    let connections = 0
    const closes: number[] = []
    const client = createClient({
      url: `${app.url.replace('http', 'ws')}/graphql`,
      lazy: false,
      retryAttempts: 5,
      retryWait: () => Promise.resolve(),
      onNonLazyError: () => undefined,
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string | string[]) {
          super(address, protocols, { headers: browser.socketHeaders() })
          connections++
        }
      },
      on: { closed: (event) => closes.push((event as { code: number }).code) }, // ours is ws, whose close events have a code
    })
    const over = new Promise((resolve) => {
      client.subscribe({ query: ALERTS }, { next: () => undefined, error: resolve, complete: () => resolve('complete') })
    })
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 2)
    await browser.gql(SIGN_OUT)
    await over
    await expect.poll(() => closes).toEqual([4401])
    expect(connections).toBe(1)
    await client.dispose()
  })

  it('is noticed by a key as well: revoking it closes its socket', async () => {
    const key = await app.key('EVENTS_READ', 'KEYS_READ', 'KEYS_WRITE')
    const { data } = await key.gql('{ apiKeys(first: 1) { nodes { id } } }')
    const watching = await app.subscribe(key, 'subscription { events(filter: { types: ["account.created"] }) { type } }')
    await key.gql('mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }', {
      id: data.apiKeys.nodes[0].id,
    })
    await expect.poll(() => watching.closed).toEqual([{ code: 4401, reason: 'REVOKED' }])
  })
})

describe('the limits of a socket', () => {
  it('are 30 operations at a time: the next one is refused, the others go on', async () => {
    const { browser, email } = await app.person()
    const before = app.app.listening()
    const socket = browser.socket()
    const running = Array.from({ length: TRANSPORT_LIMITS.operationsPerSocket }, () => socket.subscribe(ALERTS))
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1 + running.length)
    const surplus = socket.subscribe(ALERTS)
    expect(await surplus.next()).toBeNull()
    expect(surplus.errors).toEqual([[expect.objectContaining({ extensions: TOO_MANY })]])
    await app.signIn(app.browser(), email)
    for (const operation of running) expect((await operation.next())?.data.sessionAlerts).toBeTruthy()
    running[0]?.stop()
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1 + running.length - 1)
    const welcome = socket.subscribe(WHO)
    expect((await welcome.next())?.data.account).toBeTruthy()
    await socket.client.dispose()
    await expect.poll(() => app.app.listening()).toBe(before)
  })

  it.each(['{ account { devices { id } } }', 'subscription { sessionAlerts { id } }'])(
    'are 30 that run at a time, whether or not the client still waits for them: %s',
    async (query) => {
      const { token } = await withToken()
      const { socket, heard, send, ask } = await openSocket(app.url, { authorization: `Bearer ${token}` })
      const letGo = await holdTables(app, 'devices', 'sessions')
      for (let id = 0; id < TRANSPORT_LIMITS.operationsPerSocket; id++) {
        ask(`${id}`, query)
        send({ id: `${id}`, type: 'complete' })
      }
      ask('surplus', '{ __typename }')
      const refusal = { id: 'surplus', type: 'error', payload: [expect.objectContaining({ extensions: TOO_MANY })] }
      await expect.poll(() => heard.slice(1)).toEqual([refusal])
      await letGo()
      let asked = 0
      await expect
        .poll(() => {
          ask(`welcome ${asked++}`, '{ __typename }')
          return heard.some(({ type }) => type === 'next')
        })
        .toBe(true)
      socket.terminate()
    },
  )

  it('are so many sockets an address; a closed one makes room', async () => {
    const held = await Promise.all([open(crowded.url), open(crowded.url)])
    expect(await knock(crowded.url)).toBe(429)
    held[0]?.close()
    await expect.poll(() => knock(crowded.url)).toBe(101)
    held[1]?.close()
  })

  it('are one operation a message: a batch closes it', async () => {
    const socket = await open(app.url)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await new Promise((resolve) => socket.once('message', resolve))
    socket.send(
      JSON.stringify({ type: 'subscribe', id: '1', payload: [{ query: '{ __typename }' }, { query: '{ __typename }' }] }),
    )
    expect(await closed).toBe(4400)
  })

  it('are the bytes of a message', async () => {
    const socket = await open(app.url)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(JSON.stringify({ type: 'connection_init', payload: { x: 'x'.repeat(TRANSPORT_LIMITS.bodyBytes) } }))
    expect(await closed).toBe(1009)
  })
})

/** A socket of no client: it only is open. */
const open = (url: string): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    socket.on('error', reject)
    socket.once('open', () => resolve(socket))
  })

describe('a socket', () => {
  it('leaves no listener behind, whether it says goodbye or not', async () => {
    const { browser } = await app.person()
    const before = app.app.listening()
    const polite = await app.subscribe(browser, ALERTS)
    const rude = await app.subscribe(browser, ENDINGS)
    expect(app.app.listening()).toBe(before + 4)
    polite.stop()
    rude.client.terminate()
    await expect.poll(() => app.app.listening()).toBe(before)
  })

  it('that is refused takes nothing with it: neither the server, when it breaks, nor a connection, when nobody closes it', async () => {
    const { hostname, port } = new URL(app.url)
    const head = ['GET /elsewhere HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade', 'Upgrade: websocket', '\r\n'].join(
      '\r\n',
    )
    for (let i = 0; i < 20; i++) {
      const broken = connect(Number(port), hostname, () => broken.write(head, () => broken.resetAndDestroy()))
      await new Promise((resolve) => broken.once('close', resolve))
    }
    const open = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => open.write(head))
    open.on('error', () => undefined)
    await new Promise((resolve) => open.resume().once('end', resolve))
    const closed = new Promise((resolve) => open.once('close', resolve))
    const writing = setInterval(() => open.write('is somebody there?'), 5)
    await closed
    clearInterval(writing)
  })

  it('is opened at /graphql only', async () => {
    expect(await knock(app.url, {}, '/')).toBe(404)
    expect(await knock(app.url, {}, '/graphql/x')).toBe(404)
    expect(await knock(app.url, {}, '/graphql?x=1')).toBe(101)
  })

  it('sets no cookie: a sign-in over it must ask for the token', async () => {
    const query = (transport: string) =>
      `mutation { signUp(input: { email: "socket-${transport.toLowerCase()}@example.com", password: "correct horse battery", transport: ${transport} }) { ... on SignInPayload { sessionToken } } }`
    const refused = await askOverSocket(app.browser(), query('COOKIE'))
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const { data } = await askOverSocket(app.browser(), query('TOKEN'))
    expect(data.signUp.sessionToken).toMatch(/^gst_/)
  })

  it('answers a query and a mutation as HTTP does', async () => {
    const { browser, account } = await app.person()
    expect(await askOverSocket(browser, WHO)).toEqual({ data: { account: { id: account.id }, signedOutReason: null } })
    const renamed = await askOverSocket(
      browser,
      'mutation { updateAccount(input: { name: "Ada" }) { ... on UpdateAccountPayload { account { name } } } }',
    )
    expect(renamed).toEqual({ data: { updateAccount: { account: { name: 'Ada' } } } })
  })

  it('refuses what is no document as HTTP does', async () => {
    for (const query of ['{', '{ nothing }', 'subscription { sessionEnded { id } sessionAlerts { id } }']) {
      const [plain, socket] = [await app.browser().gql(query), await askOverSocket(app.browser(), query)]
      expect(socket.errors).toEqual(plain.errors)
    }
  })
})
