/** Teams as people and keys make them. */
import type { TestApp } from './app.ts'
import type { TestClient } from './client.ts'

/** Where the links of invitations lead. For the environment of a test in which people invite. */
export const INVITATIONS = { ALLOWED_REDIRECTS: 'https://app.example.com/join' } as const

export type Person = Awaited<ReturnType<TestApp['person']>>

export const MEMBERSHIP = 'id team { id } account { id } userName userEmail mfa hidden roles status invitedAt joinedAt isViewer'

const ERRORS = '... on UserError { code message } ... on InvalidInputError { fields { path } }'

/** The payload of a mutation, or its error; a refusal is an Error of its code. */
const run = async (who: TestClient, name: string, payload: string, input: Record<string, unknown>) => {
  const Name = name.charAt(0).toUpperCase() + name.slice(1)
  const { data, errors } = await who.gql(
    `mutation ($input: ${Name}Input!) { ${name}(input: $input) { __typename ... on ${Name}Payload { ${payload} }
      ${ERRORS} ${/^(update|remove)Membership$/.test(name) ? '... on LastOwnerError { teams { id name } }' : ''} } }`,
    { input },
  )
  return data?.[name] ?? { refused: errors?.[0]?.extensions.code }
}

export const teamsOf = async (app: TestApp) => {
  const server = await app.key('TEAMS_WRITE')

  const create = (who: TestClient, name = 'Bell ringers') =>
    run(who, 'createTeam', `team { id name viewerRoles preferences createdAt } membership { ${MEMBERSHIP} }`, { name })
  const update = (who: TestClient, input: Record<string, unknown>) =>
    run(who, 'updateTeam', 'team { id name preferences }', input)
  const remove = (who: TestClient, teamId: string) => run(who, 'deleteTeam', 'teamId', { teamId })
  const invite = (who: TestClient, input: Record<string, unknown>) =>
    run(who, 'inviteMember', `membership { ${MEMBERSHIP} }`, {
      roles: [],
      redirectUrl: INVITATIONS.ALLOWED_REDIRECTS,
      ...input,
    })
  const setRoles = (who: TestClient, membershipId: string, roles: readonly string[]) =>
    run(who, 'updateMembership', `membership { ${MEMBERSHIP} }`, { membershipId, roles })
  const dismiss = (who: TestClient, membershipId: string) =>
    run(who, 'removeMembership', 'membershipId team { id }', { membershipId })

  /** Puts somebody into a team, as a server would. @returns the id of the membership. */
  const join = async (teamId: string, accountId: string, ...roles: readonly string[]): Promise<string> => {
    const answer = await invite(server, { teamId, accountId, roles })
    if (answer.__typename !== 'InviteMemberPayload') throw new Error(JSON.stringify(answer))
    return answer.membership.id
  }

  /** A team of its founder and others, who are plain members. */
  const team = async (founder: Person, ...members: readonly Person[]) => {
    const made = await create(founder.browser)
    const teamId: string = made.team.id
    const memberships: string[] = []
    for (const { account } of members) memberships.push(await join(teamId, account.id, 'ringer'))
    return { teamId, ownership: made.membership.id as string, memberships }
  }

  /** A page of a team's list, as somebody sees it; or the code of the refusal. */
  const list = async (
    who: TestClient,
    teamId: string,
    args: Record<string, unknown> = {},
    selection = `nodes { ${MEMBERSHIP} }`,
  ) => {
    const { data, errors } = await who.gql(
      `query ($id: ID!, $filter: MembershipFilter, $orderBy: MembershipOrder, $first: Int, $after: String, $last: Int, $before: String) {
        node(id: $id) { ... on Team { memberships(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
          ${selection} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } } } }`,
      { id: teamId, ...args },
    )
    return errors === undefined ? (data.node?.memberships ?? null) : { refused: errors[0]?.extensions.code }
  }

  return { server, create, update, remove, invite, setRoles, dismiss, join, team, list }
}
