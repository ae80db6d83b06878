import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()
const operator = await app.key('SESSIONS_READ')
const ann = await app.person()
app.clock.advance(1)
const bob = await app.person()
app.clock.advance(1)
const phone = app.program()
const onPhone = await app.signIn(phone, ann.email, { transport: 'TOKEN', deviceKey: 'k'.repeat(43) })

const find = async (filter?: Record<string, unknown>, args: Record<string, unknown> = {}) =>
  (
    await operator.gql(
      `query ($filter: SessionFilter, $first: Int, $after: String) { sessions(filter: $filter, first: $first, after: $after) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`,
      { filter, ...args },
    )
  ).data.sessions

const idsOf = async (filter?: Record<string, unknown>): Promise<string[]> =>
  (await find(filter)).nodes.map((node: { id: string }) => node.id)

describe('sessions', () => {
  it('shows operators the live sessions of everybody, newest first', async () => {
    expect(await idsOf()).toEqual([onPhone.session.id, bob.session.id, ann.session.id])
    const first = await find({}, { first: 2 })
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
    const rest = await find({}, { first: 2, after: first.pageInfo.endCursor })
    expect(rest).toMatchObject({ nodes: [{ id: ann.session.id }], pageInfo: { hasNextPage: false } })
  })

  it('filters by account, device, method, life and reason of the end', async () => {
    expect(await idsOf({ accountId: ann.account.id })).toEqual([onPhone.session.id, ann.session.id])
    expect(await idsOf({ method: ['PASSWORD'] })).toHaveLength(3)
    expect(await idsOf({ method: ['MAGIC_LINK', 'SERVER'] })).toEqual([])
    expect(await idsOf({ method: [] })).toEqual([])
    const device = (
      await operator.gql('query ($id: ID!) { node(id: $id) { ... on Session { device { id } } } }', { id: onPhone.session.id })
    ).data.node.device
    expect(await idsOf({ deviceId: device.id })).toEqual([onPhone.session.id])
    await bob.browser.gql('mutation { signOut(input: {}) { __typename } }')
    expect(await idsOf()).toEqual([onPhone.session.id, ann.session.id])
    expect(await idsOf({ live: false })).toEqual([bob.session.id])
    expect(await idsOf({ live: null, endReason: ['SIGNED_OUT', 'IDLE'] })).toEqual([bob.session.id])
    expect(await idsOf({ endReason: ['EXPIRED'] })).toEqual([])
    app.clock.advance(15 * 86_400)
    expect(await idsOf()).toEqual([])
    expect(await idsOf({ live: false })).toHaveLength(3)
    await app.app.tick()
    expect(await idsOf({ endReason: ['IDLE'] })).toEqual([onPhone.session.id, ann.session.id])
  })

  it('is refused as INVALID_INPUT for ids of something else', async () => {
    for (const filter of [{ accountId: ann.session.id }, { deviceId: 'dev' }, { accountId: '\u0000' }]) {
      const { errors } = await operator.gql('query ($filter: SessionFilter) { sessions(filter: $filter) { totalCount } }', {
        filter,
      })
      expect(errors?.[0]?.extensions.code, JSON.stringify(filter)).toBe('INVALID_INPUT')
    }
  })

  it('is for operators: without the scope FORBIDDEN, for a guest UNAUTHENTICATED', async () => {
    const ask = async (who: TestClient) => (await who.gql('{ sessions { totalCount } }')).errors?.[0]?.extensions
    expect(await ask(operator)).toBeUndefined()
    expect(await ask((await app.admin()).browser)).toBeUndefined()
    expect(await ask(await app.key('ACCOUNTS_READ', 'SESSIONS_WRITE'))).toEqual({ code: 'FORBIDDEN' })
    expect(await ask((await app.person()).browser)).toEqual({ code: 'FORBIDDEN' })
    expect(await ask(app.browser())).toEqual({ code: 'UNAUTHENTICATED', reason: null })
  })

  it('shows no account to who may not read accounts', async () => {
    await app.person()
    const query = '{ sessions(first: 1) { nodes { account { email } } } }'
    expect((await operator.gql(query)).data.sessions.nodes).toEqual([{ account: null }])
    const both = await app.key('SESSIONS_READ', 'ACCOUNTS_READ')
    expect((await both.gql(query)).data.sessions.nodes).toEqual([{ account: { email: expect.stringContaining('@') } }])
  })
})
