import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp({ env: { DEV_CLOCK: 'true' } })
const other = await app.node()

describe('moveClock on one node', () => {
  it('has moved time for all of them once it has answered', async () => {
    const operator = await app.key('SETTINGS_WRITE')
    const { browser } = await other.person()
    const move = (url: string, seconds: number) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: operator.headers(),
        body: JSON.stringify({
          query: `mutation { moveClock(input: { seconds: ${seconds} }) { ... on MoveClockPayload { now } } }`,
        }),
      })
        .then((response) => response.json())
        .then((answer: { data: { moveClock: { now: string } } }) => answer.data.moveClock.now)
    const now = await move(app.url, 15 * 86_400)
    expect(await move(other.url, 0)).toBe(now)
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('IDLE')
    const both = await Promise.all([move(app.url, 10), move(other.url, 20), move(app.url, 30)])
    expect(Math.max(...both.map((time) => new Date(time).getTime()))).toBe(new Date(now).getTime() + 60_000)
    expect(await move(other.url, 0)).toBe(await move(app.url, 0))
  })
})
