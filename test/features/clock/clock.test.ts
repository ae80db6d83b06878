import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp({ env: { DEV_CLOCK: 'true' } })

const move = (who: TestClient, seconds: number) =>
  who.gql(
    'mutation ($seconds: Int!) { moveClock(input: { seconds: $seconds }) { __typename ... on MoveClockPayload { now } ... on InvalidInputError { fields { path } } } }',
    { seconds },
  )

const moved = async (who: TestClient, seconds: number): Promise<number> =>
  new Date((await move(who, seconds)).data.moveClock.now).getTime()

describe('moveClock', () => {
  it('moves time forward for everything the server does; 0 reads it', async () => {
    const operator = await app.key('SETTINGS_WRITE')
    const { browser, session } = await app.person()
    const start = await moved(operator, 0)
    expect(start).toBe(app.clock.now().getTime())
    expect(await moved(operator, 3_600)).toBe(start + 3_600_000)
    expect(await moved(operator, 0)).toBe(start + 3_600_000)
    expect((await browser.gql('{ account { currentSession { lastActiveAt } } }')).data.account.currentSession.lastActiveAt).toBe(
      new Date(start + 3_600_000).toISOString(),
    )
    const ended = await app.subscribe(browser, 'subscription { sessionEnded { id endReason } }')
    await moved(operator, 14 * 86_400)
    expect(await ended.next()).toEqual({ data: { sessionEnded: { id: session.id, endReason: 'IDLE' } } })
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('IDLE')
  })

  it('never moves back, nor beyond a hundred years', async () => {
    const operator = await app.key('SETTINGS_WRITE')
    const before = await moved(operator, 0)
    expect((await move(operator, -1)).data.moveClock).toEqual({
      __typename: 'InvalidInputError',
      fields: [{ path: 'input.seconds' }],
    })
    const most = 2 ** 31 - 1
    await moved(operator, most)
    expect((await move(operator, most)).data.moveClock.__typename).toBe('InvalidInputError')
    expect(await moved(operator, 0)).toBe(before + most * 1000)
    expect((await app.person()).account.id).toMatch(/^acc_/)
  })

  it('is for operators with the scope', async () => {
    const ask = async (who: TestClient) => (await move(who, 1)).errors?.[0]?.extensions.code
    expect(await ask(await app.key('SETTINGS_READ'))).toBe('FORBIDDEN')
    expect(await ask((await app.person()).browser)).toBe('FORBIDDEN')
    expect(await ask(app.browser())).toBe('UNAUTHENTICATED')
    const admin = await app.admin()
    expect((await move(admin.browser, 1)).data.moveClock.__typename).toBe('MoveClockPayload')
  })

  it('is FORBIDDEN without DEV_CLOCK, even to read', async () => {
    const plain = await testApp()
    const operator = await plain.key('SETTINGS_WRITE')
    for (const seconds of [0, 1, -1]) {
      const answer = await move(operator, seconds)
      expect(answer.data.moveClock).toBeNull()
      expect(answer.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    }
  })
})
