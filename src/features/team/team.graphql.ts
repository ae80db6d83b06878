/** Teams in the schema. The edge to the memberships is added by the room that owns them. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { LARGE_LEAF } from '../../graphql/limits.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { SIZES } from '../../policy/bounds.ts'
import type { Team } from './team.ts'

export const TeamRef = builder.objectRef<Team>('Team')
builder.objectType(TeamRef, {
  description: 'Accounts that belong together. Seen by whoever is in it and by operators with TEAMS_READ.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: `1 to ${SIZES.name} characters.` }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    viewerRoles: t.stringList({
      description: 'The viewer’s own roles in it; "owner" runs the team. Empty for whoever is not in it.',
      resolve: async (team, _args, { load }) => [...((await load.viewerRoles.load(team.id)) ?? [])],
    }),
    preferences: t.expose('preferences', {
      extensions: LARGE_LEAF,
      type: 'JSONObject',
      description: `The application's own data, at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON.`,
    }),
  }),
})
registerNode('Team', (id, { services, viewer }) => services.teams.find(viewer, id))

const TeamFilterInput = builder.inputType('TeamFilter', {
  description: 'Which teams. What is left out does not narrow.',
  fields: (t) => ({
    search: t.string({ description: `Part of the name, at most ${SIZES.search} characters; case does not matter.` }),
  }),
})

const TeamConnectionRef = connectionOf('Team', TeamRef)
builder.queryField('teams', (t) =>
  t.field({
    type: TeamConnectionRef,
    description: 'Administrators only. All teams, newest first.',
    ...accessOptions('team.list'),
    args: { filter: t.arg({ type: TeamFilterInput, description: 'Which teams. All if left out.' }), ...pageArgs(t.arg) },
    resolve: (_root, { filter, ...args }, { services, viewer }) => services.teams.list(viewer, pageOfArgs(args), filter ?? {}),
  }),
)
