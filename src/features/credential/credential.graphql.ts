/** Passwords in the schema: what is wrong with one, and setting a new one by a recovery link. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES, OPEN_LINKS, PASSWORD_LENGTH, SIZES } from '../../policy/bounds.ts'
import { PASSWORD_RULES, type PasswordViolation } from '../../policy/passwords.ts'
import { SCORE_POWERS } from '../../policy/strength.ts'
import '../one-time-token/one-time-token.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { PasswordHashingRef } from '../settings/settings.graphql.ts'
import { AccountBlocked, InvalidCredentials, PasswordResetRequired, WeakPassword } from './credential.ts'
import type { PasswordStrength } from './judging.service.ts'

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

const PasswordStrengthRef = builder.objectRef<PasswordStrength>('PasswordStrength')
builder.objectType(PasswordStrengthRef, {
  description: 'What would be said of a password if it were set now.',
  fields: (t) => ({
    acceptable: t.exposeBoolean('acceptable', {
      description: 'Whether it breaks no rule. Whether the account had it before is not looked at here.',
    }),
    score: t.exposeInt('score', {
      description: `0 to ${SCORE_POWERS.length}, by the guesses that it may stand: fewer than ${SCORE_POWERS.map((power) => `10^${power}`).join(', ')}, or more. The first 64 characters are cut into common passwords (by their place in the list), what is known of the person, rows, repeats, dates and single characters (10 guesses each), the cheapest way, with a factor of 5 for each piece; the guesses multiply. Never above 1 where a rule is broken, 0 for a common or breached password. It decides nothing.`,
    }),
    violations: t.field({
      type: [PasswordViolationRef],
      description: 'Every rule it breaks, all at once.',
      resolve: (strength) => [...strength.violations],
    }),
    suggestions: t.field({
      type: ['String'],
      description: 'What would make it acceptable, and stronger; empty for a strong one.',
      resolve: (strength) => [...strength.suggestions],
    }),
  }),
})

const PasswordStrengthInput = builder.inputType('PasswordStrengthInput', {
  description: 'A password, and what is known of whom it is for.',
  fields: (t) => ({
    password: t.string({
      required: true,
      description: `The password, at most ${PASSWORD_LENGTH.raw.toLocaleString('en-US')} characters.`,
    }),
    name: t.string({ description: `What the person is called, at most ${SIZES.name} characters.` }),
    email: t.string({ description: `The address, or as much of it as is typed yet, at most ${SIZES.email} characters.` }),
    phone: t.string({ description: `The phone number, best with + and country code, at most ${SIZES.phone} characters.` }),
  }),
})

builder.queryField('passwordStrength', (t) =>
  t.field({
    type: PasswordStrengthRef,
    description:
      'Judges a password while it is typed, by the rules that hold for setting one. For who is signed in, name and addresses of the account count beside the given ones. Nothing of it is stored or logged; ask by POST, since addresses are.',
    ...accessOptions('public'),
    args: { input: t.arg({ type: PasswordStrengthInput, required: true, description: 'See the input type.' }) },
    resolve: (_root, { input: { password, name, email, phone } }, { services, viewer }) =>
      services.judging.strength(viewer, { password, name: name ?? null, email: email ?? null, phone: phone ?? null }),
  }),
)

builder.objectFields(PasswordHashingRef, (t) => ({
  outdatedHashes: t.int({
    description:
      'Hashes that were made otherwise: by another algorithm, with other parameters or another pepper. Each is made anew when its owner signs in. Counted at each question, in a read of the whole table.',
    resolve: (_hashing, _args, { services }) => services.renewal.countOutdated(),
  }),
  unreadableHashes: t.int({
    description:
      'Those among them whose pepper `PASSWORD_PEPPERS` does not list: their owners cannot sign in with a password until it does, or until they recover it. Counted likewise.',
    resolve: (_hashing, _args, { services }) => services.renewal.countUnreadable(),
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
      description: `As \`securitySettings.passwords\` says, at most ${PASSWORD_LENGTH.max} characters (Unicode code points after NFKC).`,
    }),
  }),
  payload: RecoverPasswordPayload,
  errors: [InvalidToken, WeakPassword],
  run: async ({ token, newPassword }, { services, source }) => ({
    endedSessions: await services.recovery.recover(source, token, newPassword),
  }),
})
