/** Signing up and in, in the schema. Every way in answers with the same payload. */
import { builder, type Types } from '../../graphql/builder.ts'
import { becomeViewer, type Context, callerOf, handOver } from '../../graphql/context.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { forbidden } from '../../kernel/errors.ts'
import { LIFETIMES, PASSWORD_LENGTH, SIZES } from '../../policy/bounds.ts'
import { LIMITS } from '../../policy/limits.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { EmailTaken } from '../account/account.ts'
import { AccountBlocked, InvalidCredentials, PasswordResetRequired, WeakPassword } from '../credential/credential.ts'
import '../credential/credential.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import '../session/mutations.graphql.ts'
import { SessionRef, SessionTransportEnum } from '../session/session.graphql.ts'
import { SessionLimitReached, type SessionTransport, viewerOf } from '../session/session.ts'
import type { Asked } from './pending.ts'
import type { SignedIn } from './sign-in.service.ts'
import { SignUpClosed } from './sign-in.ts'

errorType(SignUpClosed, 'Returned when the settings say that only operators make accounts.')

export const SignInPayload = builder.objectRef<SignedIn>('SignInPayload')
builder.objectType(SignInPayload, {
  description: 'A session was opened.',
  fields: (t) => ({
    account: t.expose('account', { type: AccountRef, description: 'Who is signed in now.' }),
    session: t.expose('session', { type: SessionRef, description: 'The new session.' }),
    sessionToken: t.string({
      nullable: true,
      description: 'The secret, shown once, for `Authorization: Bearer`. Null with transport COOKIE: script never sees it.',
      resolve: (payload) => (payload.session.transport === 'TOKEN' ? payload.token : null),
    }),
    handoverCode: t.exposeString('handoverCode', {
      nullable: true,
      description: `For \`claimSessionToken\`, should the browser refuse the cookie: ${LIFETIMES.handoverCode} seconds, once, void as soon as the cookie has been seen. Null with transport TOKEN.`,
    }),
  }),
})

const SignUpPendingRef = builder.objectRef<Asked>('SignUpPending')
builder.objectType(SignUpPendingRef, {
  description:
    'A mail is on its way, whoever has the address: with a link that finishes the sign-up, or saying that there is an account already.',
  fields: (t) => ({ sentTo: t.exposeString('sentTo', { description: 'The address in its stored form.' }) }),
})

const isPending = (answer: object): answer is Asked => 'sentTo' in answer

export const wishFields = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  transport: t.field({
    type: SessionTransportEnum,
    required: true,
    defaultValue: 'COOKIE',
    description: 'How the session’s secret travels: a cookie for browsers, a token for apps.',
  }),
  deviceKey: t.string({
    description: `A random key that an app without cookies made and keeps, ${SIZES.deviceKeyMin} to ${SIZES.deviceKeyMax} base64url characters. By it the device is recognised.`,
  }),
})

export const wishOf = (input: { transport: SessionTransport; deviceKey?: string | null | undefined }, { cookies }: Context) => {
  if (input.transport === 'COOKIE' && !cookies.writable) throw forbidden('No cookie can be set here. Ask with transport TOKEN.')
  return { transport: input.transport, deviceKey: input.deviceKey ?? null }
}

/** Hands the cookies over with the answer, and lets the rest of the operation be asked by whoever signed in. */
export const delivered = (signedIn: SignedIn, context: Context): SignedIn => {
  const { account, session } = signedIn
  handOver(signedIn, context.cookies)
  becomeViewer(context, viewerOf(session, account.labels, session.transport === 'COOKIE' ? 'COOKIE' : 'HEADER'))
  return signedIn
}

mutation('signUp', {
  access: 'public',
  description: `Makes an account with an e-mail address and a password, and signs it in. With the setting \`signIn.discloseTakenEmail\` off it answers SignUpPending, whether or not the address is taken, and the mail says the rest: a link to \`verifyEmail\`, good for ${LIFETIMES.pendingSignUp / 3_600} hours, once. At most ${LIMITS['signUp.ipPrefix'].points} an hour from an address.`,
  input: (t) => ({
    email: t.string({ required: true, description: `At most ${SIZES.email} characters; kept in lower case.` }),
    password: t.string({
      required: true,
      description: `Any characters; as \`securitySettings.passwords\` says, at most ${PASSWORD_LENGTH.max} (Unicode code points after NFKC).`,
    }),
    name: t.string({ description: `What the person is called, at most ${SIZES.name} characters.` }),
    locale: t.string({ description: 'A language tag (BCP 47) such as en or pt-BR, for mails.' }),
    ...wishFields(t),
  }),
  payload: SignInPayload,
  steps: [{ ref: SignUpPendingRef, is: isPending }],
  errors: [EmailTaken, WeakPassword, SignUpClosed],
  run: async (input, context) => {
    const { email, password, name, locale } = input
    const wish = wishOf(input, context)
    const answer = await context.services.signIn.signUp(
      { email, password, name: name ?? null, locale: locale ?? null, ...wish },
      callerOf(context),
    )
    if (!isPending(answer)) return delivered(answer, context)
    if (answer.deviceCookie !== null) context.cookies.setDevice(answer.deviceCookie)
    return answer
  },
})

const { 'signIn.account': byAccount, 'signIn.ipPrefix': byIpPrefix } = LIMITS

mutation('signInWithPassword', {
  access: 'public',
  description: `Opens a session by e-mail address and password. An unknown address costs and says the same as a wrong password. ${byAccount.points} failures in ${byAccount.windowSeconds / 60} minutes shut everybody out of an account but its known devices, which have as many for themselves; ${byIpPrefix.points} shut out an address. Then it is RATE_LIMITED, the right password too.`,
  input: (t) => ({
    email: t.string({ required: true, description: 'The account’s address.' }),
    password: t.string({
      required: true,
      description: `The password, at most ${PASSWORD_LENGTH.raw.toLocaleString('en-US')} characters.`,
    }),
    ...wishFields(t),
  }),
  payload: SignInPayload,
  errors: [InvalidCredentials, SessionLimitReached, AccountBlocked, PasswordResetRequired],
  run: async (input, context) => {
    const { email, password } = input
    return delivered(
      await context.services.signIn.withPassword({ email, password, ...wishOf(input, context) }, callerOf(context)),
      context,
    )
  },
})

mutation('finishSignIn', {
  access: 'public',
  description:
    'Finishes a sign-in that was refused at the session limit: ends the picked session and opens the new one, without the password again.',
  input: (t) => ({
    ticket: t.string({
      required: true,
      description: `From SessionLimitReachedError, good for ${LIFETIMES.sessionLimitTicket / 60} minutes, once.`,
    }),
    endSessionId: t.id({ required: true, description: 'The session to give up.' }),
    ...wishFields(t),
  }),
  payload: SignInPayload,
  errors: [InvalidToken],
  run: async (input, context) => {
    const { ticket, endSessionId } = input
    return delivered(
      await context.services.signIn.finish({ ticket, endSessionId, ...wishOf(input, context) }, callerOf(context)),
      context,
    )
  },
})
