/** An invitation as whoever has its link sees it, and accepting it, in the schema. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { callerOf } from '../../graphql/context.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { PASSWORD_LENGTH, SIZES } from '../../policy/bounds.ts'
import { LIMITS } from '../../policy/limits.ts'
import { AccountBlocked, WeakPassword } from '../credential/credential.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { SessionLimitReached } from '../session/session.ts'
import { delivered, SignInPayload, wishFields, wishOf } from '../sign-in/sign-in.graphql.ts'
import type { Accepted } from './accepting.service.ts'
import { type InvitationPreview, WrongInvitee } from './invitation.ts'
import './inviting.graphql.ts'
import { MembershipRef } from './membership.graphql.ts'
import { AlreadyMember } from './membership.ts'

errorType(WrongInvitee, 'Returned when somebody else is signed in than whoever was invited. The link stays good.')

const InvitationRef = builder.objectRef<InvitationPreview>('Invitation')
builder.objectType(InvitationRef, {
  description: 'What somebody who was invited to a team may see before he accepts.',
  fields: (t) => ({
    teamName: t.exposeString('teamName', { description: 'What the team is called.' }),
    invitedBy: t.exposeString('invitedBy', {
      nullable: true,
      description:
        'The inviter’s name. Null where the settings make members’ names private, and where nobody with a name invited.',
    }),
    roles: t.stringList({ description: 'What he would be there.', resolve: ({ roles }) => [...roles] }),
    email: t.exposeString('email', { nullable: true, description: 'The address that was invited. Null for a phone.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be accepted.' }),
    needsAccount: t.exposeBoolean('needsAccount', {
      description:
        'Whether accepting makes an account, which takes a password. If not, whoever was invited signs in first, as usual.',
    }),
  }),
})

builder.queryField('invitation', (t) =>
  t.field({
    type: InvitationRef,
    nullable: true,
    description:
      'An invitation, by the token of its link. Looking changes nothing. Null for one that is unknown, used, replaced or too old.',
    ...accessOptions('public'),
    args: { token: t.arg.string({ required: true, description: 'From the link.' }) },
    resolve: (_root, { token }, { services }) => services.invitations.preview(token),
  }),
)

const AcceptInvitationPayload = builder.objectRef<Accepted>('AcceptInvitationPayload')
builder.objectType(AcceptInvitationPayload, {
  description: 'Whoever was invited is in the team.',
  fields: (t) => ({
    membership: t.expose('membership', { type: MembershipRef, description: 'His place there.' }),
    signIn: t.expose('signIn', {
      type: SignInPayload,
      nullable: true,
      description: 'The first session of the account that was made. Null for whoever was signed in already.',
    }),
  }),
})

mutation('acceptInvitation', {
  access: 'public',
  description: `Joins a team by the token of a link, once. Signed in as whoever was invited, he joins, and the link has proven the address that it came by. UNAUTHENTICATED where the address has an account that is not signed in here: sign in as usual first. For an address that is nobody’s it makes an account, its address proven, and signs it in; also where people may not sign up themselves, unless the method INVITATION is switched off. Making an account counts as a sign-up: at most ${LIMITS['signUp.ipPrefix'].points} an hour from an address. Everything but success leaves the link good.`,
  input: (t) => ({
    token: t.string({ required: true, description: 'From the link.' }),
    name: t.string({
      description: `For a new account: what the person is called, at most ${SIZES.name} characters. If left out, what the inviter said.`,
    }),
    password: t.string({
      description: `For a new account, and needed there: any characters; as \`securitySettings.passwords\` says, at most ${PASSWORD_LENGTH.max} (Unicode code points after NFKC).`,
    }),
    ...wishFields(t),
  }),
  payload: AcceptInvitationPayload,
  errors: [AccountBlocked, InvalidToken, WeakPassword, WrongInvitee, AlreadyMember, SessionLimitReached],
  run: async ({ token, name, password, ...wish }, context) => {
    const { services, viewer } = context
    // whoever is signed in gets no session by it, so nothing has to carry one
    const how = viewer.kind === 'guest' ? wishOf(wish, context) : { transport: wish.transport, deviceKey: null }
    const given = { token, name: name ?? null, password: password ?? null, ...how }
    const { membership, signIn } = await services.accepting.accept(given, callerOf(context))
    return { membership, signIn: signIn === null ? null : delivered(signIn, context) }
  },
})
