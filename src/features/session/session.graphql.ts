/** Sessions in the schema: the type, what reads them, and the account's edges to them. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { subscription } from '../../graphql/subscription.ts'
import { SESSION_END_REASONS } from '../../kernel/viewer.ts'
import { SIZES } from '../../policy/bounds.ts'
import { countryName } from '../../ports/geo/index.ts'
import type { ClientInfo } from '../../ports/user-agent/index.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { SIGN_IN_METHODS } from '../settings/settings.ts'
import { FACTORS, type Session, TRANSPORTS } from './session.ts'

export const SignInMethodEnum = enumFrom('SignInMethod', 'A way of opening a session.', SIGN_IN_METHODS)
export const SessionTransportEnum = enumFrom('SessionTransport', 'How the session’s secret travels.', TRANSPORTS)
const FactorEnum = enumFrom('Factor', 'What a person has proven.', FACTORS)
const SessionEndReasonEnum = enumFrom('SessionEndReason', 'Why a session ended. More reasons may come.', SESSION_END_REASONS)

const ClientInfoRef = builder.objectRef<ClientInfo>('ClientInfo')
builder.objectType(ClientInfoRef, {
  description: 'What the user agent says of itself. A hint: anybody can send anything. Each part is null if it says nothing.',
  fields: (t) => ({
    type: t.exposeString('type', { nullable: true, description: 'Such as browser, mobile app, library. Null if unknown.' }),
    name: t.exposeString('name', { nullable: true, description: 'Such as Firefox. Null if unknown.' }),
    version: t.exposeString('version', { nullable: true, description: 'The client’s version. Null if unknown.' }),
    engine: t.exposeString('engine', { nullable: true, description: 'Such as Gecko. Null if unknown.' }),
    osName: t.exposeString('osName', { nullable: true, description: 'The operating system. Null if unknown.' }),
    osVersion: t.exposeString('osVersion', { nullable: true, description: 'The system’s version. Null if unknown.' }),
    deviceType: t.exposeString('deviceType', {
      nullable: true,
      description: 'Such as desktop, smartphone, tablet. Null if unknown.',
    }),
    deviceBrand: t.exposeString('deviceBrand', { nullable: true, description: 'Such as Apple. Null if unknown.' }),
    deviceModel: t.exposeString('deviceModel', { nullable: true, description: 'Such as iPhone. Null if unknown.' }),
  }),
})

const LocationRef = builder.objectRef<{ countryCode: string; city: string | null }>('Location')
builder.objectType(LocationRef, {
  description: 'Where an address is, from offline data. A hint, not a proof.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2.' }),
    countryName: t.string({ description: 'In English.', resolve: (place) => countryName(place.countryCode) }),
    city: t.exposeString('city', { nullable: true, description: 'In English. Null if the data has no cities.' }),
  }),
})

export const SessionRef = builder.objectRef<Session>('Session')
builder.objectType(SessionRef, {
  description: 'One sign-in of an account on one device. Seen by its owner and by operators with SESSIONS_READ.',
  interfaces: [NodeRef],
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'Whose session it is. Null if the viewer may not see the account.',
      resolve: (session, _args, { load }) => load.account.load(session.accountId),
    }),
    method: t.expose('method', { type: SignInMethodEnum, description: 'How it was opened.' }),
    provider: t.exposeString('provider', { nullable: true, description: 'The OAuth provider. Null for other methods.' }),
    factors: t.field({
      type: [FactorEnum],
      description: 'What the person has proven.',
      resolve: (session) => [...session.factors],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was opened.' }),
    authenticatedAt: t.expose('authenticatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The last proof by the person. Null if a server or a token opened it.',
    }),
    lastActiveAt: t.expose('lastActiveAt', { type: 'DateTime', description: 'Its last use, to the minute.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends whatever happens, unless it is extended.' }),
    idleExpiresAt: t.expose('idleExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends unless it is used before. Null without an idle timeout.',
    }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended. Null while it is live.' }),
    endReason: t.expose('endReason', {
      type: SessionEndReasonEnum,
      nullable: true,
      description: 'Why it ended. Null while it is live.',
    }),
    isCurrent: t.boolean({
      description: 'Whether this session made the request.',
      resolve: (session, _args, { viewer }) => viewer.kind === 'account' && viewer.sessionId === session.id,
    }),
    viewerCanRevoke: t.boolean({
      description: 'Whether the viewer may end it.',
      resolve: (session, _args, { services, viewer }) => services.sessions.mayRevoke(viewer, session),
    }),
    ip: t.exposeString('ip', { nullable: true, description: 'The address it was opened from. Null if unknown.' }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: `What the client called itself, cut at ${SIZES.userAgent} characters. Null if it said nothing.`,
    }),
    client: t.field({
      type: ClientInfoRef,
      description: 'What the user agent says, taken apart.',
      resolve: (session, _args, { services }) => services.parseUserAgent(session.userAgent),
    }),
    location: t.field({
      type: LocationRef,
      nullable: true,
      description: 'Where the address was when it was opened. Null if unknown.',
      resolve: ({ countryCode, city }) => (countryCode === null ? null : { countryCode, city }),
    }),
  }),
})
registerNode('Session', (id, { services, viewer }) => services.sessions.find(viewer, id))

const SessionFilterInput = builder.inputType('SessionFilter', {
  description: 'Which sessions. Live ones only, unless `live` or `endReason` says otherwise.',
  fields: (t) => ({
    live: t.boolean({ description: 'True: live ones, false: ended ones. Left out: live ones, or all if `endReason` is given.' }),
    accountId: t.id({ description: 'Of this account.' }),
    method: t.field({ type: [SignInMethodEnum], description: 'Opened in one of these ways.' }),
    deviceId: t.id({ description: 'On this device.' }),
    endReason: t.field({ type: [SessionEndReasonEnum], description: 'Ended for one of these reasons.' }),
  }),
})

export const SessionConnectionRef = connectionOf('Session', SessionRef)

builder.objectFields(AccountRef, (t) => ({
  currentSession: t.field({
    type: SessionRef,
    nullable: true,
    description: 'The session that made the request. Null if it is another account’s, or a key asks.',
    resolve: (account, _args, { load, viewer }) =>
      viewer.kind === 'account' && viewer.accountId === account.id ? load.session.load(viewer.sessionId) : null,
  }),
  sessions: t.field({
    type: SessionConnectionRef,
    description: 'Its sessions, newest first; live ones only unless the filter says otherwise. Ended ones are kept for 30 days.',
    args: { filter: t.arg({ type: SessionFilterInput, description: 'Which of them.' }), ...pageArgs(t.arg) },
    resolve: (account, { filter, ...args }, { services, viewer }) =>
      services.sessions.ofAccount(viewer, account.id, pageOfArgs(args), filter ?? {}),
  }),
}))

builder.queryFields((t) => ({
  sessions: t.field({
    type: SessionConnectionRef,
    description:
      'Administrators only. The sessions of all accounts, newest first; live ones only unless the filter says otherwise.',
    ...accessOptions('session.list'),
    args: { filter: t.arg({ type: SessionFilterInput, description: 'Which of them.' }), ...pageArgs(t.arg) },
    resolve: (_root, { filter, ...args }, { services, viewer }) => services.sessions.list(viewer, pageOfArgs(args), filter ?? {}),
  }),
  signedOutReason: t.field({
    type: SessionEndReasonEnum,
    nullable: true,
    description: 'Why the session in the presented cookie no longer counts. Null if none was presented, or it is live.',
    ...accessOptions('public'),
    resolve: (_root, _args, { signedOutReason }) => signedOutReason,
  }),
}))

subscription('sessionEnded', {
  access: 'account',
  description:
    'The caller’s sessions as they end, and why. The own session’s ending is delivered before its socket closes with 4401 and the reason.',
  type: SessionRef,
  feed: async (_args, { services, viewer }) => {
    const ended: string[] = []
    const own = viewer.kind === 'account' ? viewer : null
    return {
      listen: (ring) =>
        services.events.hear(`account:${own?.accountId ?? ''}`, ({ type, subjectId }) => {
          if (type !== 'session.ended' || subjectId === null || subjectId === own?.sessionId) return
          ended.push(subjectId)
          ring()
        }),
      fromNow: true,
      read: async () => {
        const ids = [...ended]
        const sessions = await services.sessions.byIds(ids)
        ended.splice(0, ids.length)
        return sessions.filter((session) => session !== null)
      },
      farewell: async () => (own === null ? null : ((await services.sessions.byIds([own.sessionId]))[0] ?? null)),
    }
  },
})
