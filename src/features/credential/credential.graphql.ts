/** Passwords in the schema: what is wrong with one, and setting a new one by a recovery link. */
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { PASSWORD_LENGTH } from '../../policy/bounds.ts'
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
    endedSessions: await services.credentials.recover(source, token, newPassword),
  }),
})
