/** Proving an e-mail address, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES, OPEN_LINKS, SIZES } from '../../policy/bounds.ts'
import '../one-time-token/one-time-token.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { AccountRef } from './account.graphql.ts'
import type { Account } from './account.ts'

const SendEmailVerificationPayload = builder.objectRef<{ sentTo: string; expiresAt: Date }>('SendEmailVerificationPayload')
builder.objectType(SendEmailVerificationPayload, {
  description: 'A link is on its way.',
  fields: (t) => ({
    sentTo: t.exposeString('sentTo', { description: 'The address it goes to.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the link is good.' }),
  }),
})

mutation('sendEmailVerification', {
  access: 'account',
  description: `Sends a link to the account’s address that proves it, or to \`pendingEmail\` where one waits; good for ${LIFETIMES.verificationLink / 3_600} hours, once. Of the links to one address the newest ${OPEN_LINKS} are good. Refused where there is nothing to prove.`,
  input: (t) => ({
    redirectUrl: t.string({
      required: true,
      description: `Where the link leads: a page of ALLOWED_REDIRECTS by exact origin and path, or \`/email/verify\` here; at most ${SIZES.url.toLocaleString('en-US')} characters. \`token\` is added to its query.`,
    }),
  }),
  payload: SendEmailVerificationPayload,
  run: ({ redirectUrl }, { services, viewer, source }) => services.emailVerification.send(viewer, source, redirectUrl),
})

const VerifyEmailPayload = builder.objectRef<{ account: Account | null }>('VerifyEmailPayload')
builder.objectType(VerifyEmailPayload, {
  description: 'The address is proven.',
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'The account as it is now. Null unless its owner is signed in here.',
      resolve: ({ account }) => account,
    }),
  }),
})

mutation('verifyEmail', {
  access: 'public',
  description:
    'Proves an address by the token of a link. One that waits (`pendingEmail`) takes the place of the old one; whoever is signed in stays so, and the old address gets a notice with a link to undo it. The first proof of an account’s own address, unless it is made in a live session of the account, takes its password, sessions and known devices away (PASSWORD_CHANGED): whoever registered it without proof keeps nothing. `requestPasswordRecovery` is the way on.',
  input: (t) => ({
    token: t.string({ required: true, description: 'From the link.' }),
    deviceKey: t.string({ description: 'The key that an app without cookies signed up with.' }),
  }),
  payload: VerifyEmailPayload,
  errors: [InvalidToken],
  run: async ({ token, deviceKey }, { services, viewer, source, cookies }) => {
    const { account } = await services.emailVerification.verify(viewer, source, token, deviceKey ?? cookies.device)
    return { account }
  },
})
