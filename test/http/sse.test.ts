import { beforeEach, describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { REVOKE, SIGN_OUT } from './documents.ts'
import { dial, knock, openStream, type StreamEvent } from './stream.ts'

const app = await testApp()

const IDLE = app.app.listening()

/** Who left in the test before is gone, so that listeners can be counted. */
beforeEach(() => expect.poll(() => app.app.listening(), { interval: 5 }).toBe(IDLE))

const ALERTS = 'subscription { sessionAlerts { session { id } } }'
const ENDINGS = 'subscription { sessionEnded { id endReason } }'

/** Nearly a megabyte an alert. */
const LARGE = { filler: 'x'.repeat(60_000) }
const LARGE_ALERTS = `subscription { sessionAlerts { session { account { name ${'abcdefghijklmno'.replace(/./g, '$&: preferences ')} } } } }`

const COMPLETE: StreamEvent = { event: 'complete', data: null }

/** Opens a stream and waits until the server listens. */
const listen = async (who: Parameters<typeof openStream>[0], query: string) => {
  const before = app.app.listening()
  const stream = await openStream(who, query)
  await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1)
  return { ...stream, before }
}

describe('a subscription over server-sent events', () => {
  it('delivers what happens', async () => {
    const { browser, email } = await app.person()
    const stream = await listen(browser, ALERTS)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    for (const device of [app.browser(), app.browser()]) {
      const { session } = await app.signIn(device, email)
      expect(await stream.next()).toEqual({ event: 'next', data: { data: { sessionAlerts: { session: { id: session.id } } } } })
    }
    stream.drop()
  })

  it('says that its own session ended and why, completes, and ends the HTTP stream', async () => {
    const { browser, session, email } = await app.person()
    const stream = await listen(browser, ENDINGS)
    const other = app.browser()
    await app.signIn(other, email)
    await other.gql(REVOKE, { id: session.id })
    const ended = { id: session.id, endReason: 'REVOKED_BY_ACCOUNT' }
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { sessionEnded: ended } } })
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
    await expect.poll(() => app.app.listening()).toBe(stream.before)
  })

  it('ends other operations of the session with UNAUTHENTICATED and the reason', async () => {
    const { browser } = await app.person()
    const stream = await listen(browser, ALERTS)
    await browser.gql(SIGN_OUT)
    expect(await stream.next()).toMatchObject({
      event: 'next',
      data: { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'SIGNED_OUT' } }] },
    })
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
    await expect.poll(() => app.app.listening()).toBe(stream.before)
  })

  it('ends when the session reaches the end of its time', async () => {
    const { browser } = await app.person()
    const stream = await listen(browser, ALERTS)
    app.clock.advance(1_209_600)
    await app.app.tick()
    expect((await stream.next())?.data?.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'IDLE' })
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
  })

  it('ends for a key when it is revoked', async () => {
    const key = await app.key('EVENTS_READ', 'KEYS_READ', 'KEYS_WRITE')
    const { data } = await key.gql('{ apiKeys(first: 1) { nodes { id } } }')
    const stream = await listen(key, 'subscription { events(filter: { types: ["session.ended"] }) { type } }')
    await key.gql('mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }', {
      id: data.apiKeys.nodes[0].id,
    })
    expect((await stream.next())?.data?.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
  })

  it('leaves no listener behind when the client just goes away', async () => {
    const { browser } = await app.person()
    const before = app.app.listening()
    const streams = []
    for (const query of [ALERTS, ENDINGS, ALERTS]) streams.push(await listen(browser, query))
    expect(app.app.listening()).toBe(before + 3)
    for (const stream of streams) stream.drop()
    await expect.poll(() => app.app.listening()).toBe(before)
  })

  it('is refused to a guest, as an event', async () => {
    const stream = await openStream(app.browser(), ALERTS)
    expect((await stream.next())?.data?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
  })

  it('ends with its session although nobody reads, and what was to be read is as it was before', async () => {
    const { browser, session, email } = await app.person({ name: 'Before' })
    await browser.gql('mutation ($p: JSONObject) { updateAccount(input: { preferences: $p }) { __typename } }', { p: LARGE })
    await app.settings({ sessions: { limit: 100 } })
    const other = app.browser()
    await app.signIn(other, email)
    const before = app.app.listening()
    const reader = dial(app.url, browser, LARGE_ALERTS)
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1)
    reader.socket.pause()
    for (let i = 0; i < 6; i++) await app.signIn(app.browser(), email)
    await other.gql(REVOKE, { id: session.id })
    await expect.poll(() => app.app.listening()).toBe(before)
    await other.gql('mutation { updateAccount(input: { name: "After" }) { __typename } }')
    const over = new Promise((resolve) => reader.socket.once('close', resolve))
    reader.socket.resume()
    await over
    expect([reader.text().includes('Before'), reader.text().includes('After')]).toEqual([true, false])
  })

  it('is not begun for who asks for JSON', async () => {
    const { browser } = await app.person()
    const before = app.app.listening()
    const response = await browser.post({ query: ALERTS })
    expect(response.status).toBe(406)
    await expect.poll(() => app.app.listening()).toBe(before)
  })

  it('carries queries as well', async () => {
    const { browser, account } = await app.person()
    const stream = await openStream(browser, '{ account { id } }')
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { account: { id: account.id } } } })
    expect(await stream.next()).toEqual(COMPLETE)
    expect(await stream.next()).toBeNull()
  })
})

describe('who does not read', () => {
  it('is cut off when more than a megabyte waits for him, and makes room', async () => {
    const crowded = await testApp({ env: { MAX_SOCKETS_PER_IP: '1' } })
    await crowded.settings({ sessions: { limit: 100 } })
    const { browser, email } = await crowded.person()
    await browser.gql('mutation ($p: JSONObject) { updateAccount(input: { preferences: $p }) { __typename } }', { p: LARGE })
    const reader = dial(crowded.url, browser, LARGE_ALERTS)
    await expect.poll(() => crowded.app.listening(), { interval: 5 }).toBe(1)
    reader.socket.pause()
    expect(await knock(crowded.url)).toBe(429)
    for (let i = 0; i < 40 && crowded.app.listening() > 0; i++) await crowded.signIn(crowded.browser(), email)
    await expect.poll(() => knock(crowded.url)).toBe(101)
    expect(crowded.app.listening()).toBe(0)
    reader.socket.destroy()
  })
})

describe('the places of an address', () => {
  it('are held by event streams as by sockets: one too many is told to come back, and a closed one makes room', async () => {
    const crowded = await testApp({ env: { MAX_SOCKETS_PER_IP: '2' } })
    const { browser } = await crowded.person()
    const before = crowded.app.listening()
    const held = [await openStream(browser, ALERTS), await openStream(browser, ENDINGS)]
    await expect.poll(() => crowded.app.listening(), { interval: 5 }).toBe(before + 2)
    const { response } = await openStream(browser, ALERTS)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 } }] })
    expect(await knock(crowded.url)).toBe(429)
    expect((await browser.gql('{ account { id } }')).data.account).not.toBeNull()
    held[0]?.drop()
    await expect.poll(() => knock(crowded.url)).toBe(101)
    held[1]?.drop()
  })
})
