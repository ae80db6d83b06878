import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const PAGE = `query ($filter: SessionFilter, $first: Int, $after: String, $last: Int, $before: String) { account {
  sessions(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } } }`

type Args = Record<string, unknown>

const page = async (who: TestClient, args: Args = {}) => {
  const { edges, nodes, pageInfo, totalCount } = (await who.gql(PAGE, args)).data.account.sessions
  const ids: string[] = nodes.map((node: { id: string }) => node.id)
  expect(edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(ids)
  return { ids, totalCount, ...pageInfo }
}

/** How the connection refuses. */
const refusal = async (who: TestClient, args: Args) => {
  const { data, errors } = await who.gql(PAGE, args)
  expect(data?.account ?? null).toBeNull()
  return errors?.map(({ extensions }) => [
    extensions.code,
    ...(extensions.fields as { path: string }[]).map((field) => field.path),
  ])
}

/** Somebody with so many live sessions; ids oldest first. */
const withSessions = async (count: number) => {
  const { browser, email, session } = await app.person()
  const ids = [session.id]
  const add = async (): Promise<string> => {
    app.clock.advance(1)
    const { session: added } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
    ids.push(added.id)
    return added.id
  }
  while (ids.length < count) await add()
  return { browser, email, ids, add, newestFirst: () => ids.toReversed() }
}

describe('account.sessions', () => {
  it('lists the live sessions, newest first, with all of them counted', async () => {
    const { browser, newestFirst } = await withSessions(4)
    const all = await page(browser)
    expect(all).toMatchObject({ ids: newestFirst(), totalCount: 4, hasNextPage: false, hasPreviousPage: false })
    expect(await page(browser, { first: 100 })).toEqual(all)
  })

  it('lists sessions of one moment in one order that does not change', async () => {
    const { browser, email } = await app.person()
    for (let i = 0; i < 4; i++) await app.signIn(app.program(), email, { transport: 'TOKEN' })
    const { ids } = await page(browser)
    expect(ids).toEqual(ids.toSorted().toReversed())
    const walked: string[] = []
    for (let after: string | null = null, more = true; more; ) {
      const next = await page(browser, { first: 2, after })
      walked.push(...next.ids)
      after = next.endCursor
      more = next.hasNextPage
    }
    expect(walked).toEqual(ids)
  })

  it('walks forward without gap or double while sessions are added and ended', async () => {
    const { browser, ids, add } = await withSessions(6)
    const [oldest, second, third, fourth, fifth, newest] = ids
    const first = await page(browser, { first: 2 })
    expect(first).toMatchObject({ ids: [newest, fifth], totalCount: 6, hasNextPage: true, hasPreviousPage: false })
    await add()
    await browser.gql('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }', { id: fifth })
    const next = await page(browser, { first: 2, after: first.endCursor })
    expect(next).toMatchObject({ ids: [fourth, third], totalCount: 6, hasNextPage: true, hasPreviousPage: true })
    await add()
    const last = await page(browser, { first: 2, after: next.endCursor })
    expect(last).toMatchObject({ ids: [second, oldest], totalCount: 7, hasNextPage: false, hasPreviousPage: true })
    expect(await page(browser, { first: 2, after: last.endCursor })).toMatchObject({
      ids: [],
      startCursor: null,
      endCursor: null,
      hasNextPage: false,
    })
  })

  it('walks backward to the front, where new ones have come meanwhile', async () => {
    const { browser, ids, add } = await withSessions(5)
    const [oldest, second, third, fourth, newest] = ids
    const end = await page(browser, { last: 2 })
    expect(end).toMatchObject({ ids: [second, oldest], totalCount: 5, hasPreviousPage: true, hasNextPage: false })
    const before = await page(browser, { last: 2, before: end.startCursor })
    expect(before).toMatchObject({ ids: [fourth, third], hasPreviousPage: true, hasNextPage: true })
    const added = await add()
    expect(await page(browser, { last: 2, before: before.startCursor })).toMatchObject({
      ids: [added, newest],
      hasPreviousPage: false,
      hasNextPage: true,
    })
    expect((await page(browser, { after: before.startCursor, before: end.endCursor })).ids).toEqual([third, second])
  })

  it('gives none for 0, at most 100, and refuses other sizes', async () => {
    const { browser } = await withSessions(2)
    expect(await page(browser, { first: 0 })).toMatchObject({ ids: [], totalCount: 2, hasNextPage: true, startCursor: null })
    expect(await page(browser, { last: 0 })).toMatchObject({ ids: [], totalCount: 2, hasPreviousPage: true })
    expect((await page(browser, { first: 100 })).ids).toHaveLength(2)
    expect((await page(browser, { last: 100 })).ids).toHaveLength(2)
    for (const size of [101, -1, 2_147_483_647]) {
      expect(await refusal(browser, { first: size })).toEqual([['INVALID_INPUT', 'first']])
      expect(await refusal(browser, { last: size })).toEqual([['INVALID_INPUT', 'last']])
    }
    expect(await refusal(browser, { first: 1, last: 1 })).toEqual([['INVALID_INPUT', 'last']])
  })

  it('refuses a cursor that is not its own as bad input', async () => {
    const { browser } = await withSessions(2)
    const forged = [['x', 'y'], [1, 2], ['1'], ['1893456000000', '\u0000'], ['NaN', `ses_${'0'.repeat(26)}`]].map((key) =>
      Buffer.from(JSON.stringify(key)).toString('base64url'),
    )
    for (const cursor of ['', 'nonsense', '%%%', 'x'.repeat(5_000), ...forged]) {
      expect(await refusal(browser, { after: cursor })).toEqual([['INVALID_INPUT', 'after']])
      expect(await refusal(browser, { last: 1, before: cursor })).toEqual([['INVALID_INPUT', 'before']])
    }
  })
})

describe('SessionFilter', () => {
  it('asks for live or ended ones, end reasons, methods and devices', async () => {
    const { browser, email, account } = await app.person()
    const [other, third] = [app.browser(), app.program()]
    const { session: signedOut } = await app.signIn(other, email)
    await other.gql('mutation { signOut(input: {}) { __typename } }')
    const { session: revoked } = await app.signIn(third, email, { transport: 'TOKEN', deviceKey: 'd'.repeat(22) })
    await browser.gql('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { __typename } }', { id: revoked.id })
    const { session: live } = await app.signIn(third, email, { transport: 'TOKEN', deviceKey: 'd'.repeat(22) })
    const devices = (
      await browser.gql('{ account { devices { id isCurrent sessions { nodes { id } } } currentSession { id } } }')
    ).data.account
    const own = devices.currentSession.id
    const deviceId = devices.devices.find(
      (device: { sessions: { nodes: { id: string }[] } }) => device.sessions.nodes[0]?.id === live.id,
    ).id
    const found = async (filter: Args): Promise<string[]> => (await page(browser, { filter, first: 100 })).ids.toSorted()
    const [liveOnes, ended] = [
      [own, live.id],
      [signedOut.id, revoked.id],
    ]
    expect(await found({})).toEqual(liveOnes.toSorted())
    expect(await found({ live: true })).toEqual(liveOnes.toSorted())
    expect(await found({ live: false })).toEqual(ended.toSorted())
    expect(await found({ endReason: ['SIGNED_OUT'] })).toEqual([signedOut.id])
    expect(await found({ endReason: ['SIGNED_OUT', 'REVOKED_BY_ACCOUNT'] })).toEqual(ended.toSorted())
    expect(await found({ endReason: ['EXPIRED'] })).toEqual([])
    expect(await found({ live: true, endReason: ['SIGNED_OUT'] })).toEqual([])
    expect(await found({ method: ['PASSWORD', 'OAUTH'] })).toEqual(liveOnes.toSorted())
    expect(await found({ method: ['OAUTH'] })).toEqual([])
    expect(await found({ deviceId })).toEqual([live.id])
    expect(await found({ deviceId, live: false })).toEqual([revoked.id])
    expect(await found({ deviceId: `dev_${'0'.repeat(26)}` })).toEqual([])
    expect(await found({ accountId: account.id })).toEqual(liveOnes.toSorted())
    expect(await page(browser, { filter: { live: false } })).toMatchObject({ totalCount: 2 })
  })

  it('refuses another account, and ids that are none', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    expect(await refusal(person.browser, { filter: { accountId: stranger.account.id } })).toEqual([
      ['INVALID_INPUT', 'filter.accountId'],
    ])
    expect(await refusal(person.browser, { filter: { accountId: '\u0000' } })).toEqual([['INVALID_INPUT', 'filter.accountId']])
    for (const deviceId of ['nonsense', person.session.id, '\u0000'])
      expect(await refusal(person.browser, { filter: { deviceId } })).toEqual([['INVALID_INPUT', 'filter.deviceId']])
  })
})
