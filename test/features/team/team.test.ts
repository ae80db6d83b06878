import { describe, expect, it } from 'vitest'
import { SIZES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)

const seen = async (who: TestClient, id: string) =>
  (await who.gql('query ($id: ID!) { node(id: $id) { id ... on Team { name viewerRoles } } }', { id })).data.node

const eventsOf = async (...types: string[]) =>
  (
    await (
      await app.key('EVENTS_READ', 'TEAMS_READ')
    ).gql(
      'query ($types: [String!]) { events(filter: { types: $types }) { nodes { type actor { kind } subject { id } details } } }',
      { types },
    )
  ).data.events.nodes

describe('createTeam', () => {
  it('makes a team that its maker runs', async () => {
    const { browser, account, email } = await app.person({ name: 'Ann' })
    const made = await teams.create(browser, '  Bells  ')
    expect(made).toEqual({
      __typename: 'CreateTeamPayload',
      team: {
        id: expect.stringMatching(/^tea_/),
        name: 'Bells',
        viewerRoles: ['owner'],
        preferences: {},
        createdAt: app.clock.now().toISOString(),
      },
      membership: {
        id: expect.stringMatching(/^mem_/),
        team: { id: made.team.id },
        account: { id: account.id },
        userName: 'Ann',
        userEmail: email,
        mfa: false,
        hidden: [],
        roles: ['owner'],
        status: 'ACTIVE',
        invitedAt: null,
        joinedAt: app.clock.now().toISOString(),
        isViewer: true,
      },
    })
    const events = await eventsOf('team.created', 'membership.joined')
    expect(events.slice(0, 2)).toEqual([
      {
        type: 'membership.joined',
        actor: { kind: 'ACCOUNT' },
        subject: { id: made.team.id },
        details: { membershipId: made.membership.id, roles: ['owner'], by: 'FOUNDING' },
      },
      { type: 'team.created', actor: { kind: 'ACCOUNT' }, subject: { id: made.team.id }, details: {} },
    ])
  })

  it('makes one without anybody in it for a key, and none for one without the scope or for a guest', async () => {
    expect(await teams.create(teams.server)).toMatchObject({ team: { viewerRoles: [] }, membership: null })
    expect(await teams.create(await app.key('TEAMS_READ'))).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.create(app.browser())).toEqual({ refused: 'UNAUTHENTICATED' })
  })

  it('makes none for an account without an address', async () => {
    const { browser, account } = await app.person()
    await app.app.db.read.account.update({ where: { id: account.id }, data: { email: null } })
    expect(await teams.create(browser)).toEqual({ refused: 'FORBIDDEN' })
  })

  it.each([
    ['', 0],
    ['   ', 0],
    ['x'.repeat(SIZES.name + 1), 1],
    ['a\nb', 1],
  ])('refuses the name %j', async (name) => {
    const { browser } = await app.person()
    expect(await teams.create(browser, name)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'input.name' }] })
    expect(await teams.create(browser, '💫'.repeat(SIZES.name))).toMatchObject({ team: {} })
  })
})

