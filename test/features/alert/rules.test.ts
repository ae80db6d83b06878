import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

type Alert = { isNewDevice: boolean; session: { id: string } }

/** The alerts of whoever asks, newest first. */
const alertsOf = async (who: TestClient): Promise<Alert[]> =>
  (
    await who.gql(
      '{ account { sessionAlerts { nodes { isNewDevice isNewCountry review reviewedAt createdAt session { id } } } } }',
    )
  ).data.account.sessionAlerts.nodes

/** Whether signing in there makes an alert, and what it says of the device. */
const signInAlert = async (there: TestClient, email: string): Promise<'none' | 'known device' | 'new device'> => {
  const { session } = await app.signIn(there, email)
  const alert = (await alertsOf(there)).find((candidate) => candidate.session.id === session.id)
  return alert === undefined ? 'none' : alert.isNewDevice ? 'new device' : 'known device'
}

describe('a session alert', () => {
  it('is not made for the first session ever, by sign-up or by the first sign-in', async () => {
    const { browser } = await app.person()
    expect(await alertsOf(browser)).toEqual([])
    const admin = await app.admin()
    expect(await alertsOf(admin.browser)).toEqual([])
    expect(await signInAlert(app.browser(), admin.email)).toBe('new device')
  })

  it('is on a new device again at the next sign-in there: that alone does not make it known', async () => {
    const { browser, email } = await app.person()
    const another = app.browser()
    for (let i = 0; i < 2; i++) expect(await signInAlert(another, email)).toBe('new device')
    expect(await signInAlert(browser, email)).toBe('known device')
  })

  it('is made while no other session is live, when the owner is away', async () => {
    const { browser, email } = await app.person()
    await browser.gql('mutation { signOut(input: {}) { __typename } }')
    expect(await signInAlert(app.browser(), email)).toBe('new device')
  })

  it('says what the session is, and waits for a review', async () => {
    const { browser, email } = await app.person()
    const { session } = await app.signIn(app.browser(), email)
    expect(await alertsOf(browser)).toEqual([
      {
        isNewDevice: true,
        isNewCountry: false,
        review: 'PENDING',
        reviewedAt: null,
        createdAt: app.clock.now().toISOString(),
        session: { id: session.id },
      },
    ])
  })

  it('counts a client without cookie and key as new each time', async () => {
    const { browser, email } = await app.person()
    await browser.gql('mutation { updateAccount(input: { wantsSessionAlerts: false }) { __typename } }')
    for (let i = 1; i <= 2; i++) {
      await app.signIn(app.program(), email, { transport: 'TOKEN' })
      expect((await alertsOf(browser)).map(({ isNewDevice }) => isNewDevice)).toEqual(Array(i).fill(true))
    }
  })
})

describe('account.sessionAlerts', () => {
  it('pages newest first and is seen by the owner alone; so is the node', async () => {
    const [{ browser, email, account }, stranger] = [await app.person(), await app.person()]
    const sessions: string[] = []
    for (let i = 0; i < 3; i++) sessions.unshift((await app.signIn(app.program(), email, { transport: 'TOKEN' })).session.id)
    const PAGE = `query ($first: Int, $after: String) { account { sessionAlerts(first: $first, after: $after) {
      nodes { id session { id } } pageInfo { hasNextPage endCursor } totalCount } } }`
    const first = (await browser.gql(PAGE, { first: 2 })).data.account.sessionAlerts
    const rest = (await browser.gql(PAGE, { first: 2, after: first.pageInfo.endCursor })).data.account.sessionAlerts
    expect([...first.nodes, ...rest.nodes].map((alert) => alert.session.id)).toEqual(sessions)
    expect([first.totalCount, first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([3, true, false])
    for (const after of [
      '',
      'nonsense',
      Buffer.from('["x"]').toString('base64url'),
      Buffer.from('["1","2"]').toString('base64url'),
    ])
      expect((await browser.gql(PAGE, { after })).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')

    const id = first.nodes[0].id
    const node = async (who: TestClient) =>
      (
        await who.gql('query ($id: ID!) { node(id: $id) { __typename id ... on SessionAlert { review session { id } } } }', {
          id,
        })
      ).data.node
    const found = { __typename: 'SessionAlert', id, review: 'PENDING', session: { id: sessions[0] } }
    expect(await node(browser)).toEqual(found)
    expect(await node(await app.key('SESSIONS_READ'))).toEqual(found)
    for (const who of [stranger.browser, app.browser(), await app.key('ACCOUNTS_READ')]) expect(await node(who)).toBeNull()

    const foreign = 'query ($id: ID!) { node(id: $id) { ... on Account { sessionAlerts { totalCount } } } }'
    expect((await stranger.browser.gql(foreign, { id: account.id })).data).toEqual({ node: null })
    const key = await (await app.key('ACCOUNTS_READ')).gql(foreign, { id: account.id })
    expect(key.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })
})
