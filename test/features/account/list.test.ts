import { describe, expect, it } from 'vitest'
import { ADMIN_LABEL } from '../../../src/policy/permissions.ts'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const operator = await app.key('ACCOUNTS_READ')

const emails = [
  'ann@search.example',
  'bob%x@search.example',
  'bobyx@search.example',
  'un_der@search.example',
  'unxder@search.example',
]
const ids: string[] = []
for (const email of emails) {
  const { account } = await app.person({ email, name: email === emails[0] ? 'Änn Back\\slash' : null })
  ids.push(account.id)
  app.clock.advance(1)
}
const admin = await app.admin()

const find = async (filter: Record<string, unknown>): Promise<string[]> =>
  (
    await operator.gql('query ($filter: AccountFilter!) { accounts(filter: $filter) { totalCount nodes { email } } }', { filter })
  ).data.accounts.nodes.map((node: { email: string }) => node.email)

const page = async (args: Record<string, unknown>) =>
  (
    await operator.gql(
      `query ($first: Int, $after: String, $last: Int, $before: String) {
        accounts(filter: { search: "@search.example" }, first: $first, after: $after, last: $last, before: $before) {
          totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      args,
    )
  ).data.accounts

describe('accounts', () => {
  it('searches names and addresses without regard to case', async () => {
    expect(await find({ search: 'ANN@' })).toEqual(['ann@search.example'])
    expect(await find({ search: 'änn b' })).toEqual(['ann@search.example'])
    expect(await find({ search: 'nobody has this' })).toEqual([])
  })

  it('takes the wildcards of LIKE for what they are: characters', async () => {
    expect(await find({ search: 'bob%x' })).toEqual(['bob%x@search.example'])
    expect(await find({ search: 'un_der' })).toEqual(['un_der@search.example'])
    expect(await find({ search: 'back\\slash' })).toEqual(['ann@search.example'])
    expect(await find({ search: '%' })).toEqual(['bob%x@search.example'])
    expect(await find({ search: '\\' })).toEqual(['ann@search.example'])
  })

  it('filters by the whole address, the status and a label', async () => {
    expect(await find({ email: ' ANN@Search.Example ' })).toEqual(['ann@search.example'])
    expect(await find({ email: 'ann' })).toEqual([])
    expect(await find({ label: ADMIN_LABEL })).toEqual([admin.email])
    expect(await find({ label: 'adm' })).toEqual([])
    expect(await find({ status: 'BLOCKED' })).toEqual([])
    await app.app.db.read.account.update({ where: { id: String(ids[4]) }, data: { blockedAt: app.clock.now() } })
    expect(await find({ status: 'BLOCKED' })).toEqual([emails[4]])
    expect(await find({ status: 'ACTIVE', search: 'un' })).toEqual([emails[3]])
  })

  it('pages newest first, both ways, without gap or repetition', async () => {
    const newestFirst = ids.toReversed()
    const seen: string[] = []
    for (let after: string | null = null, more = true; more; ) {
      const part = await page({ first: 2, after })
      expect(part).toMatchObject({ totalCount: 5, pageInfo: { hasPreviousPage: after !== null } })
      seen.push(...part.nodes.map((node: { id: string }) => node.id))
      after = part.pageInfo.endCursor
      more = part.pageInfo.hasNextPage
    }
    expect(seen).toEqual(newestFirst)
    const end = await page({ last: 2 })
    expect(end.nodes.map((node: { id: string }) => node.id)).toEqual(newestFirst.slice(-2))
    const before = await page({ last: 2, before: end.pageInfo.startCursor })
    expect(before.nodes.map((node: { id: string }) => node.id)).toEqual(newestFirst.slice(1, 3))
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    expect(await page({ first: 0 })).toMatchObject({ totalCount: 5, nodes: [], pageInfo: { endCursor: null } })
  })

  it('refuses sizes out of bounds, both directions at once, foreign cursors and long filters as INVALID_INPUT', async () => {
    const cursor = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url')
    const bad: Record<string, unknown>[] = [
      { first: -1 },
      { first: 101 },
      { last: 101 },
      { first: 1, last: 1 },
      { after: 'x' },
      { after: '' },
      { before: '💥' },
      ...[
        cursor('x', 'y'),
        cursor('1'),
        cursor('1', '\u0000'),
        cursor('1', 2),
        cursor('9'.repeat(15), ids[0]),
        cursor('-1', ids[0]),
      ].map((after) => ({ after })),
      { filter: { search: 'x'.repeat(129) } },
      { filter: { label: '\u0000' } },
      { filter: { email: 'x'.repeat(255) } },
    ]
    for (const variables of bad) {
      const answer = await operator.gql(
        'query ($filter: AccountFilter, $first: Int, $after: String, $last: Int, $before: String) { accounts(filter: $filter, first: $first, after: $after, last: $last, before: $before) { totalCount } }',
        variables,
      )
      expect(answer.errors?.[0]?.extensions.code, JSON.stringify(variables)).toBe('INVALID_INPUT')
    }
  })

  it('is for operators: without the scope FORBIDDEN, for a guest UNAUTHENTICATED', async () => {
    const ask = async (who: typeof operator) => (await who.gql('{ accounts { totalCount } }')).errors?.[0]?.extensions
    expect(await ask(operator)).toBeUndefined()
    expect(await ask(admin.browser)).toBeUndefined()
    expect(await ask(await app.key('ACCOUNTS_WRITE'))).toEqual({ code: 'FORBIDDEN' })
    expect(await ask((await app.person()).browser)).toEqual({ code: 'FORBIDDEN' })
    expect(await ask(app.browser())).toEqual({ code: 'UNAUTHENTICATED', reason: null })
  })
})
