/** What members see of each other, by the setting; the whole matrix is walked elsewhere. */
import { afterEach, describe, expect, it } from 'vitest'
import { DETAILS, type MembershipDetail } from '../../../src/policy/visibility.ts'
import { newEmail, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { teamsOf } from '../../support/teams.ts'

const app = await testApp()
const teams = await teamsOf(app)

const set = (hidden: readonly MembershipDetail[], ownersSeeAll = false) =>
  app.settings({ membershipPrivacy: { private: hidden, ownersSeeAll } })

const [ann, bob, cid] = [
  await app.person({ name: 'Ann' }),
  await app.person({ name: 'bob', email: newEmail().replace('person', 'zoe') }),
  await app.person({ name: null }),
]
const admin = await app.admin()
const { teamId } = await teams.team(ann, bob, cid)

afterEach(() => set(DETAILS))

const SHOWN = 'nodes { userName userEmail mfa hidden isViewer }'

/** What somebody sees of the others in the list. */
const others = async (who: TestClient) =>
  (await teams.list(who, teamId, {}, SHOWN)).nodes.filter(({ isViewer }: { isViewer: boolean }) => !isViewer)

const NOTHING = { userName: null, userEmail: null, mfa: null, hidden: [...DETAILS] }

describe('the details of a member', () => {
  it('are withheld by default from everybody but himself and operators', async () => {
    for (const { browser } of [ann, bob])
      expect(await others(browser)).toEqual([expect.objectContaining(NOTHING), expect.objectContaining(NOTHING)])
    const { nodes } = await teams.list(bob.browser, teamId, {}, SHOWN)
    expect(nodes).toContainEqual({ userName: 'bob', userEmail: bob.email, mfa: false, hidden: [], isViewer: true })
    const reader = await app.key('MEMBERSHIPS_READ', 'TEAMS_READ')
    for (const who of [admin.browser, reader])
      expect((await others(who)).map(({ userEmail }: { userEmail: string }) => userEmail).toSorted()).toEqual(
        [ann.email, bob.email, cid.email].toSorted(),
      )
  })

  it('are shown one by one as the setting says, and `hidden` tells what is withheld from what is not there', async () => {
    await set(['USER_EMAIL'])
    expect(await others(ann.browser)).toEqual([
      { userName: null, userEmail: null, mfa: false, hidden: ['USER_EMAIL'], isViewer: false },
      { userName: 'bob', userEmail: null, mfa: false, hidden: ['USER_EMAIL'], isViewer: false },
    ])
    await set(['USER_NAME', 'MFA'])
    expect(await others(ann.browser)).toContainEqual({
      userName: null,
      userEmail: bob.email,
      mfa: null,
      hidden: ['USER_NAME', 'MFA'],
      isViewer: false,
    })
    await set([])
    expect(await others(bob.browser)).toContainEqual({
      userName: 'Ann',
      userEmail: ann.email,
      mfa: false,
      hidden: [],
      isViewer: false,
    })
  })

  it('are shown to owners where they see all, and to nobody else for that', async () => {
    await set(DETAILS, true)
    expect(await others(ann.browser)).toContainEqual({
      userName: 'bob',
      userEmail: bob.email,
      mfa: false,
      hidden: [],
      isViewer: false,
    })
    expect(await others(bob.browser)).toEqual([expect.objectContaining(NOTHING), expect.objectContaining(NOTHING)])
  })

  it('follow the account’s own', async () => {
    const dan = await app.person({ name: 'Dan' })
    const id = await teams.join(teamId, dan.account.id)
    const operator = await app.key('ACCOUNTS_WRITE', 'MEMBERSHIPS_READ')
    const seen = async () =>
      (await operator.gql('query ($id: ID!) { node(id: $id) { ... on Membership { userName userEmail } } }', { id })).data.node
    expect(await seen()).toEqual({ userName: 'Dan', userEmail: dan.email })
    await dan.browser.gql('mutation { updateAccount(input: { name: "Daniel" }) { __typename } }')
    expect(await seen()).toEqual({ userName: 'Daniel', userEmail: dan.email })
    const email = newEmail()
    await operator.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      {
        input: { accountId: dan.account.id, name: null, email },
      },
    )
    expect(await seen()).toEqual({ userName: null, userEmail: email })
    await teams.dismiss(dan.browser, id)
  })
})

describe('a question that tells of a detail', () => {
  const QUESTIONS: readonly (readonly [MembershipDetail[], Record<string, unknown>])[] = [
    [['USER_NAME'], { orderBy: 'USER_NAME' }],
    [['USER_EMAIL'], { orderBy: 'USER_EMAIL' }],
    [['MFA'], { filter: { mfa: false } }],
    [['USER_NAME', 'USER_EMAIL'], { filter: { search: 'o' } }],
  ]

  it.each(QUESTIONS)('of %j is answered where it is shown of everybody: %j', async (details, question) => {
    for (const detail of details) {
      await set([detail])
      for (const { browser } of [ann, bob]) expect(await teams.list(browser, teamId, question)).toEqual({ refused: 'FORBIDDEN' })
      expect(await teams.list(admin.browser, teamId, question)).toMatchObject({ totalCount: expect.any(Number) })
      await set([detail], true)
      expect(await teams.list(ann.browser, teamId, question)).toMatchObject({ totalCount: expect.any(Number) })
      expect(await teams.list(bob.browser, teamId, question)).toEqual({ refused: 'FORBIDDEN' })
    }
    await set(DETAILS.filter((detail) => !details.includes(detail)))
    for (const { browser } of [ann, bob])
      expect(await teams.list(browser, teamId, question)).toMatchObject({ totalCount: expect.any(Number) })
  })

  it('is refused before anything else about it is looked at, and with a cursor from when it was allowed', async () => {
    await set([])
    const { pageInfo } = await teams.list(bob.browser, teamId, { orderBy: 'USER_NAME', first: 1 })
    const further = { orderBy: 'USER_NAME', after: pageInfo.endCursor }
    expect((await teams.list(bob.browser, teamId, further)).nodes).toHaveLength(2)
    await set(['USER_NAME'])
    expect(await teams.list(bob.browser, teamId, further)).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.list(bob.browser, teamId, { after: pageInfo.endCursor })).toEqual({ refused: 'INVALID_INPUT' })
    expect(await teams.list(bob.browser, teamId, { orderBy: 'USER_NAME', first: 1_000 })).toEqual({ refused: 'FORBIDDEN' })
  })

  it('is refused to somebody who is alone in his team, too', async () => {
    const { teamId: own } = await teams.team(ann)
    expect(await teams.list(ann.browser, own, { orderBy: 'USER_NAME' })).toEqual({ refused: 'FORBIDDEN' })
  })
})

describe('the setting', () => {
  it('is public, keeps each detail once in one order, and takes no other word', async () => {
    const policy = async () =>
      (await app.browser().gql('{ securitySettings { membershipPrivacy { private ownersSeeAll } } }')).data.securitySettings
        .membershipPrivacy
    expect(await policy()).toEqual({ private: ['USER_NAME', 'USER_EMAIL', 'MFA'], ownersSeeAll: false })
    await app.settings({ membershipPrivacy: { private: ['MFA', 'USER_NAME', 'MFA'] } })
    expect(await policy()).toEqual({ private: ['USER_NAME', 'MFA'], ownersSeeAll: false })
    await expect(app.settings({ membershipPrivacy: { private: null } })).rejects.toThrow()
    await expect(app.settings({ membershipPrivacy: { private: ['PHONE'] } })).rejects.toThrow()
  })
})
