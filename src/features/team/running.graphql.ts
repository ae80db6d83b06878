/** Making a team, changing it, and its end, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { SIZES } from '../../policy/bounds.ts'
import { MembershipRef } from '../membership/membership.graphql.ts'
import type { Made } from './running.service.ts'
import { TeamRef } from './team.graphql.ts'
import type { Team } from './team.ts'

const NAME = `1 to ${SIZES.name} characters.`

const CreateTeamPayload = builder.objectRef<Made>('CreateTeamPayload')
builder.objectType(CreateTeamPayload, {
  description: 'The new team.',
  fields: (t) => ({
    team: t.expose('team', { type: TeamRef, description: 'The team.' }),
    membership: t.expose('membership', {
      type: MembershipRef,
      nullable: true,
      description: 'Its maker’s place there, as an owner. Null if a key made it: then nobody is in it yet.',
    }),
  }),
})

mutation('createTeam', {
  access: 'team.create',
  description:
    'Makes a team. Whoever makes it is in it and runs it; one that a key makes has nobody in it. FORBIDDEN to accounts without an address.',
  input: (t) => ({ name: t.string({ required: true, description: NAME }) }),
  payload: CreateTeamPayload,
  run: ({ name }, { services, viewer, source }) => services.teamRunning.create(viewer, source, name),
})

const UpdateTeamPayload = builder.objectRef<{ team: Team }>('UpdateTeamPayload')
builder.objectType(UpdateTeamPayload, {
  description: 'The team as it is now.',
  fields: (t) => ({ team: t.expose('team', { type: TeamRef, description: 'The team as it is now.' }) }),
})

mutation('updateTeam', {
  access: 'team.manage',
  description: 'Changes a team; what is left out stays. For its owners.',
  input: (t) => ({
    teamId: t.id({ required: true, description: 'Which team.' }),
    name: t.string({ description: `${NAME} Null changes nothing.` }),
    preferences: t.field({
      type: 'JSONObject',
      description: `Replaces them all; at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON. Null empties them.`,
    }),
  }),
  payload: UpdateTeamPayload,
  run: async ({ teamId, ...change }, { services, viewer, source }) => ({
    team: await services.teamRunning.update(viewer, source, teamId, change),
  }),
})

const DeleteTeamPayload = builder.objectRef<{ teamId: string }>('DeleteTeamPayload')
builder.objectType(DeleteTeamPayload, {
  description: 'Which team is gone.',
  fields: (t) => ({ teamId: t.exposeID('teamId', { description: 'The id that it had.' }) }),
})

mutation('deleteTeam', {
  access: 'team.manage',
  description: 'Ends a team, with every membership and invitation. For its owners.',
  input: (t) => ({ teamId: t.id({ required: true, description: 'Which team.' }) }),
  payload: DeleteTeamPayload,
  run: async ({ teamId }, { services, viewer, source }) => {
    await services.teamRunning.remove(viewer, source, teamId)
    return { teamId }
  },
})
