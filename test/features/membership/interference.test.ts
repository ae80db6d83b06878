/**
 * What is withheld from somebody changes nothing that he gets: whatever the name, the address and the second factor of a member are,
 * every answer is the same, byte for byte. How long an answer takes is out of scope: no two rows take the same time.
 */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { DETAILS, type MembershipDetail } from '../../../src/policy/visibility.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, MEMBERSHIP, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const [ann, bob, cid, dan, eve] = [
  await app.person({ name: 'Ann' }),
  await app.person({ name: 'Bob' }),
  await app.person({ name: 'Cid' }),
  await app.person({ name: 'Dan' }),
  await app.person({ name: 'Eve' }),
]
const { teamId, memberships } = await teams.team(ann, bob, cid, dan)
const target = memberships[0] ?? ''
const operator = await app.key('ACCOUNTS_WRITE')

type Secrets = Readonly<{ name: string; email: string; mfa: boolean }>

const FIRST: Secrets = { name: 'Bob', email: 'bob@hidden.example', mfa: false }

/** Gives Bob another name and address, as an operator does, and another second factor, which nothing changes yet. */
const become = async ({ name, email, mfa }: Secrets): Promise<void> => {
  const { data } = await operator.gql(
    'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
    { input: { accountId: bob.account.id, name, email } },
  )
  expect(data.updateAccountAsOperator.__typename).toBe('UpdateAccountAsOperatorPayload')
  await app.app.db.read.$executeRaw`UPDATE memberships SET user_mfa = ${mfa} WHERE id = ${target}`
}

const LIST = `query ($id: ID!, $filter: MembershipFilter, $orderBy: MembershipOrder, $first: Int, $after: String, $last: Int) {
  node(id: $id) { ... on Team { memberships(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last) {
    edges { cursor node { ${MEMBERSHIP} } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }`

const ONE = `query ($membership: ID!, $account: ID!, $team: ID!) {
  membership: node(id: $membership) { id ... on Membership { ${MEMBERSHIP} team { id name memberships(first: 10) { totalCount nodes { ${MEMBERSHIP} } } } } }
  account: node(id: $account) { id ... on Account { name email } }
  team: node(id: $team) { id ... on Team { name viewerRoles } }
  viewer: account { memberships(first: 10) { edges { cursor node { ${MEMBERSHIP} } } totalCount } } }`

/** Questions with and without a detail in them: values that are there, that were, and that never were. */
const QUESTIONS: readonly Readonly<Record<string, unknown>>[] = [
  ...['JOINED_AT', 'INVITED_AT', 'USER_NAME', 'USER_EMAIL'].flatMap((orderBy) => [
    { orderBy, first: 2 },
    { orderBy, last: 2 },
  ]),
  ...[true, false].map((mfa) => ({ filter: { mfa } })),
  ...['b', 'Bob', 'hidden.example', 'nobody'].map((search) => ({ filter: { search } })),
  { filter: { status: 'ACTIVE' } },
  { filter: { role: 'ringer' } },
  { orderBy: 'USER_NAME', first: 2, after: 'nonsense' },
  { orderBy: 'USER_EMAIL', filter: { search: 'b'.repeat(500) } },
]

const raw = async (who: TestClient, query: string, variables: Record<string, unknown>): Promise<string> => {
  const response = await who.post({ query, variables })
  return `${response.status} ${await response.text()}`
}

