import { describe, expect, it } from 'vitest'
import { LIFETIMES, SIZES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, MEMBERSHIP, type Person, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)

const people = (count: number): Promise<Person[]> => Promise.all(Array.from({ length: count }, () => app.person()))

const node = async (who: TestClient, id: string) =>
  (await who.gql(`query ($id: ID!) { node(id: $id) { ... on Membership { ${MEMBERSHIP} } } }`, { id })).data.node

const own = async ({ browser }: Person) =>
  (await browser.gql(`{ account { memberships { totalCount nodes { ${MEMBERSHIP} } } } }`)).data.account.memberships

const deleteAccount = async (who: TestClient, input: Record<string, unknown> = {}) => {
  const { data, errors } = await who.gql(
    `mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename ... on UserError { code } ... on LastOwnerError { teams { id name } } } }`,
    { input },
  )
  return data?.deleteAccount ?? { refused: errors?.[0]?.extensions.code }
}

const eventsOf = async (accountId: string, ...types: string[]) =>
  (
    await (
      await app.key('EVENTS_READ', 'TEAMS_READ')
    ).gql('query ($filter: EventFilter) { events(filter: $filter) { nodes { type actor { kind } subject { id } details } } }', {
      filter: { accountId, types },
    })
  ).data.events.nodes

describe('inviteMember by account', () => {
  it('joins at once whom a key names, with the account’s own name and address', async () => {
    const [ann, bob] = [await app.person(), await app.person({ name: 'Bob' })]
    const { teamId } = await teams.team(ann)
    const { membership } = await teams.invite(teams.server, {
      teamId,
      accountId: bob.account.id,
      roles: ['b', 'a', 'b'],
      name: 'Not Bob',
    })
    expect(membership).toMatchObject({
      status: 'ACTIVE',
      roles: ['b', 'a'],
      invitedAt: null,
      joinedAt: app.clock.now().toISOString(),
    })
    expect((await own(bob)).nodes).toEqual([
      expect.objectContaining({
        id: membership.id,
        userName: 'Bob',
        userEmail: bob.email,
        mfa: false,
        hidden: [],
        isViewer: true,
      }),
    ])
    expect(await eventsOf(bob.account.id, 'membership.joined')).toEqual([
      {
        type: 'membership.joined',
        actor: { kind: 'API_KEY' },
        subject: { id: teamId },
        details: { membershipId: membership.id, roles: ['b', 'a'], by: 'API_KEY' },
      },
    ])
    expect(await teams.invite(teams.server, { teamId, accountId: bob.account.id })).toMatchObject({ code: 'ALREADY_MEMBER' })
  })

  it('leaves it to whom an owner names, and says nothing of his account before', async () => {
    await app.settings({ membershipPrivacy: { private: [] } })
    const [ann, bob] = [await app.person(), await app.person({ name: 'Bob' })]
    const { teamId } = await teams.team(ann)
    const { membership } = await teams.invite(ann.browser, { teamId, accountId: bob.account.id, roles: ['x'], name: 'Bobby' })
    const invited = { status: 'INVITED', roles: ['x'], joinedAt: null, userName: 'Bobby', userEmail: null, mfa: null, hidden: [] }
    expect(membership).toMatchObject({ ...invited, team: { id: teamId }, account: null, isViewer: false })
    expect((await own(bob)).nodes[0]).toMatchObject({ ...invited, team: null, account: { id: bob.account.id }, isViewer: true })
    await bob.browser.gql('mutation { updateAccount(input: { name: "Robert" }) { __typename } }')
    expect(await node(ann.browser, membership.id)).toMatchObject(invited)
    app.clock.advance(5)
    const again = await teams.invite(ann.browser, { teamId, accountId: bob.account.id, roles: ['y'] })
    expect(again.membership).toMatchObject({
      id: membership.id,
      roles: ['y'],
      userName: null,
      invitedAt: app.clock.now().toISOString(),
    })
    expect(await eventsOf(bob.account.id, 'membership.invited')).toHaveLength(2)
    const joined = await teams.invite(teams.server, { teamId, accountId: bob.account.id, roles: ['z'] })
    expect(joined.membership).toMatchObject({ id: membership.id, status: 'ACTIVE', userName: 'Robert', userEmail: bob.email })
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'] } })
  })

  it('refuses who is not there, who has no address, roles that are none, and the first one in a team unless he runs it', async () => {
    const [ann, bob] = [await app.person(), await app.person()]
    const { teamId } = await teams.team(ann)
    const accountId = bob.account.id
    for (const who of [ann.browser, teams.server]) {
      expect(await teams.invite(who, { teamId, accountId: 'acc_00000000000000000000000000' })).toEqual({ refused: 'NOT_FOUND' })
      expect(await teams.invite(who, { teamId, accountId: teamId })).toEqual({ refused: 'NOT_FOUND' })
      expect(await teams.invite(who, { teamId })).toMatchObject({ fields: [{ path: 'input' }] })
      for (const roles of [
        ['Owner'],
        [''],
        ['a b'],
        ['x'.repeat(SIZES.role + 1)],
        Array.from({ length: SIZES.roles + 1 }, (_, i) => `r${i}`),
      ])
        expect(await teams.invite(who, { teamId, accountId, roles })).toMatchObject({ fields: [{ path: 'input.roles' }] })
      expect(await teams.invite(who, { teamId, accountId, name: 'x'.repeat(SIZES.name + 1) })).toMatchObject({
        fields: [{ path: 'input.name' }],
      })
    }
    await app.app.db.read.account.update({ where: { id: accountId }, data: { email: null } })
    expect(await teams.invite(ann.browser, { teamId, accountId })).toEqual({ refused: 'NOT_FOUND' })
    const empty = (await teams.create(teams.server)).team.id
    expect(await teams.invite(teams.server, { teamId: empty, accountId: ann.account.id, roles: ['x'] })).toMatchObject({
      fields: [{ path: 'input.roles' }],
    })
    const most = Array.from({ length: SIZES.roles - 1 }, (_, i) => `${'x'.repeat(SIZES.role - 2)}${i + 10}`)
    expect(
      await teams.invite(teams.server, { teamId: empty, accountId: ann.account.id, roles: ['owner', ...most] }),
    ).toMatchObject({
      membership: { roles: ['owner', ...most] },
    })
  })

  it('is for owners and operators', async () => {
    const [ann, bob, eve] = (await people(3)) as [Person, Person, Person]
    const { teamId } = await teams.team(ann, bob)
    const wish = { teamId, accountId: eve.account.id }
    expect(await teams.invite(bob.browser, wish)).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.invite(eve.browser, wish)).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.invite(app.browser(), wish)).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(await teams.invite(await app.key('TEAMS_READ', 'MEMBERSHIPS_READ'), wish)).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.invite((await app.admin()).browser, wish)).toMatchObject({ membership: { status: 'INVITED' } })
  })
})

