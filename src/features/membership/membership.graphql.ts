/** Memberships in the schema: the type, over views alone, and the edges that lead to it. */
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { SIZES } from '../../policy/bounds.ts'
import { isMembershipView, type MembershipView } from '../../policy/visibility.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { TeamRef } from '../team/team.graphql.ts'
import { MembershipDetailEnum } from './detail.graphql.ts'
import { MEMBERSHIP_ORDERS, MEMBERSHIP_STATUSES, type MembershipOrder } from './membership.ts'

const MembershipStatusEnum = enumFrom('MembershipStatus', 'How far somebody is in a team.', MEMBERSHIP_STATUSES)

const MembershipOrderEnum = enumFrom(
  'MembershipOrder',
  'How a team’s list is ordered.',
  Object.fromEntries(Object.entries(MEMBERSHIP_ORDERS).map(([order, { meaning }]) => [order, meaning])) as Record<
    MembershipOrder,
    string
  >,
)

const WITHHELD = 'Null if the viewer may not see it, which `hidden` then says'

export const MembershipRef = builder.objectRef<MembershipView>('Membership')
builder.objectType(MembershipRef, {
  description:
    'Somebody’s place in a team, from the invitation on. Seen by whoever is in the team, by the member himself, and by operators with MEMBERSHIPS_READ. The setting `membershipPrivacy` says which details other members see.',
  interfaces: [NodeRef],
  isTypeOf: isMembershipView, // what nobody has masked is shown to nobody
  fields: (t) => ({
    team: t.field({
      type: TeamRef,
      nullable: true,
      description: 'The team. Null if the viewer is not in it (any more), unless he reads teams.',
      resolve: (membership, _args, { load }) => load.team.load(membership.teamId),
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'Whose place it is. Null unless the viewer may read that account, and for an invitation to an address.',
      resolve: (membership, _args, { load }) => (membership.accountId === null ? null : load.account.load(membership.accountId)),
    }),
    userName: t.exposeString('userName', {
      nullable: true,
      description: `What the member is called; while invited, as the inviter said. ${WITHHELD}, and if it is unset.`,
    }),
    userEmail: t.exposeString('userEmail', {
      nullable: true,
      description: `The member’s e-mail address; while invited, the one that the inviter gave. ${WITHHELD}, and if there is none.`,
    }),
    mfa: t.exposeBoolean('mfa', {
      nullable: true,
      description: `Whether signing in takes the member a second factor. ${WITHHELD}, and while invited.`,
    }),
    hidden: t.field({
      type: [MembershipDetailEnum],
      description: 'Which details are withheld from this viewer.',
      resolve: (membership) => [...membership.hidden],
    }),
    roles: t.stringList({
      description: `Words of the application, at most ${SIZES.roles}; "owner" runs the team. Those of an invitation count once it is accepted.`,
      resolve: (membership) => [...membership.roles],
    }),
    status: t.expose('status', { type: MembershipStatusEnum, description: 'Whether he is in the team yet.' }),
    invitedAt: t.expose('invitedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When he was invited last. Null for whoever came without an invitation.',
    }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime', nullable: true, description: 'When he joined. Null while invited.' }),
    isViewer: t.exposeBoolean('isViewer', { description: 'Whether it is the viewer’s own.' }),
  }),
})
registerNode('Membership', (id, { services, viewer }) => services.memberships.find(viewer, id))

const MembershipFilterInput = builder.inputType('MembershipFilter', {
  description: 'Which memberships. What is left out does not narrow.',
  fields: (t) => ({
    status: t.field({ type: MembershipStatusEnum, description: 'In the team, or invited.' }),
    role: t.string({ description: 'With this role.' }),
    search: t.string({
      description: `Part of the name or the e-mail address, at most ${SIZES.search} characters; case does not matter. FORBIDDEN where either is withheld.`,
    }),
    mfa: t.boolean({
      description: 'In the team, and with a second factor or without. FORBIDDEN where that is withheld.',
    }),
  }),
})

const MembershipConnectionRef = connectionOf('Membership', MembershipRef)

builder.objectField(TeamRef, 'memberships', (t) =>
  t.field({
    type: MembershipConnectionRef,
    description: 'Who is in it, and who is invited. For whoever is in it, and for operators with MEMBERSHIPS_READ.',
    args: {
      filter: t.arg({ type: MembershipFilterInput, description: 'Which of them.' }),
      orderBy: t.arg({ type: MembershipOrderEnum, description: 'In which order. JOINED_AT if left out.' }),
      ...pageArgs(t.arg),
    },
    resolve: (team, { filter, orderBy, ...args }, { services, viewer }) =>
      services.memberships.ofTeam(viewer, team.id, pageOfArgs(args), filter ?? {}, orderBy ?? 'JOINED_AT'),
  }),
)

builder.objectField(AccountRef, 'memberships', (t) =>
  t.field({
    type: MembershipConnectionRef,
    description:
      'Its places in teams, the newest first; before them its invitations. For itself and for operators with MEMBERSHIPS_READ.',
    args: pageArgs(t.arg),
    resolve: (account, args, { services, viewer }) => services.memberships.ofAccount(viewer, account.id, pageOfArgs(args)),
  }),
)
