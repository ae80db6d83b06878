/** The security settings in the schema: public to read, so that frontends can explain them; operators change them. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { mutation } from '../../graphql/mutation.ts'
import { describeBounds } from '../../policy/bounds.ts'
import { hasScope } from '../../policy/permissions.ts'
import type { MembershipPrivacy } from '../../policy/visibility.ts'
import { MembershipDetailEnum } from '../membership/detail.graphql.ts'
import { SignInMethodEnum } from '../session/session.graphql.ts'
import { type CurrentSettings, SESSION_LIMIT_ACTIONS, type SecuritySettings, UNKNOWN_BREACH_ACTIONS } from './settings.ts'

const SessionLimitActionEnum = enumFrom(
  'SessionLimitAction',
  'What happens when an account at its limit signs in again.',
  SESSION_LIMIT_ACTIONS,
)

const UnknownBreachActionEnum = enumFrom(
  'UnknownBreachAction',
  'What happens to a password when nobody can say whether it is known from breaches.',
  UNKNOWN_BREACH_ACTIONS,
)

/** One sentence a setting, for the type and for the input that changes it. */
const SENTENCES = {
  limit: `Live sessions an account may have, ${describeBounds('sessions.limit')}. Accounts may carry their own.`,
  whenLimitReached: 'What happens when an account at its limit signs in again (default END_OLDEST).',
  lifetimeSeconds: `How long a session lives at most, in seconds, ${describeBounds('sessions.lifetimeSeconds')}.`,
  idleTimeoutSeconds: `How long a session may go unused, in seconds, ${describeBounds('sessions.idleTimeoutSeconds')}. Null: for ever.`,
  minLength: `Shortest password, in characters (Unicode code points after NFKC), ${describeBounds('passwords.minLength')}.`,
  historyLength: `How many earlier passwords may not be set again, ${describeBounds('passwords.historyLength')}. The current one never may. Lowering it forgets what is beyond, raising it keeps from now on.`,
  dictionary:
    'Whether common passwords are refused (default true): the 10,000 most common of SecLists and some 40,000 more, in any case.',
  personalData:
    'Whether passwords are refused that hold a word of 4 or more characters of the person’s own name, e-mail address or its domain, or the phone number, without regard to case, accents and separators (default true).',
  breached:
    'Whether passwords known from breaches are refused (default false). Can be switched on where the configuration has BREACHED_FILTER or BREACHED_RANGE_URL.',
  whenBreachedUnknown:
    'What happens while nobody can say whether a password is known from breaches, because the source is away (default ACCEPT).',
  endOtherSessionsOnChange: 'Whether `changePassword` ends all other sessions unless it says otherwise (default true).',
  hashing:
    'How passwords are hashed: Argon2id (RFC 9106), never weaker than the weakest choice of OWASP. Hashes made otherwise are made anew when their owner signs in.',
  memoryKiB: `Memory of one hash, in KiB, ${describeBounds('passwords.hashing.memoryKiB')}.`,
  iterations: `Passes over it, ${describeBounds('passwords.hashing.iterations')}.`,
  parallelism: `Lanes, ${describeBounds('passwords.hashing.parallelism')}.`,
  discloseTakenEmail:
    'Whether `signUp` says that an address is taken (default true). If not, it gives everybody the same answer and the mail says the rest.',
  sessionAlerts: 'Whether new sessions alert their owner (default true).',
  onlyNewDevices: 'Whether only sessions on new devices do (default false).',
  includeProvenMethods:
    'Whether sessions by MAGIC_LINK, EMAIL_CODE and OAUTH alert too, whose method has just proven the address (default false).',
  private:
    'Which details of a member are withheld from the other members of a team (default all three). Never from the member himself, nor from whoever has MEMBERSHIPS_READ. What is withheld can be neither searched nor filtered nor ordered by.',
  ownersSeeAll: 'Whether the owners of a team see the private details of its members all the same (default false).',
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

export const PasswordHashingRef = builder.objectRef<SecuritySettings['passwords']['hashing']>('PasswordHashing')
builder.objectType(PasswordHashingRef, {
  description: SENTENCES.hashing,
  fields: (t) => ({
    memoryKiB: t.exposeInt('memoryKiB', { description: SENTENCES.memoryKiB }),
    iterations: t.exposeInt('iterations', { description: SENTENCES.iterations }),
    parallelism: t.exposeInt('parallelism', { description: SENTENCES.parallelism }),
  }),
})

const PasswordPolicyRef = builder.objectRef<SecuritySettings['passwords']>('PasswordPolicy')
builder.objectType(PasswordPolicyRef, {
  description: 'Which passwords may be set, and how they are kept.',
  fields: (t) => ({
    minLength: t.exposeInt('minLength', { description: SENTENCES.minLength }),
    historyLength: t.exposeInt('historyLength', { description: SENTENCES.historyLength }),
    dictionary: t.exposeBoolean('dictionary', { description: SENTENCES.dictionary }),
    personalData: t.exposeBoolean('personalData', { description: SENTENCES.personalData }),
    breached: t.exposeBoolean('breached', { description: SENTENCES.breached }),
    whenBreachedUnknown: t.expose('whenBreachedUnknown', {
      type: UnknownBreachActionEnum,
      description: SENTENCES.whenBreachedUnknown,
    }),
    endOtherSessionsOnChange: t.exposeBoolean('endOtherSessionsOnChange', { description: SENTENCES.endOtherSessionsOnChange }),
    hashing: t.field({
      type: PasswordHashingRef,
      nullable: true,
      description: `${SENTENCES.hashing} Null for everybody but operators with SETTINGS_READ.`,
      resolve: (policy, _args, { viewer }) => (hasScope(viewer, 'SETTINGS_READ') ? policy.hashing : null),
    }),
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

const MembershipPrivacyRef = builder.objectRef<MembershipPrivacy>('MembershipPrivacy')
builder.objectType(MembershipPrivacyRef, {
  description: 'What the members of a team see of each other.',
  fields: (t) => ({
    private: t.field({ type: [MembershipDetailEnum], description: SENTENCES.private, resolve: (policy) => [...policy.private] }),
    ownersSeeAll: t.exposeBoolean('ownersSeeAll', { description: SENTENCES.ownersSeeAll }),
  }),
})

const SignInPolicyRef = builder.objectRef<SecuritySettings['signIn']>('SignInPolicy')
builder.objectType(SignInPolicyRef, {
  description: 'How people get in.',
  fields: (t) => ({
    methods: t.field({ type: [SignInMethodEnum], description: SENTENCES.methods, resolve: (policy) => [...policy.methods] }),
    signUpOpen: t.exposeBoolean('signUpOpen', { description: SENTENCES.signUpOpen }),
    discloseTakenEmail: t.exposeBoolean('discloseTakenEmail', { description: SENTENCES.discloseTakenEmail }),
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
    passwords: t.expose('passwords', {
      type: PasswordPolicyRef,
      description: 'Which passwords may be set, and how they are kept.',
    }),
    alerts: t.expose('alerts', { type: AlertPolicyRef, description: 'Which new sessions alert their owner.' }),
    membershipPrivacy: t.expose('membershipPrivacy', {
      type: MembershipPrivacyRef,
      description: 'What the members of a team see of each other.',
    }),
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

const PasswordHashingInput = builder.inputType('PasswordHashingInput', {
  description: 'What to change about hashing. What is left out stays.',
  fields: (t) => ({
    memoryKiB: t.int({ description: SENTENCES.memoryKiB }),
    iterations: t.int({ description: SENTENCES.iterations }),
    parallelism: t.int({ description: SENTENCES.parallelism }),
  }),
})

const PasswordPolicyInput = builder.inputType('PasswordPolicyInput', {
  description: 'What to change about passwords. What is left out stays.',
  fields: (t) => ({
    minLength: t.int({ description: SENTENCES.minLength }),
    historyLength: t.int({ description: SENTENCES.historyLength }),
    dictionary: t.boolean({ description: SENTENCES.dictionary }),
    personalData: t.boolean({ description: SENTENCES.personalData }),
    breached: t.boolean({ description: SENTENCES.breached }),
    whenBreachedUnknown: t.field({ type: UnknownBreachActionEnum, description: SENTENCES.whenBreachedUnknown }),
    endOtherSessionsOnChange: t.boolean({ description: SENTENCES.endOtherSessionsOnChange }),
    hashing: t.field({ type: PasswordHashingInput, description: SENTENCES.hashing }),
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

const MembershipPrivacyInput = builder.inputType('MembershipPrivacyInput', {
  description: 'What to change about the privacy of members. What is left out stays.',
  fields: (t) => ({
    private: t.field({ type: [MembershipDetailEnum], description: SENTENCES.private }),
    ownersSeeAll: t.boolean({ description: SENTENCES.ownersSeeAll }),
  }),
})

const SignInPolicyInput = builder.inputType('SignInPolicyInput', {
  description: 'What to change about signing in. What is left out stays.',
  fields: (t) => ({
    methods: t.field({ type: [SignInMethodEnum], description: SENTENCES.methods }),
    signUpOpen: t.boolean({ description: SENTENCES.signUpOpen }),
    discloseTakenEmail: t.boolean({ description: SENTENCES.discloseTakenEmail }),
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
    passwords: t.field({ type: PasswordPolicyInput, description: 'Which passwords may be set, and how they are kept.' }),
    alerts: t.field({ type: AlertPolicyInput, description: 'Which new sessions alert their owner.' }),
    membershipPrivacy: t.field({ type: MembershipPrivacyInput, description: 'What the members of a team see of each other.' }),
    signIn: t.field({ type: SignInPolicyInput, description: 'How people get in.' }),
  }),
  payload: UpdateSecuritySettingsPayload,
  run: (input, { services, viewer, source }) => services.settingsChange.update(viewer, source, input),
})
