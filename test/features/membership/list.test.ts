/** Pages of a team's list and of an account's own: every order, both ways, while the list changes. What they cost is counted beside, on services. */
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, type Person, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const reader = await app.key('TEAMS_READ', 'MEMBERSHIPS_READ', 'ACCOUNTS_READ')

type Row = { id: string; userName: string | null; userEmail: string | null; joinedAt: string | null; invitedAt: string | null }

const SELECTION = 'nodes { id userName userEmail joinedAt invitedAt }'

/** Names that sort by case, accent or byte in different ways, two that are the same, and none. */
const NAMES = ['bob', 'Ann', 'ann', 'Zoë', 'zoe', 'Émile', 'émile', null, '', 'Bob', '100%', 'a_b']

let teamId = ''
let all: Row[] = []

beforeAll(async () => {
  const founder = await app.person({ name: 'Founder' })
  teamId = (await teams.team(founder)).teamId
  for (const [index, name] of NAMES.entries()) {
    app.clock.advance(index % 3) // some at the same moment
    const { account } = await app.person({ name })
    if (index % 4 === 1) await teams.invite(founder.browser, { teamId, accountId: account.id, roles: ['guest'], name })
    else await teams.join(teamId, account.id, ...(index % 4 === 2 ? ['treasurer', 'ringer'] : ['ringer']))
  }
  all = (await teams.list(reader, teamId, { first: 100 }, SELECTION)).nodes
})

/** A key that sorts as text does by bytes. */
const bytes = (text: string | null): string => Buffer.from((text ?? '').toLowerCase()).toString('hex')

/** Written apart from the store: what each order means. */
const ORDERS: Readonly<Record<string, Readonly<{ key: (row: Row) => string; descending: boolean }>>> = {
  JOINED_AT: { key: ({ joinedAt }) => joinedAt ?? '9999', descending: true },
  INVITED_AT: { key: ({ invitedAt }) => invitedAt ?? '0000', descending: true },
  USER_NAME: { key: ({ userName }) => bytes(userName), descending: false },
  USER_EMAIL: { key: ({ userEmail }) => bytes(userEmail), descending: false },
}

const sorted = (rows: readonly Row[], { key, descending }: (typeof ORDERS)[string] & object): string[] => {
  const ordered = rows.toSorted((a, b) => (key(a) === key(b) ? (a.id < b.id ? -1 : 1) : key(a) < key(b) ? -1 : 1))
  return (descending ? ordered.toReversed() : ordered).map(({ id }) => id)
}

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id)

/** Walks a list page by page, to its end or back to its beginning. */
const walk = async (args: Record<string, unknown>, way: 'FORWARD' | 'BACKWARD', size = 3): Promise<string[]> => {
  const found: string[] = []
  for (let cursor: string | null = null, more = true; more; ) {
    const place = way === 'FORWARD' ? { first: size, after: cursor } : { last: size, before: cursor }
    const page: { nodes: Row[]; pageInfo: Record<string, never> } = await teams.list(
      reader,
      teamId,
      { ...args, ...place },
      SELECTION,
    )
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo
    if (way === 'FORWARD') found.push(...idsOf(page.nodes))
    else found.unshift(...idsOf(page.nodes))
    ;[cursor, more] =
      way === 'FORWARD' ? [endCursor ?? null, hasNextPage ?? false] : [startCursor ?? null, hasPreviousPage ?? false]
  }
  return found
}

