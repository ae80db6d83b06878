import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { Answer } from '../../support/client.ts'

const app = await testApp()

const ALERTS = 'subscription ($after: ID) { sessionAlerts(after: $after) { id isNewDevice session { id } } }'

const signInElsewhere = async (email: string): Promise<string> =>
  (await app.signIn(app.program(), email, { transport: 'TOKEN' })).session.id

const sessionOf = (answer: Answer | null): string => answer?.data?.sessionAlerts?.session.id

describe('sessionAlerts', () => {
  it('delivers each new session of the account, in order, once, and nobody else’s', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    const alerts = await app.subscribe(person.browser, ALERTS)
    await signInElsewhere(stranger.email)
    const made = [await signInElsewhere(person.email), await signInElsewhere(person.email)]
    expect([sessionOf(await alerts.next()), sessionOf(await alerts.next())]).toEqual(made)
    made.push(await signInElsewhere(person.email))
    expect(sessionOf(await alerts.next())).toBe(made[2])
    expect(alerts.pending()).toEqual([])
    alerts.stop()
  })

  it('begins with what happens from now on, without `after`', async () => {
    const { browser, email } = await app.person()
    await signInElsewhere(email)
    const alerts = await app.subscribe(browser, ALERTS)
    const now = await signInElsewhere(email)
    expect(sessionOf(await alerts.next())).toBe(now)
    alerts.stop()
  })

  it('makes up for what was missed after `after`, without gap or double, while new ones come', async () => {
    const { browser, email } = await app.person()
    await app.settings({ sessions: { limit: 100 } })
    const made: string[] = []
    for (let i = 0; i < 10; i++) made.push(await signInElsewhere(email))
    const known = (await browser.gql('{ account { sessionAlerts(first: 100) { nodes { id session { id } } } } }')).data.account
      .sessionAlerts.nodes
    const fifth = known.find((alert: { session: { id: string } }) => alert.session.id === made[4]).id
    const coming = Promise.all(Array.from({ length: 10 }, () => signInElsewhere(email)))
    const alerts = await app.subscribe(browser, ALERTS, { after: fifth })
    const heard: string[] = []
    for (let i = 0; i < 15; i++) heard.push(sessionOf(await alerts.next()))
    expect(heard.slice(0, 5)).toEqual(made.slice(5))
    expect(heard.slice(5).toSorted()).toEqual((await coming).toSorted())
    const last = await signInElsewhere(email)
    expect(sessionOf(await alerts.next())).toBe(last)
    alerts.stop()
    await app.settings({ sessions: { limit: 10 } })
  })

  it('delivers more than one batch of missed alerts', async () => {
    const { browser, email } = await app.person()
    await signInElsewhere(email)
    const after = (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes[0].id
    await app.settings({ sessions: { limit: 100 } })
    const made: string[] = []
    for (let i = 0; i < 60; i++) made.push(await signInElsewhere(email))
    const alerts = await app.subscribe(browser, ALERTS, { after })
    const heard: string[] = []
    for (let i = 0; i < 60; i++) heard.push(sessionOf(await alerts.next()))
    expect(heard).toEqual(made)
    alerts.stop()
    await app.settings({ sessions: { limit: 10 } })
  })

  it('keeps the order where their numbers get another digit', async () => {
    const { browser, email } = await app.person()
    await signInElsewhere(email)
    const after = (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes[0].id
    await app.app.db.read.$queryRaw`SELECT setval(pg_get_serial_sequence('session_alerts', 'sequence'), 9996)::text`
    const open = await app.subscribe(browser, ALERTS)
    const made: string[] = []
    for (let i = 0; i < 8; i++) made.push(await signInElsewhere(email))
    const resumed = await app.subscribe(browser, ALERTS, { after })
    for (const alerts of [open, resumed]) {
      const heard: string[] = []
      for (let i = 0; i < 8; i++) heard.push(sessionOf(await alerts.next()))
      expect(heard).toEqual(made)
      expect(alerts.pending()).toEqual([])
      alerts.stop()
    }
  })

  it('refuses an `after` that is no alert’s id', async () => {
    const { browser, session } = await app.person()
    const answers = []
    for (const after of [session.id, 'nonsense', '', '\u0000', `alt_${'0'.repeat(25)}`])
      answers.push(await browser.socket().subscribe(ALERTS, { after }).next())
    expect(answers[0]).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'after' }] } }] })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('goes on by the time in `after` where that alert is gone with its session', async () => {
    const { browser, email } = await app.person()
    const known = async () =>
      (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes
    await signInElsewhere(email)
    const [gone] = await known()
    app.clock.advance(1)
    const kept = await signInElsewhere(email)
    await app.app.db.read.sessionAlert.delete({ where: { id: gone.id } })
    const missed = await app.subscribe(browser, ALERTS, { after: gone.id })
    expect(sessionOf(await missed.next())).toBe(kept)
    const late = await app.subscribe(browser, ALERTS, { after: `alt_${'7'.padEnd(26, 'Z')}` })
    const next = await signInElsewhere(email)
    for (const alerts of [missed, late]) {
      expect(sessionOf(await alerts.next())).toBe(next)
      expect(alerts.pending()).toEqual([])
      alerts.stop()
    }
  })

  it('treats another’s alert exactly as one that is gone, and delivers the caller’s own only', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    await signInElsewhere(stranger.email)
    const foreign: string = (await stranger.browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account
      .sessionAlerts.nodes[0].id
    app.clock.advance(1)
    await signInElsewhere(stranger.email)
    const own = await signInElsewhere(person.email)
    const unknown = `${foreign.slice(0, -1)}${foreign.endsWith('0') ? '1' : '0'}` // of the same moment
    const heard: (Answer | null)[] = []
    const streams = []
    for (const after of [foreign, unknown]) streams.push(await app.subscribe(person.browser, ALERTS, { after }))
    for (const alerts of streams) {
      heard.push(await alerts.next())
      expect(alerts.pending()).toEqual([])
      alerts.stop()
    }
    expect(heard.map(sessionOf)).toEqual([own, own])
    expect(heard[0]).toEqual(heard[1])
  })

  it('is UNAUTHENTICATED for a guest, with the reason of a stale cookie, and FORBIDDEN for an API key', async () => {
    const { browser, email } = await app.person()
    const stale = app.browser()
    await app.signIn(stale, email)
    await browser.gql('mutation { revokeOtherSessions(input: {}) { __typename } }')
    const refusal = async (who: typeof browser) => (await who.socket().subscribe(ALERTS).next())?.errors?.[0]?.extensions
    expect(await refusal(app.browser())).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    expect(await refusal(stale)).toEqual({ code: 'UNAUTHENTICATED', reason: 'REVOKED_BY_ACCOUNT' })
    expect(await refusal(await app.key('SESSIONS_READ', 'EVENTS_READ'))).toEqual({ code: 'FORBIDDEN' })
  })

  it('travels to a token over the connection’s parameters, and ends with its session', async () => {
    const { email } = await app.person()
    const { sessionToken } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
    const alerts = await app.subscribe(app.program(), ALERTS, {}, { authorization: `Bearer ${sessionToken}` })
    const made = await signInElsewhere(email)
    expect(sessionOf(await alerts.next())).toBe(made)
    await app.program(sessionToken ?? '').gql('mutation { signOut(input: {}) { __typename } }')
    await signInElsewhere(email)
    expect(await alerts.next()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'SIGNED_OUT' } }] })
    expect(await alerts.next()).toBeNull()
    await expect.poll(() => alerts.closed).toEqual([{ code: 4401, reason: 'SIGNED_OUT' }])
  })
})