describe('updateMembership', () => {
  it('changes roles for owners, and says so in the member’s log', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId, memberships } = await teams.team(ann, bob)
    const id = String(memberships[0])
    expect((await teams.setRoles(ann.browser, id, ['owner', 'treasurer'])).membership).toMatchObject({
      id,
      roles: ['owner', 'treasurer'],
    })
    await teams.setRoles(ann.browser, id, ['treasurer', 'owner', 'owner']) // the same: nothing happens
    expect(await eventsOf(bob.account.id, 'membership.roles-changed')).toEqual([
      {
        type: 'membership.roles-changed',
        actor: { kind: 'ACCOUNT' },
        subject: { id: teamId },
        details: { membershipId: id, roles: ['owner', 'treasurer'] },
      },
    ])
    expect((await teams.setRoles(bob.browser, id, [])).membership.roles).toEqual([])
    expect(await teams.setRoles(bob.browser, id, ['owner'])).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.setRoles(teams.server, id, ['!'])).toMatchObject({ fields: [{ path: 'input.roles' }] })
    const eve = await app.person()
    expect(await teams.setRoles(eve.browser, id, [])).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.setRoles(ann.browser, 'mem_00000000000000000000000000', [])).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.setRoles(ann.browser, teamId, [])).toEqual({ refused: 'NOT_FOUND' })
  })

  it('leaves the last owner one', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { ownership, memberships } = await teams.team(ann, bob)
    const refused = { __typename: 'LastOwnerError', code: 'LAST_OWNER' }
    expect(await teams.setRoles(ann.browser, ownership, ['ringer'])).toMatchObject(refused)
    expect(await teams.setRoles(teams.server, ownership, [])).toMatchObject({ ...refused, teams: [] })
    expect((await teams.setRoles(ann.browser, ownership, ['owner', 'x'])).membership.roles).toEqual(['owner', 'x'])
    await teams.setRoles(ann.browser, String(memberships[0]), ['owner'])
    expect((await teams.setRoles(ann.browser, ownership, ['ringer'])).membership.roles).toEqual(['ringer'])
  })
})

