/** Changing roles, and leaving or removing, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { TeamRef } from '../team/team.graphql.ts'
import type { Team } from '../team/team.ts'
import './last-owner.graphql.ts'
import { onePayload, ROLES } from './inviting.graphql.ts'
import { LastOwner } from './membership.ts'

mutation('updateMembership', {
  access: 'team.manage',
  description: 'Changes somebody’s roles in a team, or those that an invitation gives. For its owners.',
  input: (t) => ({
    membershipId: t.id({ required: true, description: 'Which membership.' }),
    roles: t.stringList({ required: true, description: `Replace those there are. ${ROLES}` }),
  }),
  payload: onePayload('UpdateMembershipPayload', 'The membership as it is now.'),
  errors: [LastOwner],
  run: async ({ membershipId, roles }, { services, viewer, source }) => ({
    membership: await services.managing.updateRoles(viewer, source, membershipId, roles),
  }),
})

const RemoveMembershipPayload = builder.objectRef<{ membershipId: string; team: Team | null }>('RemoveMembershipPayload')
builder.objectType(RemoveMembershipPayload, {
  description: 'Which membership is gone.',
  fields: (t) => ({
    membershipId: t.exposeID('membershipId', { description: 'The id that it had.' }),
    team: t.expose('team', {
      type: TeamRef,
      nullable: true,
      description: 'The team. Null if the viewer is not in it any more, unless he reads teams.',
    }),
  }),
})

mutation('removeMembership', {
  access: 'team.manage',
  description:
    'Removes somebody from a team or takes an invitation back, for its owners. With his own, everybody may: leaving, or declining.',
  input: (t) => ({ membershipId: t.id({ required: true, description: 'Which membership.' }) }),
  payload: RemoveMembershipPayload,
  errors: [LastOwner],
  run: async ({ membershipId }, { services, viewer, source, load }) => {
    const teamId = await services.managing.remove(viewer, source, membershipId)
    return { membershipId, team: await load.team.load(teamId) }
  },
})
