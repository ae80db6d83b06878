import { afterEach, describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const DAY = 86_400
const DEFAULTS = { lifetimeSeconds: 30 * DAY, idleTimeoutSeconds: 14 * DAY }

const policy = (sessions: Record<string, unknown>): Promise<void> => app.settings({ sessions })

afterEach(() => policy(DEFAULTS))

const whoIs = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

/** A program that has just signed up with a token. */
const program = async () => {
  const { sessionToken, account, session } = await app.signUp(app.program(), { transport: 'TOKEN' })
  return { program: app.program(sessionToken ?? ''), account, session }
}

const refusal = async (who: TestClient) => (await who.gql('{ account { id } }')).errors?.[0]?.extensions

const row = (id: string) => app.app.db.read.session.findUnique({ where: { id } })

const inSeconds = (seconds: number): string => new Date(app.clock.now().getTime() + seconds * 1000).toISOString()

describe('a session’s absolute lifetime', () => {
  it('ends it to the second, over cookie and header, with EXPIRED', async () => {
    await policy({ lifetimeSeconds: 60, idleTimeoutSeconds: null })
    const person = await app.person()
    const token = await program()
    app.clock.advance(59)
    expect((await whoIs(person.browser)).account).toEqual({ id: person.account.id })
    expect(await refusal(token.program)).toBeUndefined()
    app.clock.advance(1)
    expect(await whoIs(person.browser)).toEqual({ account: null, signedOutReason: 'EXPIRED' })
    expect(await refusal(token.program)).toEqual({ code: 'UNAUTHENTICATED', reason: 'EXPIRED' })
    expect([...person.browser.jar.keys()]).toEqual(['gatehouse-device'])
  })

  it('is written down with its event within a minute, though nobody asks, and closes its sockets', async () => {
    await policy({ lifetimeSeconds: 60 })
    const { browser, session } = await app.person()
    const socket = await app.subscribe(browser, 'subscription { sessionEnded { id endReason } }')
    await app.app.tick() // by now the stream has read for the first time, and waits
    app.clock.advance(60)
    await app.app.tick()
    expect((await socket.next())?.data.sessionEnded).toEqual({ id: session.id, endReason: 'EXPIRED' })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'EXPIRED' }])
    expect(await row(session.id)).toMatchObject({ endReason: 'EXPIRED', endedAt: app.clock.now() })
    const events = await (await app.key('EVENTS_READ')).gql(
      '{ events(first: 1, filter: { types: ["session.ended"] }) { nodes { details actor { kind } } } }',
    )
    expect(events.data.events.nodes[0]).toEqual({
      details: { sessionId: session.id, reason: 'EXPIRED' },
      actor: { kind: 'SYSTEM' },
    })
  })

  it('stays as a tombstone for thirty days, then is forgotten', async () => {
    await policy({ lifetimeSeconds: 60 })
    const { browser, session, email } = await app.person()
    const dead = app.browser()
    for (const [name, value] of browser.jar) dead.jar.set(name, value)
    const raw = `gatehouse=${browser.jar.get('gatehouse')}`
    app.clock.advance(60)
    await app.app.tick()
    await policy(DEFAULTS)
    const reason = async () => (await app.browser({ headers: { cookie: raw } }).gql('{ signedOutReason }')).data.signedOutReason
    app.clock.advance(30 * DAY)
    await app.app.tick()
    expect(await reason()).toBe('EXPIRED')
    const tombstones = 'query { account { sessions(filter: { live: false }) { nodes { id endReason device { id } } } } }'
    await app.signIn(browser, email)
    expect((await browser.gql(tombstones)).data.account.sessions.nodes).toEqual([
      { id: session.id, endReason: 'EXPIRED', device: { id: expect.stringMatching(/^dev_/) } },
    ])
    app.clock.advance(1)
    await app.app.tick()
    expect(await reason()).toBeNull()
    expect((await browser.gql(tombstones)).data.account.sessions.nodes).toEqual([])
  })

  it('moves with the policy both ways, counted from creation, and never past its end', async () => {
    const { browser } = await app.person()
    app.clock.advance(100)
    const ends = async () =>
      (await browser.gql('{ account { currentSession { createdAt expiresAt idleExpiresAt } } }')).data.account?.currentSession
    await policy({ lifetimeSeconds: 200, idleTimeoutSeconds: 150 })
    expect(await ends()).toMatchObject({ expiresAt: inSeconds(100), idleExpiresAt: inSeconds(150) })
    await policy({ lifetimeSeconds: 300, idleTimeoutSeconds: null })
    expect(await ends()).toMatchObject({ expiresAt: inSeconds(200), idleExpiresAt: null })
    await policy({ lifetimeSeconds: 100 })
    expect(await whoIs(browser)).toEqual({ account: null, signedOutReason: 'EXPIRED' })
    await policy({ lifetimeSeconds: 1_000 })
    expect((await whoIs(browser)).account).toBeNull()
  })
})

