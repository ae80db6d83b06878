/** Changing an e-mail address, and taking that back, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import '../one-time-token/one-time-token.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { AccountRef } from './account.graphql.ts'
import { type Account, EmailTaken } from './account.ts'

const UNDO_HOURS = LIFETIMES.undoLink / 3_600

const ChangeEmailPayload = builder.objectRef<{ account: Account }>('ChangeEmailPayload')
builder.objectType(ChangeEmailPayload, {
  description: 'The change waits for its proof.',
  fields: (t) => ({
    account: t.expose('account', {
      type: AccountRef,
      description: 'The account as it is now: the new address is `pendingEmail`.',
    }),
  }),
})

mutation('changeEmail', {
  access: 'email.change',
  description: `Lets a new address take the place of the account’s, once it is proven: a link goes there, good for ${LIFETIMES.verificationLink / 3_600} hours, to \`/email/verify\` here. Until then nothing changes, and the new address is nobody’s. A newer change replaces one that waits; the account’s own address ends the wait. \`sendEmailVerification\` sends the link again.`,
  input: (t) => ({
    email: t.string({ required: true, description: `The new address, at most ${SIZES.email} characters.` }),
  }),
  payload: ChangeEmailPayload,
  errors: [EmailTaken],
  run: async ({ email }, { services, viewer, source }) => ({
    account: await services.emailChanges.request(viewer, source, email),
  }),
})

const UndoChangePayload = builder.objectRef<{ endedSessions: number; passwordResetRequired: boolean }>('UndoChangePayload')
builder.objectType(UndoChangePayload, {
  description: 'The account has its earlier address again, and nobody is signed in to it.',
  fields: (t) => ({
    endedSessions: t.exposeInt('endedSessions', { description: 'Sessions that ended: all the account had.' }),
    passwordResetRequired: t.exposeBoolean('passwordResetRequired', {
      description:
        'Whether a password must be set by recovery before one can be used to sign in. False for an account without one.',
    }),
  }),
})

mutation('undoChange', {
  access: 'public',
  description: `Gives an account its earlier address back, by the token of the notice that went there, once, within ${UNDO_HOURS} hours: whatever has become of the account since. Every session ends (REPORTED), no device is known any more, the password is useless until it is recovered, and every open link and code is void, but for those of earlier changes. For ${UNDO_HOURS} hours the earlier address is nobody else’s.`,
  input: (t) => ({ token: t.string({ required: true, description: 'From the link in the notice.' }) }),
  payload: UndoChangePayload,
  errors: [InvalidToken],
  run: async ({ token }, { services, viewer, source, cookies }) => {
    const { endedSessions, passwordResetRequired } = await services.undo.undo(source, token)
    if (viewer.kind === 'account' && endedSessions.some((session) => session.id === viewer.sessionId)) cookies.clearSession()
    return { endedSessions: endedSessions.length, passwordResetRequired }
  },
})
