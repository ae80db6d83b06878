import { afterEach, describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const limit = (sessions: Record<string, unknown>): Promise<void> => app.settings({ sessions })

afterEach(() => limit({ limit: 10, whenLimitReached: 'END_OLDEST' }))

/** The live sessions of whoever asks, newest first. */
const liveIds = async (who: TestClient): Promise<string[]> =>
  (await who.gql('{ account { sessions(first: 100) { nodes { id } } } }')).data.account.sessions.nodes.map(
    (session: { id: string }) => session.id,
  )

const reasonOf = async (who: TestClient): Promise<string | null> => (await who.gql('{ signedOutReason }')).data.signedOutReason

/** Somebody with so many live sessions, each in a browser of its own, a second apart; the first one signed up. */
const withSessions = async (count: number, secondsApart = 1) => {
  const { browser, email, session } = await app.person()
  const all = [{ browser, id: session.id }]
  while (all.length < count) {
    app.clock.advance(secondsApart)
    const another = app.browser()
    all.push({ browser: another, id: (await app.signIn(another, email)).session.id })
  }
  app.clock.advance(secondsApart)
  const [first = all[0], second = first] = all
  if (first === undefined || second === undefined) throw new Error('nobody signed in')
  return { email, all, ids: all.map(({ id }) => id), first, second }
}

const FINISH = `mutation ($input: FinishSignInInput!) { finishSignIn(input: $input) {
  __typename
  ... on SignInPayload { account { sessions { totalCount nodes { id } } } session { id isCurrent method factors authenticatedAt } sessionToken }
  ... on UserError { code }
  ... on InvalidInputError { fields { path } } } }`

const finish = async (input: Record<string, unknown>, who: TestClient = app.browser()) => {
  const answer = await who.gql(FINISH, { input })
  return answer.data.finishSignIn ?? answer.errors
}

/** Somebody at a limit of two who was refused a third session. */
const refused = async () => {
  const person = await withSessions(2)
  await limit({ limit: 2, whenLimitReached: 'REFUSE' })
  const browser = app.browser()
  const refusal = await app.trySignIn(browser, { email: person.email })
  return { ...person, browser, refusal, ticket: refusal.ticket as string }
}

describe('the session limit', () => {
  it('ends the oldest session with END_OLDEST, closes its sockets and tells the others why', async () => {
    const { email, first, second, ids } = await withSessions(3)
    await limit({ limit: 3, whenLimitReached: 'END_OLDEST' })
    await first.browser.gql('{ account { id } }') // used last, and the oldest all the same
    const here = await app.subscribe(first.browser, 'subscription { sessionEnded { id endReason isCurrent } }')
    const there = await app.subscribe(second.browser, 'subscription { sessionEnded { id endReason isCurrent } }')
    const newcomer = app.browser()
    const { session } = await app.signIn(newcomer, email)
    const ended = { id: first.id, endReason: 'LIMIT_REACHED' }
    expect(await here.next()).toEqual({ data: { sessionEnded: { ...ended, isCurrent: true } } })
    expect(await there.next()).toEqual({ data: { sessionEnded: { ...ended, isCurrent: false } } })
    expect(await here.next()).toBeNull()
    await expect.poll(() => here.closed).toEqual([{ code: 4401, reason: 'LIMIT_REACHED' }])
    expect(there.closed).toEqual([])
    expect(await reasonOf(first.browser)).toBe('LIMIT_REACHED')
    expect(await liveIds(newcomer)).toEqual([session.id, ids[2], ids[1]])
    there.stop()
  })

  it('ends the session that was not used for longest with END_LEAST_RECENTLY_USED', async () => {
    const { email, first, second, ids } = await withSessions(3, 60)
    await limit({ limit: 3, whenLimitReached: 'END_LEAST_RECENTLY_USED' })
    await first.browser.gql('{ account { id } }')
    await expect
      .poll(async () => (await app.app.db.read.session.findUnique({ where: { id: first.id } }))?.lastActiveAt)
      .toEqual(app.clock.now())
    const newcomer = app.browser()
    const { session } = await app.signIn(newcomer, email)
    expect(await reasonOf(second.browser)).toBe('LIMIT_REACHED')
    expect(await liveIds(newcomer)).toEqual([session.id, ids[2], ids[0]])
  })

  it.each(['END_OLDEST', 'END_LEAST_RECENTLY_USED'])(
    'breaks a tie by id with %s, and never ends the new session',
    async (action) => {
      const { email, ids } = await withSessions(4, 0)
      await limit({ limit: 4, whenLimitReached: action })
      const [lowest, ...kept] = ids.toSorted()
      const newcomer = app.browser()
      const { session } = await app.signIn(newcomer, email)
      const live = await liveIds(newcomer)
      expect(live).not.toContain(lowest)
      expect(live.toSorted()).toEqual([...kept, session.id].toSorted())
      await limit({ limit: 1 })
      const last = app.browser()
      expect(await liveIds(last).catch(() => [])).toEqual([])
      const { session: only } = await app.signIn(last, email)
      expect(await liveIds(last)).toEqual([only.id])
    },
  )

  it('leaves room for the session that the same browser replaces, whatever the settings say', async () => {
    const { email, first, second } = await withSessions(2)
    for (const action of ['END_OLDEST', 'END_LEAST_RECENTLY_USED', 'REFUSE']) {
      await limit({ limit: 2, whenLimitReached: action })
      const { session } = await app.signIn(second.browser, email)
      expect((await liveIds(second.browser)).toSorted()).toEqual([first.id, session.id].toSorted())
    }
  })

  it('counts live sessions only', async () => {
    const { email, first, second } = await withSessions(2)
    await limit({ limit: 2, whenLimitReached: 'REFUSE' })
    await first.browser.gql('mutation { signOut(input: {}) { __typename } }')
    const { session } = await app.signIn(app.browser(), email)
    expect(await liveIds(second.browser)).toEqual([session.id, second.id])
  })

  it('ends the surplus at once when it is lowered, and nobody else’s sessions', async () => {
    const [person, other] = [await withSessions(4), await withSessions(2)]
    const socket = await app.subscribe(person.first.browser, 'subscription { sessionAlerts { id } }')
    const operator = await app.key('SETTINGS_WRITE')
    const answer = await operator.gql(
      `mutation { updateSecuritySettings(input: { sessions: { limit: 2 } }) { ... on UpdateSecuritySettingsPayload { endedSessions } } }`,
    )
    expect(answer.data.updateSecuritySettings.endedSessions).toBeGreaterThanOrEqual(2)
    expect(await socket.next()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'LIMIT_REACHED' } }] })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'LIMIT_REACHED' }])
    expect(await reasonOf(person.second.browser)).toBe('LIMIT_REACHED')
    expect(await liveIds(person.all[3]?.browser ?? app.browser())).toEqual([person.ids[3], person.ids[2]])
    expect(await liveIds(other.first.browser)).toEqual(other.ids.toReversed())
  })

  it('holds when ten sign in at the same moment', async () => {
    const { email, first } = await withSessions(1)
    await limit({ limit: 3 })
    const results = await Promise.all(
      Array.from({ length: 10 }, () => app.trySignIn(app.program(), { email, transport: 'TOKEN' })),
    )
    expect(results.map((result) => result.__typename)).toEqual(Array(10).fill('SignInPayload'))
    expect(await reasonOf(first.browser)).toBe('LIMIT_REACHED')
    const tokens: string[] = results.map((result) => result.sessionToken)
    const alive = await Promise.all(
      tokens.map(async (token) => (await app.program(token).gql('{ account { id } }')).data?.account),
    )
    expect(alive.filter((account) => account != null)).toHaveLength(3)
  })
})