describe('updateTeam', () => {
  it('changes name and preferences for an owner, and leaves what is left out', async () => {
    const ann = await app.person()
    const { teamId } = await teams.team(ann)
    expect((await teams.update(ann.browser, { teamId, name: ' Carols ' })).team).toEqual({
      id: teamId,
      name: 'Carols',
      preferences: {},
    })
    const preferences = { colour: 'red', deep: [1, null, { x: 'ö' }] }
    expect((await teams.update(ann.browser, { teamId, name: null, preferences })).team).toEqual({
      id: teamId,
      name: 'Carols',
      preferences,
    })
    expect((await teams.update(ann.browser, { teamId })).team).toMatchObject({ preferences })
    expect((await teams.update(ann.browser, { teamId, preferences: null })).team).toMatchObject({ preferences: {} })
    expect((await eventsOf('team.updated')).slice(0, 3).map(({ details }: { details: object }) => details)).toEqual([
      { fields: ['preferences'] },
      { fields: ['preferences'] },
      { fields: ['name'] },
    ])
  })

  it('names every field that is not acceptable', async () => {
    const ann = await app.person()
    const { teamId } = await teams.team(ann)
    const large = { text: 'x'.repeat(SIZES.preferencesBytes - '{"text":""}'.length) }
    expect(await teams.update(ann.browser, { teamId, preferences: large })).toMatchObject({ team: { preferences: large } })
    expect(await teams.update(ann.browser, { teamId, name: '', preferences: { text: `${large.text}x` } })).toMatchObject({
      fields: [{ path: 'input.name' }, { path: 'input.preferences' }],
    })
  })

  it('is for owners and operators: a member is told FORBIDDEN, anybody else NOT_FOUND, before anything is said of the input', async () => {
    const [ann, bob, eve, admin] = [await app.person(), await app.person(), await app.person(), await app.admin()]
    const { teamId } = await teams.team(ann, bob)
    const attempt = (who: TestClient, id = teamId) => teams.update(who, { teamId: id, name: '' })
    expect(await attempt(bob.browser)).toEqual({ refused: 'FORBIDDEN' })
    expect(await attempt(eve.browser)).toEqual({ refused: 'NOT_FOUND' })
    expect(await attempt(eve.browser, 'tea_00000000000000000000000000')).toEqual({ refused: 'NOT_FOUND' })
    expect(await attempt(ann.browser, 'nonsense')).toEqual({ refused: 'NOT_FOUND' })
    expect(await attempt(app.browser())).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(await attempt(await app.key('TEAMS_READ', 'MEMBERSHIPS_READ'))).toEqual({ refused: 'FORBIDDEN' })
    expect(await attempt(teams.server)).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await attempt(admin.browser)).toMatchObject({ code: 'INVALID_INPUT' })
    app.clock.advance(601)
    expect(await attempt(admin.browser)).toEqual({ refused: 'REAUTHENTICATION_REQUIRED' })
    expect(await attempt(ann.browser)).toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('deleteTeam', () => {
  it('ends the team with everything in it', async () => {
    const [ann, bob, cid] = [await app.person(), await app.person(), await app.person()]
    const { teamId, memberships } = await teams.team(ann, bob)
    await teams.invite(ann.browser, { teamId, accountId: cid.account.id })
    expect(await teams.remove(bob.browser, teamId)).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.remove(cid.browser, teamId)).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.remove(ann.browser, teamId)).toEqual({ __typename: 'DeleteTeamPayload', teamId })
    expect(await seen(ann.browser, teamId)).toBeNull()
    expect((await bob.browser.gql('{ account { memberships { totalCount } } }')).data.account.memberships.totalCount).toBe(0)
    expect(await app.app.db.read.membership.count({ where: { id: { in: memberships } } })).toBe(0)
    expect(await teams.remove(ann.browser, teamId)).toEqual({ refused: 'NOT_FOUND' })
    expect((await eventsOf('team.deleted'))[0]).toMatchObject({
      actor: { kind: 'ACCOUNT' },
      details: { members: 2, invitations: 1, withAccount: false },
    })
  })
})

describe('a team', () => {
  it('is seen by who is in it and by operators, and by nobody else', async () => {
    const [ann, bob, eve, admin] = [await app.person(), await app.person(), await app.person(), await app.admin()]
    const { teamId } = await teams.team(ann, bob)
    await teams.invite(ann.browser, { teamId, accountId: eve.account.id })
    expect(await seen(ann.browser, teamId)).toEqual({ id: teamId, name: 'Bell ringers', viewerRoles: ['owner'] })
    expect(await seen(bob.browser, teamId)).toMatchObject({ viewerRoles: ['ringer'] })
    expect(await seen(admin.browser, teamId)).toMatchObject({ viewerRoles: [] })
    expect(await seen(await app.key('TEAMS_READ'), teamId)).toMatchObject({ viewerRoles: [] })
    for (const who of [eve.browser, app.browser(), teams.server, await app.key('MEMBERSHIPS_READ', 'ACCOUNTS_READ')])
      expect(await seen(who, teamId)).toBeNull()
  })
})

describe('teams', () => {
  const list = async (who: TestClient, args: Record<string, unknown> = {}) => {
    const { data, errors } = await who.gql(
      `query ($filter: TeamFilter, $first: Int, $after: String) { teams(filter: $filter, first: $first, after: $after) {
        totalCount nodes { name } pageInfo { endCursor hasNextPage } } }`,
      args,
    )
    return data?.teams ?? errors?.[0]?.extensions.code
  }

  it('lists them for operators, newest first, by a part of the name', async () => {
    const reader = await app.key('TEAMS_READ')
    for (const name of ['zig 1', 'ZIG%2', 'Zig 3']) {
      app.clock.advance(1)
      await teams.create(teams.server, name)
    }
    const first = await list(reader, { filter: { search: 'zig' }, first: 2 })
    expect(first).toMatchObject({ totalCount: 3, nodes: [{ name: 'Zig 3' }, { name: 'ZIG%2' }], pageInfo: { hasNextPage: true } })
    expect(await list(reader, { filter: { search: 'zig' }, after: first.pageInfo.endCursor })).toMatchObject({
      nodes: [{ name: 'zig 1' }],
    })
    expect(await list(reader, { filter: { search: '%' } })).toMatchObject({ nodes: [{ name: 'ZIG%2' }] })
    expect(await list(reader, { filter: { search: 'x'.repeat(129) } })).toBe('INVALID_INPUT')
    expect(await list((await app.admin()).browser)).toMatchObject({ totalCount: expect.any(Number) })
    for (const who of [(await app.person()).browser, teams.server]) expect(await list(who)).toBe('FORBIDDEN')
    expect(await list(app.browser())).toBe('UNAUTHENTICATED')
  })
})
