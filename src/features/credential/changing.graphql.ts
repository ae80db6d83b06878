/** A new password from the owner himself, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { callerOf } from '../../graphql/context.ts'
import { mutation } from '../../graphql/mutation.ts'
import { PASSWORD_LENGTH } from '../../policy/bounds.ts'
import { AccountRef } from '../account/account.graphql.ts'
import type { Account } from '../account/account.ts'
import { SessionRef } from '../session/session.graphql.ts'
import { demandCarrier, handOver, TOKEN_DESCRIPTION, tokenOf } from '../session/token.graphql.ts'
import type { Changed } from './changing.service.ts'
import './credential.graphql.ts'
import { InvalidCredentials, PasswordResetRequired, WeakPassword } from './credential.ts'

const NEW_PASSWORD = `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters (Unicode code points after NFKC); any characters.`

const ChangePasswordPayload = builder.objectRef<Changed>('ChangePasswordPayload')
builder.objectType(ChangePasswordPayload, {
  description: 'The password is changed, and the session that asked goes on.',
  fields: (t) => ({
    account: t.expose('account', { type: AccountRef, description: 'Whose password it is.' }),
    session: t.expose('session', { type: SessionRef, description: 'The session that asked.' }),
    sessionToken: t.string({ nullable: true, description: TOKEN_DESCRIPTION, resolve: tokenOf }),
    endedSessions: t.field({
      type: [SessionRef],
      description: 'The other sessions that ended by this.',
      resolve: ({ endedSessions }) => [...endedSessions],
    }),
  }),
})

mutation('changePassword', {
  access: 'password.change',
  description:
    'Sets a new password in place of the current one. Ends the other sessions (PASSWORD_CHANGED) unless it is told not to, gives this one a new secret, and makes open links, codes and tickets void; a link to report a sign-in stays good. Every verified address is told.',
  input: (t) => ({
    currentPassword: t.string({
      required: true,
      description: `The password as it is, at most ${PASSWORD_LENGTH.raw.toLocaleString('en-US')} characters.`,
    }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
    endOtherSessions: t.boolean({
      description:
        'Whether all other sessions of the account end. Null: as `passwords.endOtherSessionsOnChange` says (default true).',
    }),
  }),
  payload: ChangePasswordPayload,
  errors: [InvalidCredentials, WeakPassword, PasswordResetRequired],
  run: async ({ currentPassword, newPassword, endOtherSessions }, context) => {
    await demandCarrier(context)
    const change = { currentPassword, newPassword, endOtherSessions: endOtherSessions ?? null }
    return handOver(await context.services.changing.change(callerOf(context), change), context)
  },
})

const SetPasswordPayload = builder.objectRef<{ account: Account }>('SetPasswordPayload')
builder.objectType(SetPasswordPayload, {
  description: 'The account has a password.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'Whose password it is.' }) }),
})

mutation('setPassword', {
  access: 'password.change',
  description:
    'The first password of an account that has none; refused where there is one. Ends no session, and makes open links, codes and tickets void. Every verified address is told.',
  input: (t) => ({ newPassword: t.string({ required: true, description: NEW_PASSWORD }) }),
  payload: SetPasswordPayload,
  errors: [WeakPassword],
  run: async ({ newPassword }, { services, viewer, source }) => ({
    account: await services.changing.set(viewer, source, newPassword),
  }),
})