describe('SessionLimitReachedError', () => {
  it('refuses with the live sessions and a ticket, and is no failed attempt of the person', async () => {
    const { refusal, ids, first, email } = await refused()
    expect(refusal).toEqual({
      __typename: 'SessionLimitReachedError',
      code: 'SESSION_LIMIT_REACHED',
      message: expect.any(String),
      limit: 2,
      ticket: expect.stringMatching(/^[\w-]{43}$/),
      sessions: ids.toReversed().map((id) => ({ id })),
    })
    expect(await liveIds(first.browser)).toEqual(ids.toReversed())
    expect((await app.trySignIn(app.browser(), { email, password: 'not the password' })).code).toBe('INVALID_CREDENTIALS')
    const events = await (await app.key('EVENTS_READ')).gql(
      '{ events(first: 2, filter: { types: ["sign-in.failed"] }) { nodes { outcome details } } }',
    )
    expect(events.data.events.nodes.map((event: { outcome: string }) => event.outcome)).toEqual(['FAILED', 'REFUSED'])
  })
})

describe('finishSignIn', () => {
  it('ends the picked session and opens the new one without the password, once', async () => {
    const { ticket, first, second, browser } = await refused()
    const now = app.clock.now().toISOString()
    const done = await finish({ ticket, endSessionId: second.id }, browser)
    const { id } = done.session
    expect(done).toEqual({
      __typename: 'SignInPayload',
      account: { sessions: { totalCount: 2, nodes: [{ id }, { id: first.id }] } },
      session: { id, isCurrent: true, method: 'PASSWORD', factors: ['PASSWORD'], authenticatedAt: now },
      sessionToken: null,
    })
    expect(await reasonOf(second.browser)).toBe('LIMIT_REACHED')
    expect(await liveIds(browser)).toEqual([id, first.id])
    expect(await finish({ ticket, endSessionId: first.id })).toEqual({ __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' })
    expect(await liveIds(browser)).toEqual([id, first.id])
  })

  it('lets one of two win who use the ticket at the same moment', async () => {
    const { ticket, ids, first, second } = await refused()
    const both = await Promise.all(
      [first, second].map(({ id }) => finish({ ticket, endSessionId: id, transport: 'TOKEN' }, app.program())),
    )
    expect(both.map((result) => result.__typename).toSorted()).toEqual(['InvalidTokenError', 'SignInPayload'])
    const winner = both.find((result) => result.__typename === 'SignInPayload')
    expect(await liveIds(app.program(winner.sessionToken))).toHaveLength(2)
    expect(ids).toHaveLength(2)
  })

  it('takes the ticket for five minutes', async () => {
    const inTime = await refused()
    app.clock.advance(299)
    expect((await finish({ ticket: inTime.ticket, endSessionId: inTime.first.id })).__typename).toBe('SignInPayload')
    const late = await refused()
    app.clock.advance(300)
    expect((await finish({ ticket: late.ticket, endSessionId: late.first.id })).code).toBe('INVALID_TOKEN')
    expect(await liveIds(late.first.browser)).toEqual(late.ids.toReversed())
  })

  it('refuses another’s session and what is no session at all, alike, and keeps the ticket', async () => {
    const { ticket, first } = await refused()
    const stranger = await app.person()
    const missing = `ses_${'0'.repeat(26)}`
    for (const endSessionId of [stranger.session.id, missing, stranger.account.id, 'nonsense', '', '\u0000', 'x'.repeat(1_000)])
      expect(await finish({ ticket, endSessionId })).toEqual({
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        fields: [{ path: 'input.endSessionId' }],
      })
    expect((await finish({ ticket, endSessionId: first.id, deviceKey: 'short' })).fields).toEqual([{ path: 'input.deviceKey' }])
    expect((await stranger.browser.gql('{ account { id } }')).data.account.id).toBe(stranger.account.id)
    expect((await finish({ ticket, endSessionId: first.id })).__typename).toBe('SignInPayload')
  })

  it('refuses a session that makes no room because it has ended long ago', async () => {
    const { ticket, first, email } = await refused()
    await first.browser.gql('mutation { signOut(input: {}) { __typename } }')
    await app.signIn(app.browser(), email) // takes the room
    expect((await finish({ ticket, endSessionId: first.id })).fields).toEqual([{ path: 'input.endSessionId' }])
  })

  it('takes the deletion of the account back, as any sign-in does', async () => {
    const { ticket, first, email } = await refused()
    const gone = await first.browser.gql('mutation { deleteAccount(input: {}) { __typename } }')
    expect(gone.data.deleteAccount.__typename).toBe('DeleteAccountPayload')
    expect((await finish({ ticket, endSessionId: first.id })).__typename).toBe('SignInPayload')
    app.clock.advance(15 * 86_400)
    await app.app.tick()
    expect((await app.trySignIn(app.browser(), { email })).__typename).toBe('SignInPayload')
  })

  it('says nothing about a ticket that never was one', async () => {
    const { first } = await refused()
    for (const ticket of ['', 'nonsense', 'A'.repeat(43), `gst_${'A'.repeat(43)}`, '\u0000'.repeat(43), 'x'.repeat(10_000)])
      expect((await finish({ ticket, endSessionId: first.id })).code).toBe('INVALID_TOKEN')
  })

  it('is METHOD_DISABLED when the method of the ticket has been switched off since', async () => {
    const { ticket, first, ids } = await refused()
    await app.settings({ signIn: { methods: ['MAGIC_LINK'] } })
    expect(await finish({ ticket, endSessionId: first.id })).toMatchObject([{ extensions: { code: 'METHOD_DISABLED' } }])
    await app.settings({ signIn: { methods: ['MAGIC_LINK', 'PASSWORD'] } })
    expect(await liveIds(first.browser)).toEqual(ids.toReversed())
    expect((await finish({ ticket, endSessionId: first.id })).__typename).toBe('SignInPayload')
  })
})