describe.each(Object.entries(ORDERS))('a team’s list by %s', (orderBy, order) => {
  it('is the same walked forward and backward, in its order, and all of it', async () => {
    expect(all).toHaveLength(NAMES.length + 1)
    const expected = sorted(all, order)
    expect(await walk({ orderBy }, 'FORWARD')).toEqual(expected)
    expect(await walk({ orderBy }, 'BACKWARD')).toEqual(expected)
    expect(idsOf((await teams.list(reader, teamId, { orderBy, first: 100 }, SELECTION)).nodes)).toEqual(expected)
  })

  it('is narrowed by status, role, search and second factor', async () => {
    const narrowed = async (filter: Record<string, unknown>, keep: (row: Row) => boolean) => {
      const expected = sorted(all.filter(keep), order)
      expect(await walk({ orderBy, filter }, 'FORWARD'), JSON.stringify(filter)).toEqual(expected)
      expect((await teams.list(reader, teamId, { orderBy, filter, first: 0 }, SELECTION)).totalCount).toBe(expected.length)
    }
    await narrowed({}, () => true)
    await narrowed({ status: 'INVITED' }, ({ joinedAt }) => joinedAt === null)
    await narrowed({ status: 'ACTIVE' }, ({ joinedAt }) => joinedAt !== null)
    await narrowed({ role: 'owner' }, ({ userName }) => userName === 'Founder')
    await narrowed({ role: 'nobody' }, () => false)
    await narrowed({ role: 'own' }, () => false)
    await narrowed({ role: 'guest', status: 'ACTIVE' }, () => false)
    await narrowed({ mfa: false }, ({ joinedAt }) => joinedAt !== null)
    await narrowed({ mfa: true }, () => false)
    for (const search of ['ANN', '%', '_', 'person1', 'É'])
      await narrowed({ search }, ({ userName, userEmail }) =>
        [userName, userEmail].some((text) => text?.toLowerCase().includes(search.toLowerCase())),
      )
  })

  it('refuses sizes out of bounds, both directions at once, and cursors that are not its own', async () => {
    const cursor = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url')
    const id = String(all[0]?.id)
    const forged = [
      '',
      'x',
      cursor('x'),
      cursor(1, id),
      cursor('x', 'y'),
      cursor('\u0000', id),
      cursor('\ud800', id),
      cursor('x'.repeat(513), id),
    ]
    const bad = [
      { first: 101 },
      { last: -1 },
      { first: 1, last: 1 },
      ...forged.map((after) => ({ after })),
      ...forged.map((before) => ({ last: 1, before })),
    ]
    for (const args of bad)
      expect(await teams.list(reader, teamId, { orderBy, ...args }, SELECTION), JSON.stringify(args)).toEqual({
        refused: 'INVALID_INPUT',
      })
    for (const filter of [{ search: 'x'.repeat(129) }, { search: '\u0000' }, { role: 'x'.repeat(37) }, { role: '\u0000' }])
      expect(await teams.list(reader, teamId, { orderBy, filter }, SELECTION)).toEqual({ refused: 'INVALID_INPUT' })
  })
})

describe('a walk', () => {
  it('goes on without gap or double while members come, go and are renamed', async () => {
    const founder = await app.person({ name: 'M' })
    const { teamId: id } = await teams.team(founder)
    const add = async (name: string) => {
      const person = await app.person({ name })
      return { person, id: await teams.join(id, person.account.id, 'x') }
    }
    const [, b, c, d] = [await add('A'), await add('B'), await add('C'), await add('D')]
    const page = async (after: string | null) => {
      const { nodes, pageInfo } = await teams.list(reader, id, { orderBy: 'USER_NAME', first: 2, after }, SELECTION)
      return { names: nodes.map(({ userName }: Row) => userName), after: pageInfo.endCursor as string }
    }
    const first = await page(null)
    expect(first.names).toEqual(['A', 'B'])
    await teams.dismiss(founder.browser, b.id) // the one that the cursor stands on
    await add('AA')
    await d.person.browser.gql('mutation { updateAccount(input: { name: "Z" }) { __typename } }')
    const second = await page(first.after)
    expect(second.names).toEqual(['C', 'M'])
    await teams.dismiss(founder.browser, c.id)
    expect((await page(second.after)).names).toEqual(['Z'])
  })
})

describe('an account’s own list', () => {
  const page = async (who: TestClient, args: Record<string, unknown>) =>
    (
      await who.gql(
        `query ($first: Int, $after: String, $last: Int, $before: String) { account { memberships(first: $first, after: $after, last: $last, before: $before) {
          nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
        args,
      )
    ).data.account.memberships

  it('has the newest first, and before them its invitations', async () => {
    const [ann, bob] = (await Promise.all([app.person(), app.person()])) as [Person, Person]
    const joined: string[] = []
    for (let index = 0; index < 4; index++) {
      app.clock.advance(1)
      joined.unshift(String((await teams.team(ann, bob)).memberships[0]))
    }
    const { membership } = await teams.invite(ann.browser, { teamId: (await teams.team(ann)).teamId, accountId: bob.account.id })
    const expected = [membership.id, ...joined]
    const first = await page(bob.browser, { first: 3 })
    expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } })
    const second = await page(bob.browser, { first: 3, after: first.pageInfo.endCursor })
    expect([...first.nodes, ...second.nodes].map(({ id }: Row) => id)).toEqual(expected)
    const end = await page(bob.browser, { last: 2 })
    expect(end.nodes.map(({ id }: Row) => id)).toEqual(expected.slice(-2))
    expect((await page(bob.browser, { last: 3, before: end.pageInfo.startCursor })).nodes.map(({ id }: Row) => id)).toEqual(
      expected.slice(0, 3),
    )
  })
})
