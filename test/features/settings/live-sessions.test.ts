import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../../src/features/settings/settings.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()
const operator = await app.key('SETTINGS_WRITE')
const HOUR = 3_600
const DAY = 24 * HOUR

const change = async (sessions: Record<string, unknown>): Promise<number> =>
  (
    await operator.gql(
      'mutation ($input: UpdateSecuritySettingsInput!) { updateSecuritySettings(input: $input) { ... on UpdateSecuritySettingsPayload { endedSessions } } }',
      { input: { sessions } },
    )
  ).data.updateSecuritySettings.endedSessions

const reasonOf = async (browser: TestClient) => (await browser.gql('{ signedOutReason }')).data.signedOutReason

const endsOf = async (browser: TestClient) =>
  (await browser.gql('{ account { currentSession { createdAt expiresAt idleExpiresAt } } }')).data.account.currentSession

const later = (time: string, seconds: number): string => new Date(new Date(time).getTime() + seconds * 1000).toISOString()

const endings = async (accountId: string) =>
  (
    await (
      await app.key('EVENTS_READ')
    ).gql('query ($id: ID!) { events(filter: { accountId: $id, types: ["session.ended"] }) { nodes { details } } }', {
      id: accountId,
    })
  ).data.events.nodes.map((node: { details: { reason: string } }) => node.details.reason)

beforeEach(async () => {
  await change({ limit: 100, lifetimeSeconds: 60, idleTimeoutSeconds: 60 })
  app.clock.advance(61)
  await app.app.tick()
  await change(DEFAULT_SETTINGS.sessions)
})

describe('a changed session policy', () => {
  it('ends at once, EXPIRED, what is older than a shortened lifetime, and counts it', async () => {
    const [first, second] = [await app.person(), await app.person()]
    app.clock.advance(2 * HOUR)
    const young = await app.person()
    const endingsOfFirst = await app.subscribe(first.browser, 'subscription { sessionEnded { endReason endedAt } }')
    expect(await change({ lifetimeSeconds: HOUR })).toBe(2)
    expect(await endingsOfFirst.next()).toEqual({
      data: { sessionEnded: { endReason: 'EXPIRED', endedAt: app.clock.now().toISOString() } },
    })
    expect(await reasonOf(first.browser)).toBe('EXPIRED')
    expect(await reasonOf(second.browser)).toBe('EXPIRED')
    expect(await reasonOf(young.browser)).toBeNull()
    expect(await endings(first.account.id)).toEqual(['EXPIRED'])
    await expect.poll(() => endingsOfFirst.closed).toEqual([{ code: 4401, reason: 'EXPIRED' }])
  })

  it('moves the ends of live sessions both ways', async () => {
    const { browser } = await app.person()
    const { createdAt } = await endsOf(browser)
    await change({ lifetimeSeconds: 40 * DAY, idleTimeoutSeconds: 20 * DAY })
    expect(await endsOf(browser)).toMatchObject({
      expiresAt: later(createdAt, 40 * DAY),
      idleExpiresAt: later(createdAt, 20 * DAY),
    })
    await change({ lifetimeSeconds: DAY, idleTimeoutSeconds: HOUR })
    expect(await endsOf(browser)).toMatchObject({ expiresAt: later(createdAt, DAY), idleExpiresAt: later(createdAt, HOUR) })
  })

  it('ends at once, IDLE, what was not used for longer than a shortened idle timeout', async () => {
    const [idle, used] = [await app.person(), await app.person()]
    app.clock.advance(2 * HOUR)
    await endsOf(used.browser)
    expect(await change({ idleTimeoutSeconds: HOUR })).toBe(1)
    expect(await reasonOf(idle.browser)).toBe('IDLE')
    expect(await reasonOf(used.browser)).toBeNull()
  })

  it('counts a use of the last minute', async () => {
    const { browser } = await app.person()
    app.clock.advance(59)
    await endsOf(browser)
    app.clock.advance(30)
    await app.app.tick()
    expect(await change({ idleTimeoutSeconds: 60 })).toBe(0)
    expect(await reasonOf(browser)).toBeNull()
  })

  it('switches idling off with null and on again', async () => {
    const { browser } = await app.person()
    await change({ idleTimeoutSeconds: null })
    expect((await endsOf(browser)).idleExpiresAt).toBeNull()
    app.clock.advance(20 * DAY)
    await app.app.tick()
    expect(await reasonOf(browser)).toBeNull()
    await change({ idleTimeoutSeconds: HOUR })
    expect((await endsOf(browser)).idleExpiresAt).toBe(later(app.clock.now().toISOString(), HOUR))
  })

  it('never wakes a session whose time was over before, and does not count it', async () => {
    const { browser, account } = await app.person()
    app.clock.advance(31 * DAY)
    expect(await change({ lifetimeSeconds: 40 * DAY, idleTimeoutSeconds: null })).toBe(0)
    expect((await browser.gql('{ account { id } signedOutReason }')).data).toEqual({ account: null, signedOutReason: 'IDLE' })
    await app.app.tick()
    expect(await endings(account.id)).toEqual(['IDLE'])
  })

  it('ends the surplus of a lowered limit, the oldest first', async () => {
    const { browser, email } = await app.person()
    app.clock.advance(1)
    const [second, third] = [app.browser(), app.browser()]
    await app.signIn(second, email)
    app.clock.advance(1)
    await app.signIn(third, email)
    expect(await change({ limit: 1 })).toBe(2)
    expect(await Promise.all([browser, second, third].map(reasonOf))).toEqual(['LIMIT_REACHED', 'LIMIT_REACHED', null])
  })
})
