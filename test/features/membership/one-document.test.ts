/** Several mutations of one document: each answers with what is there once it is done, not with what an earlier one has read. */
import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { teamsOf } from '../../support/teams.ts'

const app = await testApp()
const teams = await teamsOf(app)

describe('several mutations of one document', () => {
  it('each tell of the team as it is then', async () => {
    const [ann, bob] = [await app.person(), await app.person()]
    const { teamId, memberships, ownership } = await teams.team(ann, bob)
    const { data } = await ann.browser.gql(
      `mutation ($bob: ID!, $ann: ID!, $team: ID!) {
        a: updateMembership(input: { membershipId: $bob, roles: ["owner"] }) {
          ... on UpdateMembershipPayload { membership { team { name viewerRoles } } } }
        b: updateTeam(input: { teamId: $team, name: "Renamed" }) { __typename }
        c: updateMembership(input: { membershipId: $ann, roles: ["plain"] }) {
          ... on UpdateMembershipPayload { membership { roles team { name viewerRoles } } } } }`,
      { bob: memberships[0], ann: ownership, team: teamId },
    )
    expect(data.a.membership.team).toEqual({ name: 'Bell ringers', viewerRoles: ['owner'] })
    expect(data.c.membership).toEqual({ roles: ['plain'], team: { name: 'Renamed', viewerRoles: ['plain'] } })
  })

  it('do not show a team any more that was left meanwhile', async () => {
    const [ann, bob] = [await app.person(), await app.person()]
    const { memberships } = await teams.team(ann, bob)
    await teams.setRoles(ann.browser, memberships[0] ?? '', ['owner'])
    const { data } = await bob.browser.gql(
      `mutation ($bob: ID!) {
        a: updateMembership(input: { membershipId: $bob, roles: ["owner", "x"] }) {
          ... on UpdateMembershipPayload { membership { team { name } } } }
        b: removeMembership(input: { membershipId: $bob }) { ... on RemoveMembershipPayload { team { name } } } }`,
      { bob: memberships[0] },
    )
    expect(data).toEqual({ a: { membership: { team: { name: 'Bell ringers' } } }, b: { team: null } })
  })

  it('show the own account as it is after a change of it', async () => {
    const ann = await app.person({ name: 'Ann' })
    const { data } = await ann.browser.gql(
      `mutation { a: updateAccount(input: { name: "Anna" }) { __typename }
        b: createTeam(input: { name: "T" }) { ... on CreateTeamPayload { membership { userName account { name } } } } }`,
    )
    expect(data.b.membership).toEqual({ userName: 'Anna', account: { name: 'Anna' } })
  })
})
