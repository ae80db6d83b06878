/** Inviting, changing roles, and leaving or removing, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { SIZES } from '../../policy/bounds.ts'
import type { MembershipView } from '../../policy/visibility.ts'
import { TeamRef } from '../team/team.graphql.ts'
import type { Team } from '../team/team.ts'
import './last-owner.graphql.ts'
import { MembershipRef } from './membership.graphql.ts'
import { AlreadyMember, LastOwner } from './membership.ts'

errorType(AlreadyMember, 'Returned when whoever is invited is in the team already.')

const ROLES = `At most ${SIZES.roles}, each 1 to ${SIZES.role} of a to z, 0 to 9, - and _. "owner" runs the team.`

const onePayload = (name: string, description: string) => {
  const ref = builder.objectRef<{ membership: MembershipView }>(name)
  builder.objectType(ref, {
    description,
    fields: (t) => ({ membership: t.expose('membership', { type: MembershipRef, description }) }),
  })
  return ref
}

mutation('inviteMember', {
  access: 'team.manage',
  description:
    'Invites somebody to a team, or invites him again with other roles. For its owners. Whoever a key names by `accountId` is in the team at once.',
  input: (t) => ({
    teamId: t.id({ required: true, description: 'To which team.' }),
    accountId: t.id({ description: 'Whom, by the account.' }),
    roles: t.stringList({ required: true, description: ROLES }),
    name: t.string({ description: `What the inviter calls him until he accepts, at most ${SIZES.name} characters.` }),
  }),
  payload: onePayload('InviteMemberPayload', 'The invitation, or the membership of whoever joined at once.'),
  errors: [AlreadyMember],
  run: async (wish, { services, viewer, source }) => ({ membership: await services.inviting.invite(viewer, source, wish) }),
})

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
