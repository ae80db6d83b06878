import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const other = await app.node()

describe('updateSecuritySettings on one node', () => {
  it('is in force on the others, for what they show, let in and keep', async () => {
    const shown = async () =>
      (await other.browser().gql('{ securitySettings { sessions { limit } signIn { signUpOpen } } }')).data.securitySettings
    expect(await shown()).toEqual({ sessions: { limit: 10 }, signIn: { signUpOpen: true } })
    const { browser, email } = await other.person()
    const second = other.browser()
    app.clock.advance(1)
    await other.signIn(second, email)
    await app.settings({ sessions: { limit: 1 }, signIn: { signUpOpen: false } })
    await expect.poll(shown).toEqual({ sessions: { limit: 1 }, signIn: { signUpOpen: false } })
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('LIMIT_REACHED')
    expect((await second.gql('{ signedOutReason }')).data.signedOutReason).toBeNull()
    const refused = await other
      .browser()
      .gql(
        'mutation { signUp(input: { email: "late@example.com", password: "correct horse battery" }) { __typename ... on UserError { code } } }',
      )
    expect(refused.data.signUp).toEqual({ __typename: 'SignUpClosedError', code: 'SIGN_UP_CLOSED' })
  })

  it('is applied once and in order when both change at once', async () => {
    const limits = Array.from({ length: 10 }, (_, index) => index + 1)
    await Promise.all(limits.map((limit) => (limit % 2 === 0 ? app : other).settings({ sessions: { limit } })))
    const log = await app.key('EVENTS_READ')
    const { nodes } = (await log.gql('{ events(first: 10, filter: { types: ["settings.updated"] }) { nodes { details } } }')).data
      .events
    const changes = nodes.map((node: { details: { version: number; after: Record<string, number> } }) => node.details)
    const versions = changes.map((details: { version: number }) => details.version)
    expect(versions).toEqual(versions.toSorted((a: number, b: number) => b - a))
    expect(new Set(versions).size).toBe(10)
    const last = changes.find((details: { after: object }) => 'sessions.limit' in details.after).after['sessions.limit']
    for (const node of [app, other])
      await expect
        .poll(async () => (await node.browser().gql('{ securitySettings { sessions { limit } } }')).data.securitySettings)
        .toEqual({ sessions: { limit: last } })
  })
})
