/** The security settings in the schema: public to read, so that frontends can explain them; operators change them. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { mutation } from '../../graphql/mutation.ts'
import { describeBounds } from '../../policy/bounds.ts'
import { SignInMethodEnum } from '../session/session.graphql.ts'
import { type CurrentSettings, SESSION_LIMIT_ACTIONS, type SecuritySettings } from './settings.ts'

const SessionLimitActionEnum = enumFrom(
  'SessionLimitAction',
  'What happens when an account at its limit signs in again.',
  SESSION_LIMIT_ACTIONS,
)

/** One sentence a setting, for the type and for the input that changes it. */
const SENTENCES = {
  limit: `Live sessions an account may have, ${describeBounds('sessions.limit')}. Accounts may carry their own.`,
  whenLimitReached: 'What happens when an account at its limit signs in again (default END_OLDEST).',
  lifetimeSeconds: `How long a session lives at most, in seconds, ${describeBounds('sessions.lifetimeSeconds')}.`,
  idleTimeoutSeconds: `How long a session may go unused, in seconds, ${describeBounds('sessions.idleTimeoutSeconds')}. Null: for ever.`,
  sessionAlerts: 'Whether new sessions alert their owner (default true).',
  onlyNewDevices: 'Whether only sessions on new devices do (default false).',
  includeProvenMethods:
    'Whether sessions by MAGIC_LINK, EMAIL_CODE and OAUTH alert too, whose method has just proven the address (default false).',
  methods: 'The ways of signing in that are switched on (default all).',
  signUpOpen: 'Whether people may make accounts themselves (default true).',
  reauthenticationMaxAgeSeconds: `How fresh a proof the grave actions need, in seconds, ${describeBounds('signIn.reauthenticationMaxAgeSeconds')}.`,
} as const

const SessionPolicyRef = builder.objectRef<SecuritySettings['sessions']>('SessionPolicy')
builder.objectType(SessionPolicyRef, {
  description: 'How many sessions, and how long.',
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: SENTENCES.limit }),
    whenLimitReached: t.expose('whenLimitReached', { type: SessionLimitActionEnum, description: SENTENCES.whenLimitReached }),
    lifetimeSeconds: t.exposeInt('lifetimeSeconds', { description: SENTENCES.lifetimeSeconds }),
    idleTimeoutSeconds: t.exposeInt('idleTimeoutSeconds', { nullable: true, description: SENTENCES.idleTimeoutSeconds }),
  }),
})

const AlertPolicyRef = builder.objectRef<SecuritySettings['alerts']>('AlertPolicy')
builder.objectType(AlertPolicyRef, {
  description: 'Which new sessions alert their owner.',
  fields: (t) => ({
    sessionAlerts: t.exposeBoolean('sessionAlerts', { description: SENTENCES.sessionAlerts }),
    onlyNewDevices: t.exposeBoolean('onlyNewDevices', { description: SENTENCES.onlyNewDevices }),
    includeProvenMethods: t.exposeBoolean('includeProvenMethods', { description: SENTENCES.includeProvenMethods }),
  }),
})

const SignInPolicyRef = builder.objectRef<SecuritySettings['signIn']>('SignInPolicy')
builder.objectType(SignInPolicyRef, {
  description: 'How people get in.',
  fields: (t) => ({
    methods: t.field({ type: [SignInMethodEnum], description: SENTENCES.methods, resolve: (policy) => [...policy.methods] }),
    signUpOpen: t.exposeBoolean('signUpOpen', { description: SENTENCES.signUpOpen }),
    reauthenticationMaxAgeSeconds: t.exposeInt('reauthenticationMaxAgeSeconds', {
      description: SENTENCES.reauthenticationMaxAgeSeconds,
    }),
  }),
})

const SecuritySettingsRef = builder.objectRef<CurrentSettings>('SecuritySettings')
builder.objectType(SecuritySettingsRef, {
  description: 'What administrators decide. Public, so that a frontend can say what holds.',
  fields: (t) => ({
    sessions: t.expose('sessions', { type: SessionPolicyRef, description: 'How many sessions, and how long.' }),
    alerts: t.expose('alerts', { type: AlertPolicyRef, description: 'Which new sessions alert their owner.' }),
    signIn: t.expose('signIn', { type: SignInPolicyRef, description: 'How people get in.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The last change. Null: the defaults hold.',
    }),
  }),
})

builder.queryField('securitySettings', (t) =>
  t.field({
    type: SecuritySettingsRef,
    description: 'The security settings as they stand.',
    ...accessOptions('public'),
    resolve: (_root, _args, { services }) => services.settings.current(),
  }),
)

const SessionPolicyInput = builder.inputType('SessionPolicyInput', {
  description: 'What to change about sessions. What is left out stays.',
  fields: (t) => ({
    limit: t.int({ description: SENTENCES.limit }),
    whenLimitReached: t.field({ type: SessionLimitActionEnum, description: SENTENCES.whenLimitReached }),
    lifetimeSeconds: t.int({ description: SENTENCES.lifetimeSeconds }),
    idleTimeoutSeconds: t.int({ description: SENTENCES.idleTimeoutSeconds }),
  }),
})

const AlertPolicyInput = builder.inputType('AlertPolicyInput', {
  description: 'What to change about alerts. What is left out stays.',
  fields: (t) => ({
    sessionAlerts: t.boolean({ description: SENTENCES.sessionAlerts }),
    onlyNewDevices: t.boolean({ description: SENTENCES.onlyNewDevices }),
    includeProvenMethods: t.boolean({ description: SENTENCES.includeProvenMethods }),
  }),
})

const SignInPolicyInput = builder.inputType('SignInPolicyInput', {
  description: 'What to change about signing in. What is left out stays.',
  fields: (t) => ({
    methods: t.field({ type: [SignInMethodEnum], description: SENTENCES.methods }),
    signUpOpen: t.boolean({ description: SENTENCES.signUpOpen }),
    reauthenticationMaxAgeSeconds: t.int({ description: SENTENCES.reauthenticationMaxAgeSeconds }),
  }),
})

const UpdateSecuritySettingsPayload = builder.objectRef<{ settings: CurrentSettings; endedSessions: number }>(
  'UpdateSecuritySettingsPayload',
)
builder.objectType(UpdateSecuritySettingsPayload, {
  description: 'The settings as they stand now, and what the change ended.',
  fields: (t) => ({
    securitySettings: t.expose('settings', { type: SecuritySettingsRef, description: 'The settings as they stand now.' }),
    endedSessions: t.exposeInt('endedSessions', { description: 'Live sessions that the new policy ended at once.' }),
  }),
})

mutation('updateSecuritySettings', {
  access: 'settings.update',
  description:
    'Administrators only. Changes settings; what is left out stays. Takes effect at once on all nodes, for live sessions too.',
  input: (t) => ({
    sessions: t.field({ type: SessionPolicyInput, description: 'How many sessions, and how long.' }),
    alerts: t.field({ type: AlertPolicyInput, description: 'Which new sessions alert their owner.' }),
    signIn: t.field({ type: SignInPolicyInput, description: 'How people get in.' }),
  }),
  payload: UpdateSecuritySettingsPayload,
  run: ({ sessions, alerts, signIn }, { services, viewer, source }) =>
    services.settingsChange.update(viewer, source, {
      sessions: sessions ?? null,
      alerts: alerts ?? null,
      signIn: signIn ?? null,
    }),
})