describe('removeMembership', () => {
  it('takes a member out, lets him leave, and takes an invitation back', async () => {
    const [ann, bob, cid, dan, eve] = (await people(5)) as [Person, Person, Person, Person, Person]
    const { teamId, memberships } = await teams.team(ann, bob, cid)
    const [ofBob, ofCid] = memberships as [string, string]
    const invite = async ({ account }: Person) =>
      (await teams.invite(ann.browser, { teamId, accountId: account.id })).membership.id
    const [ofDan, ofEve] = [await invite(dan), await invite(eve)]
    expect(await teams.dismiss(bob.browser, ofCid)).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.dismiss(dan.browser, ofCid)).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.dismiss(ann.browser, ofBob)).toEqual({
      __typename: 'RemoveMembershipPayload',
      membershipId: ofBob,
      team: { id: teamId },
    })
    expect(await teams.dismiss(cid.browser, ofCid)).toEqual({
      __typename: 'RemoveMembershipPayload',
      membershipId: ofCid,
      team: null,
    })
    expect(await teams.dismiss(dan.browser, ofDan)).toMatchObject({ team: null })
    expect(await teams.dismiss(teams.server, ofEve)).toMatchObject({ membershipId: ofEve, team: null })
    const reason = async ({ account }: Person) => (await eventsOf(account.id, 'membership.removed'))[0].details.reason
    expect(await Promise.all([bob, cid, dan, eve].map(reason))).toEqual(['REMOVED', 'LEFT', 'LEFT', 'REVOKED'])
    expect(await eventsOf(bob.account.id, 'membership.removed')).toEqual([
      {
        type: 'membership.removed',
        actor: { kind: 'ACCOUNT' },
        subject: { id: teamId },
        details: {
          membershipId: ofBob,
          reason: 'REMOVED',
          roles: ['ringer'],
          invitedAt: null,
          joinedAt: app.clock.now().toISOString(),
        },
      },
    ])
    expect(await teams.dismiss(ann.browser, ofBob)).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.list(bob.browser, teamId)).toBeNull()
    expect((await own(bob)).totalCount).toBe(0)
  })

  it('does not take the last owner, by whomever', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId, ownership, memberships } = await teams.team(ann, bob)
    const refused = { __typename: 'LastOwnerError', code: 'LAST_OWNER', teams: [{ id: teamId, name: 'Bell ringers' }] }
    expect(await teams.dismiss(ann.browser, ownership)).toMatchObject(refused)
    expect(await teams.dismiss(teams.server, ownership)).toMatchObject({ code: 'LAST_OWNER', teams: [] })
    await teams.dismiss(ann.browser, String(memberships[0]))
    expect(await teams.dismiss(ann.browser, ownership)).toMatchObject(refused)
    const second = await teams.join(teamId, bob.account.id, 'owner')
    expect(await teams.dismiss(bob.browser, ownership)).toMatchObject({ team: { id: teamId } })
    expect(await teams.dismiss(bob.browser, second)).toMatchObject(refused)
  })

  it('does not count an invitation to be an owner, nor an owner whose account is about to go', async () => {
    const [ann, bob, cid] = (await people(3)) as [Person, Person, Person]
    const { teamId, ownership } = await teams.team(ann)
    await teams.invite(ann.browser, { teamId, accountId: bob.account.id, roles: ['owner'] })
    expect(await teams.dismiss(ann.browser, ownership)).toMatchObject({ code: 'LAST_OWNER' })
    await teams.join(teamId, cid.account.id, 'owner')
    expect(await deleteAccount(cid.browser)).toMatchObject({ __typename: 'DeleteAccountPayload' })
    expect(await teams.dismiss(ann.browser, ownership)).toMatchObject({ code: 'LAST_OWNER' })
    await app.signIn(cid.browser, cid.email) // takes it back
    expect(await teams.dismiss(ann.browser, ownership)).toMatchObject({ team: null })
  })
})

