/** Passwords in the schema: what is wrong with one, and setting a new one by a recovery link. */
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES, OPEN_LINKS, PASSWORD_LENGTH, SIZES } from '../../policy/bounds.ts'
import { PASSWORD_RULES, type PasswordViolation } from '../../policy/passwords.ts'
import '../one-time-token/one-time-token.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { AccountBlocked, InvalidCredentials, PasswordResetRequired, WeakPassword } from './credential.ts'

const PasswordRuleEnum = enumFrom('PasswordRule', 'A rule that a password can break. More rules may come.', PASSWORD_RULES)

const PasswordViolationRef = builder.objectRef<PasswordViolation>('PasswordViolation')
builder.objectType(PasswordViolationRef, {
  description: 'One rule that a password breaks.',
  fields: (t) => ({
    rule: t.expose('rule', { type: PasswordRuleEnum, description: 'Which rule.' }),
    message: t.exposeString('message', { description: 'What to do about it, for people.' }),
  }),
})

errorType(InvalidCredentials, 'Returned when the address is unknown or the password is wrong: which one is not said.')
errorType(AccountBlocked, 'Returned when an operator has blocked the account, after the right proof only.')
errorType(PasswordResetRequired, 'Returned when the password has to be recovered first, after the right proof only.')
errorType(WeakPassword, 'Returned when a password breaks one or more rules.', (t) => ({
  violations: t.field({
    type: [PasswordViolationRef],
    description: 'Every rule it breaks, all at once.',
    resolve: (error) => [...error.violations],
  }),
  suggestions: t.field({
    type: ['String'],
    description: 'How to find a better one.',
    resolve: (error) => [...error.suggestions],
  }),
}))

const RequestPasswordRecoveryPayload = builder.objectRef<{ sentTo: string; expiresAt: Date }>('RequestPasswordRecoveryPayload')
builder.objectType(RequestPasswordRecoveryPayload, {
  description: 'The same whether or not there is an account with that address.',
  fields: (t) => ({
    sentTo: t.exposeString('sentTo', {
      description: 'The address in its stored form; a mail goes there only if it is an account’s.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the link is good.' }),
  }),
})

mutation('requestPasswordRecovery', {
  access: 'public',
  description: `Sends a link to set a new password, good for ${LIFETIMES.recoveryLink / 60} minutes, once. Of the links to one address the newest ${OPEN_LINKS} are good.`,
  input: (t) => ({
    email: t.string({ required: true, description: `The account’s address, at most ${SIZES.email} characters.` }),
    redirectUrl: t.string({
      required: true,
      description: `Where the link leads: a page of ALLOWED_REDIRECTS by exact origin and path, or \`/recover\` here; at most ${SIZES.url.toLocaleString('en-US')} characters. \`token\` is added to its query.`,
    }),
  }),
  payload: RequestPasswordRecoveryPayload,
  run: (input, { services, source, cookies }) => services.recovery.request(source, input, cookies.device),
})

const RecoverPasswordPayload = builder.objectRef<{ endedSessions: number }>('RecoverPasswordPayload')
builder.objectType(RecoverPasswordPayload, {
  description: 'The password is set. Nobody is signed in by it.',
  fields: (t) => ({ endedSessions: t.exposeInt('endedSessions', { description: 'Sessions that ended: all the account had.' }) }),
})

mutation('recoverPassword', {
  access: 'public',
  description:
    'Sets a new password by the token of a recovery link, once. Ends all sessions of the account and does not sign in.',
  input: (t) => ({
    token: t.string({ required: true, description: 'From the link.' }),
    newPassword: t.string({
      required: true,
      description: `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters (Unicode code points after NFKC).`,
    }),
  }),
  payload: RecoverPasswordPayload,
  errors: [InvalidToken, WeakPassword],
  run: async ({ token, newPassword }, { services, source }) => ({
    endedSessions: await services.recovery.recover(source, token, newPassword),
  }),
})