/** Everything that somebody can ask, as it was answered. */
const answers = async (who: TestClient): Promise<readonly string[]> => {
  const got = [await raw(who, ONE, { membership: target, account: bob.account.id, team: teamId })]
  for (const question of QUESTIONS) {
    const page = await raw(who, LIST, { id: teamId, ...question })
    got.push(page)
    const after = /"endCursor":"([^"]+)"/.exec(page)?.[1] // and the next page, by the cursor of this one
    if (after !== undefined && 'first' in question) got.push(await raw(who, LIST, { id: teamId, ...question, after }))
  }
  return got
}

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) { kind membership { ${MEMBERSHIP} } } }`

const VIEWERS: Readonly<Record<string, TestClient>> = {
  guest: app.browser(),
  stranger: eve.browser,
  member: cid.browser,
  owner: ann.browser,
  'key without': await app.key('TEAMS_READ', 'TEAMS_WRITE'),
}

const following = [
  { name: 'member', changes: await app.subscribe(cid.browser, CHANGES, { teamId }) },
  { name: 'owner', changes: await app.subscribe(ann.browser, CHANGES, { teamId }) },
]
afterAll(() => {
  for (const { changes } of following) changes.stop()
})

/** All that somebody is told up to the change to these roles, that one too. */
const told = async ({ changes }: (typeof following)[number], role: string): Promise<readonly string[]> => {
  const heard: string[] = []
  for (let isLast = false; !isLast; ) {
    const answer = await changes.next()
    const { kind, membership } = answer?.data.memberships ?? {}
    isLast = kind === 'ROLES_CHANGED' && membership.roles.includes(role)
    heard.push(JSON.stringify(answer))
  }
  return heard
}

/** Lets everybody hear what has happened until now, so that what comes next is told by itself. */
const hearAll = async (): Promise<void> => {
  for (const roles of [['ringer', 'heard'], ['ringer']]) await teams.setRoles(ann.browser, target, roles)
  for (const one of following) {
    await told(one, 'heard')
    await one.changes.next()
  }
}

/** Everything that everybody of these gets: what was told until now, answers, the payload of a change, and what is told of that. */
const everything = async (names: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> => {
  const got: Record<string, readonly string[]> = {}
  for (const name of names) got[name] = await answers(VIEWERS[name] as TestClient) // each name is one of them
  for (const roles of [['ringer', 'a'], ['ringer']]) {
    const payload = JSON.stringify(await teams.setRoles(ann.browser, target, roles))
    if (names.includes('owner')) got.owner = [...(got.owner ?? []), payload]
    for (const one of following) {
      const heard = await told(one, roles.at(-1) ?? '')
      if (names.includes(one.name)) got[one.name] = [...(got[one.name] ?? []), ...heard]
    }
  }
  for (const { changes } of following) expect(changes.pending()).toEqual([])
  return got
}

const secrets = fc.record({
  name: fc.oneof(fc.constantFrom('Aaron', 'zzz', 'bob', '%', 'Émile'), fc.stringMatching(/^[a-zA-Z ]{0,20}x$/)),
  email: fc.stringMatching(/^[a-z]{1,12}$/).map((local) => `${local}@hidden.example`),
  mfa: fc.boolean(),
})

/** Only what is private becomes another. */
const changed = (hidden: readonly MembershipDetail[], to: Secrets): Secrets => ({
  name: hidden.includes('USER_NAME') ? to.name : FIRST.name,
  email: hidden.includes('USER_EMAIL') ? to.email : FIRST.email,
  mfa: hidden.includes('MFA') ? to.mfa : FIRST.mfa,
})

const policies = fc.record({
  private: fc.subarray([...DETAILS], { minLength: 1 }),
  ownersSeeAll: fc.boolean(),
})

/** Whoever is not shown everything. */
const blind = (ownersSeeAll: boolean): readonly string[] =>
  Object.keys(VIEWERS).filter((name) => !(ownersSeeAll && name === 'owner'))

describe('what is withheld', () => {
  it('changes nothing that anybody gets from whom it is withheld', async () => {
    await fc.assert(
      fc.asyncProperty(policies, secrets, async (membershipPrivacy, other) => {
        await become(FIRST)
        await app.settings({ membershipPrivacy })
        await hearAll()
        const names = blind(membershipPrivacy.ownersSeeAll)
        const before = await everything(names)
        await become(changed(membershipPrivacy.private, other))
        expect(await everything(names)).toEqual(before)
      }),
      {
        numRuns: 10,
        examples: [
          [
            { private: [...DETAILS], ownersSeeAll: false },
            { name: 'Zoe', email: 'a@hidden.example', mfa: true },
          ],
        ],
      },
    )
  }, 120_000)

  it.each([
    ['USER_NAME', { ...FIRST, name: 'Aaron' }],
    ['USER_EMAIL', { ...FIRST, email: 'a@hidden.example' }],
    ['MFA', { ...FIRST, mfa: true }],
  ] as const)('is seen to change where it is shown: %s', async (detail, other) => {
    await become(FIRST)
    await app.settings({ membershipPrivacy: { private: DETAILS.filter((one) => one !== detail), ownersSeeAll: false } })
    await hearAll()
    const before = await everything(blind(false))
    await become(other)
    const after = await everything(blind(false))
    for (const name of ['member', 'owner']) expect(after[name]).not.toEqual(before[name])
    for (const name of ['guest', 'stranger', 'key without']) expect(after[name]).toEqual(before[name])
  })
})

describe('an invitation by an address', () => {
  /** The answer to the inviter and the list that he sees then, without the id, which is new each time. */
  const invited = async (email: string): Promise<string> => {
    const { membership, ...rest } = await teams.invite(ann.browser, { teamId, email, roles: ['guest'], name: 'N' })
    const list = await raw(
      ann.browser,
      `query ($id: ID!) { node(id: $id) { ... on Team { memberships(first: 10) { totalCount nodes { ${MEMBERSHIP} } } } } }`,
      { id: teamId },
    )
    await teams.dismiss(ann.browser, membership.id)
    for (let index = 0; index < 2; index++) for (const { changes } of following) await changes.next()
    return JSON.stringify([rest, membership, list]).replaceAll(membership.id, 'new')
  }

  it('is answered and listed the same whether the address is a member’s, another account’s or nobody’s', async () => {
    await app.settings({ membershipPrivacy: { private: DETAILS, ownersSeeAll: false } })
    await become(FIRST)
    const ofMember = await invited(FIRST.email)
    expect(await invited(eve.email)).toBe(ofMember)
    await become({ ...FIRST, email: 'moved@hidden.example' })
    expect(await invited(FIRST.email)).toBe(ofMember)
  })
})