describe('an account in teams', () => {
  it('cannot be deleted while others are in a team that nobody else runs; the teams are named to whom may see them', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId, memberships } = await teams.team(ann, bob)
    await teams.team(ann) // hers alone
    const refused = { __typename: 'LastOwnerError', code: 'LAST_OWNER', teams: [{ id: teamId, name: 'Bell ringers' }] }
    expect(await deleteAccount(ann.browser)).toEqual(refused)
    expect(await deleteAccount(ann.browser, { immediately: true })).toEqual(refused)
    const operator = await app.key('ACCOUNTS_WRITE')
    expect(await deleteAccount(operator, { accountId: ann.account.id })).toEqual({ ...refused, teams: [] })
    expect((await ann.browser.gql('{ account { id } }')).data.account).toEqual({ id: ann.account.id })
    await teams.setRoles(ann.browser, String(memberships[0]), ['owner'])
    expect(await deleteAccount(ann.browser, { immediately: true })).toMatchObject({ __typename: 'DeleteAccountPayload' })
    expect((await teams.list(bob.browser, teamId)).nodes).toHaveLength(1)
    expect((await eventsOf(ann.account.id, 'membership.removed'))[0]).toMatchObject({
      details: { reason: 'ACCOUNT_DELETED', roles: ['owner'] },
    })
  })

  it('takes the teams with it that nobody else is in, with their invitations', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId } = await teams.team(ann)
    await teams.invite(ann.browser, { teamId, accountId: bob.account.id })
    expect(await deleteAccount(ann.browser, { immediately: true })).toMatchObject({ __typename: 'DeleteAccountPayload' })
    expect((await own(bob)).totalCount).toBe(0)
    expect(await app.app.db.read.team.count({ where: { id: teamId } })).toBe(0)
    const { data } = await (await app.key('EVENTS_READ')).gql(
      '{ events(first: 1, filter: { types: ["team.deleted"] }) { nodes { details } } }',
    )
    expect(data.events.nodes[0].details).toEqual({ members: 1, invitations: 1, withAccount: true })
  })

  it('leaves them at the end of its days of grace, and not before', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId } = await teams.team(ann, bob)
    expect(await deleteAccount(bob.browser)).toMatchObject({ __typename: 'DeleteAccountPayload' })
    expect(await teams.list(ann.browser, teamId)).toMatchObject({ totalCount: 2 })
    app.clock.advance(LIFETIMES.deletionGrace)
    await app.app.tick()
    await app.signIn(ann.browser, ann.email) // hers is over by now
    expect(await teams.list(ann.browser, teamId)).toMatchObject({ totalCount: 1 })
    expect((await eventsOf(bob.account.id, 'membership.removed'))[0]).toMatchObject({
      actor: { kind: 'SYSTEM' },
      details: { reason: 'ACCOUNT_DELETED' },
    })
  })

  it('stays listed when it is blocked', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { teamId } = await teams.team(ann, bob)
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql('mutation ($id: ID!) { blockAccount(input: { accountId: $id }) { __typename } }', { id: bob.account.id })
    expect(await teams.list(ann.browser, teamId)).toMatchObject({ totalCount: 2 })
  })
})

describe('a membership', () => {
  it('is seen by who is in the team, by the member himself and by operators, and by nobody else', async () => {
    const [ann, bob, eve, fay] = (await people(4)) as [Person, Person, Person, Person]
    const { teamId, memberships } = await teams.team(ann, bob)
    const id = String(memberships[0])
    const { membership: invitation } = await teams.invite(ann.browser, { teamId, accountId: fay.account.id })
    const admin = await app.admin()
    for (const who of [ann.browser, bob.browser, admin.browser, await app.key('MEMBERSHIPS_READ')])
      expect(await node(who, id)).toMatchObject({ id })
    for (const who of [eve.browser, fay.browser, app.browser(), teams.server, await app.key('TEAMS_READ', 'ACCOUNTS_READ')])
      expect(await node(who, id)).toBeNull()
    expect(await node(fay.browser, invitation.id)).toMatchObject({ id: invitation.id, team: null, isViewer: true })
    expect(await node(eve.browser, invitation.id)).toBeNull()
    const ofAccount = async (who: TestClient) =>
      (
        await who.gql('query ($id: ID!) { node(id: $id) { ... on Account { memberships { totalCount } } } }', {
          id: bob.account.id,
        })
      ).errors?.[0]?.extensions.code ?? 'SEEN'
    expect(await ofAccount(await app.key('ACCOUNTS_READ'))).toBe('NOT_FOUND')
    expect(await ofAccount(await app.key('ACCOUNTS_READ', 'MEMBERSHIPS_READ'))).toBe('SEEN')
    expect(await teams.list(await app.key('TEAMS_READ'), teamId)).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.list(await app.key('TEAMS_READ', 'MEMBERSHIPS_READ'), teamId)).toMatchObject({ totalCount: 3 })
  })

  it('shows the account to itself and to whom may read accounts', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const { memberships } = await teams.team(ann, bob)
    const id = String(memberships[0])
    expect((await node(ann.browser, id)).account).toBeNull()
    expect((await node(bob.browser, id)).account).toEqual({ id: bob.account.id })
    expect((await node(await app.key('MEMBERSHIPS_READ'), id)).account).toBeNull()
    expect((await node(await app.key('MEMBERSHIPS_READ', 'ACCOUNTS_READ'), id)).account).toEqual({ id: bob.account.id })
  })
})
