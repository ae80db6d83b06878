/** Proving oneself once more, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { callerOf } from '../../graphql/context.ts'
import { mutation } from '../../graphql/mutation.ts'
import { describeBounds, PASSWORD_LENGTH } from '../../policy/bounds.ts'
import '../credential/credential.graphql.ts'
import { InvalidCredentials, PasswordResetRequired } from '../credential/credential.ts'
import type { Rotated } from '../session/rotating.service.ts'
import { SessionRef } from '../session/session.graphql.ts'
import { demandCarrier, handOver, TOKEN_DESCRIPTION, tokenOf } from '../session/token.graphql.ts'

const ReauthenticatePayload = builder.objectRef<Rotated>('ReauthenticatePayload')
builder.objectType(ReauthenticatePayload, {
  description: 'The session has a fresh proof, and a new secret.',
  fields: (t) => ({
    session: t.expose('session', { type: SessionRef, description: 'The session that asked, with its new `authenticatedAt`.' }),
    sessionToken: t.string({ nullable: true, description: TOKEN_DESCRIPTION, resolve: tokenOf }),
  }),
})

mutation('reauthenticate', {
  access: 'account',
  description: `Proves once more who is asking, for what answers REAUTHENTICATION_REQUIRED: the proof is fresh for \`signIn.reauthenticationMaxAgeSeconds\`, ${describeBounds('signIn.reauthenticationMaxAgeSeconds')}. The session goes on with a new secret. Exactly one proof; more ways may come.`,
  input: (t) => ({
    password: t.string({
      description: `The account’s password, at most ${PASSWORD_LENGTH.raw.toLocaleString('en-US')} characters.`,
    }),
  }),
  payload: ReauthenticatePayload,
  errors: [InvalidCredentials, PasswordResetRequired],
  run: async ({ password }, context) => {
    await demandCarrier(context)
    return handOver(await context.services.proving.reauthenticate(callerOf(context), password ?? null), context)
  },
})
