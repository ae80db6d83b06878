/** Inviting to a team, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import { LIMITS } from '../../policy/limits.ts'
import type { MembershipView } from '../../policy/visibility.ts'
import { MembershipRef } from './membership.graphql.ts'
import { AlreadyMember } from './membership.ts'

errorType(AlreadyMember, 'Returned when whoever is invited is in the team already.')

/** What roles may be, for descriptions. */
export const ROLES = `At most ${SIZES.roles}, each 1 to ${SIZES.role} of a to z, 0 to 9, - and _. "owner" runs the team.`

/** A payload with one membership. */
export const onePayload = (name: string, description: string) => {
  const ref = builder.objectRef<{ membership: MembershipView }>(name)
  builder.objectType(ref, {
    description,
    fields: (t) => ({ membership: t.expose('membership', { type: MembershipRef, description }) }),
  })
  return ref
}

const { 'invite.address': byAddress, 'invite.team': byTeam, 'invite.inviter': byInviter } = LIMITS

const OFTEN = `At most ${byTeam.points} invitations an hour to a team, ${byInviter.points} by an inviter, ${byAddress.points} of one address.`

const DAYS = LIFETIMES.invitationLink / 86_400

const REDIRECT = `Where the link leads: a page of ALLOWED_REDIRECTS by exact origin and path. Left out: the first of them, or, where there is none, /invitation at PUBLIC_URL, a page of the server itself, which may always be named. At most ${SIZES.url.toLocaleString('en-US')} characters. \`token\` is added to its query.`

mutation('inviteMember', {
  access: 'team.manage',
  description: `Invites somebody to a team by a link in a mail, good for ${DAYS} days, once; or invites him again, with other roles and another link. For its owners. The answer is the same whether or not an address has an account; of an address that is a member’s it says so only to whoever may see the addresses of members, else the member gets a mail. Whoever a key names by \`accountId\` is in the team at once. ${OFTEN}`,
  input: (t) => ({
    teamId: t.id({ required: true, description: 'To which team.' }),
    email: t.string({
      description: `Whom, by an address; at most ${SIZES.email} characters. One of \`email\`, \`phone\` and \`accountId\`.`,
    }),
    phone: t.string({ description: 'Whom, by a phone number. Refused as long as nothing can be sent to phones.' }),
    accountId: t.id({ description: 'Whom, by the account. The link goes to its address, if it has one.' }),
    roles: t.stringList({ required: true, description: ROLES }),
    name: t.string({
      description: `What the inviter calls him until he accepts, at most ${SIZES.name} characters. An account that is made then has it too, unless he says otherwise.`,
    }),
    redirectUrl: t.string({ description: REDIRECT }),
  }),
  payload: onePayload('InviteMemberPayload', 'The invitation, or the membership of whoever joined at once.'),
  errors: [AlreadyMember],
  run: async ({ teamId, email, phone, accountId, roles, name, redirectUrl }, { services, viewer, source }) => ({
    membership: await services.inviting.invite(viewer, source, {
      teamId,
      email: email ?? null,
      phone: phone ?? null,
      accountId: accountId ?? null,
      roles,
      name: name ?? null,
      redirectUrl: redirectUrl ?? null,
    }),
  }),
})

mutation('resendInvitation', {
  access: 'team.manage',
  description: `Sends an invitation once more: with a new link, good for ${DAYS} days, in place of the old one. For the team’s owners. ${OFTEN}`,
  input: (t) => ({
    membershipId: t.id({ required: true, description: 'Which invitation.' }),
    redirectUrl: t.string({ description: REDIRECT }),
  }),
  payload: onePayload('ResendInvitationPayload', 'The invitation.'),
  run: async ({ membershipId, redirectUrl }, { services, viewer, source }) => ({
    membership: await services.inviting.resend(viewer, source, membershipId, redirectUrl ?? null),
  }),
})