describe('a session’s idle time', () => {
  it('ends it to the second, over cookie and header, with IDLE', async () => {
    await policy({ idleTimeoutSeconds: 60 })
    const person = await app.person()
    const token = await program()
    app.clock.advance(60)
    expect(await whoIs(person.browser)).toEqual({ account: null, signedOutReason: 'IDLE' })
    expect(await refusal(token.program)).toEqual({ code: 'UNAUTHENTICATED', reason: 'IDLE' })
    await app.app.tick()
    expect(await row(token.session.id)).toMatchObject({ endReason: 'IDLE', endedAt: app.clock.now() })
  })

  it('is moved by each use, many at once too, at the shortest timeout there is', async () => {
    await policy({ idleTimeoutSeconds: 60 })
    const { program: who, account, session } = await program()
    for (let step = 1; step <= 8; step++) {
      app.clock.advance(59)
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => who.gql('{ account { id currentSession { idleExpiresAt lastActiveAt } } }')),
      )
      for (const answer of answers)
        expect(answer.data?.account).toEqual({
          id: account.id,
          currentSession: { idleExpiresAt: inSeconds(60), lastActiveAt: inSeconds(0) },
        })
      if (step % 2 === 0) await app.app.tick()
    }
    expect((await row(session.id))?.endedAt).toBeNull()
    app.clock.advance(60)
    expect(await refusal(who)).toEqual({ code: 'UNAUTHENTICATED', reason: 'IDLE' })
  })

  it('is not moved by an open socket alone', async () => {
    await policy({ idleTimeoutSeconds: 60 })
    const { browser, session } = await app.person()
    const socket = await app.subscribe(browser, 'subscription { sessionEnded { id endReason } }')
    app.clock.advance(30)
    await app.app.tick()
    app.clock.advance(30)
    await app.app.tick()
    expect((await socket.next())?.data.sessionEnded).toEqual({ id: session.id, endReason: 'IDLE' })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'IDLE' }])
  })

  it('can be switched off', async () => {
    await policy({ idleTimeoutSeconds: null })
    const { browser, account } = await app.person()
    app.clock.advance(29 * DAY)
    await app.app.tick()
    expect((await browser.gql('{ account { id currentSession { idleExpiresAt } } }')).data.account).toEqual({
      id: account.id,
      currentSession: { idleExpiresAt: null },
    })
  })
})

describe('lastActiveAt', () => {
  it('is exact to the minute on every path, and costs at most one write a minute', async () => {
    const { program: who, session } = await program()
    const opened = app.clock.now()
    const seen = async () =>
      (await who.gql('{ account { lastActiveAt sessions { nodes { lastActiveAt } } currentSession { lastActiveAt } } }')).data
        .account
    app.clock.advance(59)
    expect(await seen()).toMatchObject({
      currentSession: { lastActiveAt: inSeconds(0) },
      sessions: { nodes: [{ lastActiveAt: inSeconds(0) }] },
    })
    await app.app.tick()
    expect((await row(session.id))?.lastActiveAt).toEqual(opened)
    app.clock.advance(1)
    await app.app.tick() // the minute is over: the last use is written, not the moment of writing
    expect((await row(session.id))?.lastActiveAt).toEqual(new Date(opened.getTime() + 59_000))
    app.clock.advance(600)
    await seen()
    await expect.poll(async () => (await row(session.id))?.lastActiveAt).toEqual(app.clock.now())
    expect((await seen()).lastActiveAt).toBe(inSeconds(0))
  })
})

describe('extendSession', () => {
  const EXTEND = `mutation ($input: ExtendSessionInput!) { extendSession(input: $input) {
    ... on ExtendSessionPayload { session { id expiresAt createdAt isCurrent } } } }`

  it('starts the absolute time again and renews the cookie, as long as the policy allows', async () => {
    await policy({ lifetimeSeconds: 1_000 })
    const { browser, session } = await app.person()
    const createdAt = inSeconds(0)
    app.clock.advance(600)
    const cookie = browser.jar.get('gatehouse')
    const response = await browser.post({ query: EXTEND, variables: { input: {} } })
    expect(await response.json()).toEqual({
      data: { extendSession: { session: { id: session.id, expiresAt: inSeconds(1_000), createdAt, isCurrent: true } } },
    })
    expect(response.headers.getSetCookie()).toEqual([`gatehouse=${cookie}; Path=/; Max-Age=1000; HttpOnly; SameSite=Lax`])
    app.clock.advance(999)
    expect((await whoIs(browser)).account).not.toBeNull()
    await policy({ lifetimeSeconds: 2_000 }) // counted from the extension
    expect((await browser.gql('{ account { currentSession { expiresAt } } }')).data.account.currentSession.expiresAt).toBe(
      inSeconds(1_001),
    )
    await policy({ lifetimeSeconds: 999 })
    expect(await whoIs(browser)).toEqual({ account: null, signedOutReason: 'EXPIRED' })
  })

  it('extends another own session without touching the cookie, and no token’s', async () => {
    const { browser, email } = await app.person()
    const { session, sessionToken } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
    app.clock.advance(10)
    const response = await browser.post({ query: EXTEND, variables: { input: { sessionId: session.id } } })
    const { data } = (await response.json()) as { data: { extendSession: unknown } }
    expect(data.extendSession).toMatchObject({ session: { id: session.id, expiresAt: inSeconds(30 * DAY) } })
    expect(response.headers.getSetCookie()).toEqual([])
    const own = await app.program(sessionToken ?? '').post({ query: EXTEND, variables: { input: {} } })
    expect(own.headers.getSetCookie()).toEqual([])
  })

  it('is NOT_FOUND for another’s, an ended, a missing session and what is no id, and UNAUTHENTICATED for guests', async () => {
    const [{ browser, email }, stranger] = [await app.person(), await app.person()]
    const ended = app.browser()
    const { session } = await app.signIn(ended, email)
    await ended.gql('mutation { signOut(input: {}) { __typename } }')
    const bytes = async (sessionId: string) => (await browser.post({ query: EXTEND, variables: { input: { sessionId } } })).text()
    const missing = await bytes(`ses_${'0'.repeat(26)}`)
    expect(JSON.parse(missing).errors[0].extensions.code).toBe('NOT_FOUND')
    for (const id of [stranger.session.id, session.id, 'nonsense', '', '\u0000']) expect(await bytes(id)).toBe(missing)
    const guest = await app.browser().gql(EXTEND, { input: {} })
    expect(guest.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})
