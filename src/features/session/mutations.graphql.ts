/** What people and operators do to sessions. */
import { builder } from '../../graphql/builder.ts'
import { becomeViewer } from '../../graphql/context.ts'
import { errorType } from '../../graphql/errors.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import '../one-time-token/one-time-token.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { SessionRef } from './session.graphql.ts'
import { type Session, SessionLimitReached, viewerOf } from './session.ts'

errorType(
  SessionLimitReached,
  'Returned when the account is at its limit of live sessions and the settings say to refuse.',
  (t) => ({
    limit: t.exposeInt('limit', { description: 'How many live sessions the account may have.' }),
    ticket: t.exposeString('ticket', {
      nullable: true,
      description: `Finishes the sign-in with \`finishSignIn\`, once, within ${LIFETIMES.sessionLimitTicket / 60} minutes. Null if a server asked.`,
    }),
    sessions: t.field({
      type: [SessionRef],
      description: 'The live sessions, newest first, to pick one to end.',
      resolve: (error) => [...error.sessions],
    }),
  }),
)

const onePayload = (name: string, description: string) => {
  const ref = builder.objectRef<{ session: Session }>(name)
  builder.objectType(ref, { description, fields: (t) => ({ session: t.expose('session', { type: SessionRef, description }) }) })
  return ref
}

const manyPayload = (name: string, description: string) => {
  const ref = builder.objectRef<{ sessions: readonly Session[] }>(name)
  builder.objectType(ref, {
    description,
    fields: (t) => ({ sessions: t.field({ type: [SessionRef], description, resolve: (payload) => [...payload.sessions] }) }),
  })
  return ref
}

mutation('signOut', {
  access: 'account',
  description: 'Ends the caller’s session and clears its cookie; with `everywhere` all sessions of the account.',
  input: (t) => ({
    everywhere: t.boolean({
      required: true,
      defaultValue: false,
      description: 'All sessions of the account, not only this one.',
    }),
  }),
  payload: onePayload('SignOutPayload', 'The session that asked, ended.'),
  run: async ({ everywhere }, { services, viewer, source, cookies }) => {
    const session = await services.sessions.signOut(viewer, source, everywhere)
    cookies.clearSession()
    return { session }
  },
})

mutation('revokeSession', {
  access: 'session.revoke',
  description: 'Ends one session. Owners end their own, operators any. An ended one answers as if it had just ended.',
  input: (t) => ({ sessionId: t.id({ required: true, description: 'Which one. The current one is allowed.' }) }),
  payload: onePayload('RevokeSessionPayload', 'The session, ended.'),
  run: async ({ sessionId }, { services, viewer, source, cookies }) => {
    const session = await services.sessions.revoke(viewer, source, sessionId)
    if (viewer.kind === 'account' && viewer.sessionId === session.id) cookies.clearSession()
    return { session }
  },
})

mutation('revokeOtherSessions', {
  access: 'session.revoke',
  description:
    'Ends every session of the caller but the current one. An operator may name an account; then all of its sessions end.',
  input: (t) => ({ accountId: t.id({ description: 'Operators only: whose sessions. The caller’s own if left out.' }) }),
  payload: manyPayload('RevokeOtherSessionsPayload', 'The sessions that this call ended.'),
  run: async ({ accountId }, { services, viewer, source }) => ({
    sessions: await services.sessions.revokeOthers(viewer, source, accountId ?? null),
  }),
})

mutation('extendSession', {
  access: 'session.extend',
  description: 'Starts the absolute lifetime of a session again, as long as the policy allows, and renews its cookie.',
  input: (t) => ({ sessionId: t.id({ description: 'One of the caller’s own. The current one if left out.' }) }),
  payload: onePayload('ExtendSessionPayload', 'The session with its new end.'),
  run: async ({ sessionId }, { services, viewer, source, cookies }) => {
    const session = await services.sessions.extend(viewer, source, sessionId ?? null)
    if (viewer.kind === 'account' && viewer.sessionId === session.id) cookies.renewSession(session.expiresAt)
    return { session }
  },
})

const ClaimSessionTokenPayload = builder.objectRef<{ session: Session; token: string }>('ClaimSessionTokenPayload')
builder.objectType(ClaimSessionTokenPayload, {
  description: 'The session’s secret, for a client whose browser refused the cookie.',
  fields: (t) => ({
    sessionToken: t.exposeString('token', {
      description: 'Shown once. The client keeps it and sends it as `Authorization: Bearer`.',
    }),
    session: t.expose('session', { type: SessionRef, description: 'The session, now carried by the token.' }),
  }),
})

mutation('claimSessionToken', {
  access: 'public',
  description:
    'For a browser that refused the cookie: changes the handover code for the session token. Ask for `account` first; only if it is null, claim.',
  input: (t) => ({
    handoverCode: t.string({
      required: true,
      description: `From the sign-in, good for ${LIFETIMES.handoverCode} seconds, once, and only while the cookie has not come back.`,
    }),
  }),
  payload: ClaimSessionTokenPayload,
  errors: [InvalidToken],
  run: async ({ handoverCode }, context) => {
    const claimed = await context.services.sessions.claimToken(context.source, handoverCode)
    becomeViewer(context, viewerOf(claimed.session, claimed.account.labels, 'HEADER'))
    return claimed
  },
})
