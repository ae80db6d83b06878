/** Accounts in the schema. Edges to sessions, devices and alerts are added by the rooms that own them. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { errorType } from '../../graphql/errors.ts'
import { LARGE_LEAF } from '../../graphql/limits.ts'
import { mutation } from '../../graphql/mutation.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import '../membership/last-owner.graphql.ts'
import { LastOwner } from '../membership/membership.ts'
import { ACCOUNT_STATUSES, type Account, EmailTaken, PhoneTaken } from './account.ts'

errorType(PhoneTaken, 'Returned when the phone number already belongs to an account.')
errorType(
  EmailTaken,
  `Returned when the e-mail address already belongs to an account, or was replaced less than ${LIFETIMES.undoLink / 3_600} hours ago by one that may still have it back.`,
)

const AccountStatusEnum = enumFrom('AccountStatus', 'Whether an account may sign in.', ACCOUNT_STATUSES)

export const AccountRef = builder.objectRef<Account>('Account')
builder.objectType(AccountRef, {
  description: 'Somebody who can sign in. Seen by its owner and by operators with ACCOUNTS_READ.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: true,
      description: `What the person is called, at most ${SIZES.name} characters. Null if unset.`,
    }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'Lower case, domain in ASCII. Null for an account without one.',
    }),
    emailVerified: t.boolean({
      description: 'Whether somebody has proven to read mail at the address.',
      resolve: (account) => account.emailVerifiedAt !== null,
    }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: 'E.164, such as +14155552671. Null for an account without one.',
    }),
    phoneVerified: t.boolean({
      description: 'Whether somebody has proven to read text messages at the number.',
      resolve: (account) => account.phoneVerifiedAt !== null,
    }),
    pendingEmail: t.exposeString('pendingEmail', {
      nullable: true,
      description: 'Takes the place of `email` once it is proven. Null where no change waits.',
    }),
    locale: t.exposeString('locale', { nullable: true, description: 'Language tag (BCP 47) for mails. Null if unset.' }),
    hasPassword: t.boolean({
      description: 'Whether the account can sign in with a password.',
      resolve: async (account, _args, { load }) => (await load.passwordChangedAt.load(account.id)) !== null,
    }),
    passwordChangedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the password was set last. Null without a password.',
      resolve: (account, _args, { load }) => load.passwordChangedAt.load(account.id),
    }),
    status: t.field({
      type: AccountStatusEnum,
      description: 'Whether the account may sign in.',
      resolve: (account) => (account.blockedAt === null ? 'ACTIVE' : 'BLOCKED'),
    }),
    blockReason: t.exposeString('blockReason', {
      nullable: true,
      description: `What the operator wrote down when he blocked it, at most ${SIZES.blockReason} characters. Null unless it is blocked and he did.`,
    }),
    labels: t.field({
      type: ['String'],
      description: 'Words that operators put on accounts.',
      resolve: (account) => [...account.labels],
    }),
    preferences: t.expose('preferences', {
      extensions: LARGE_LEAF,
      type: 'JSONObject',
      description: `The application's own data, at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON.`,
    }),
    wantsSessionAlerts: t.exposeBoolean('wantsSessionAlerts', {
      description: 'Whether new sessions on known devices alert. New devices always do.',
    }),
    sessionLimit: t.exposeInt('sessionLimit', {
      nullable: true,
      description: 'Own limit of live sessions. Null: the setting `sessions.limit` holds.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
    lastActiveAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When any of its sessions was used last, to the minute. Null without a session in the last 30 days.',
      resolve: (account, _args, { load }) => load.lastActiveAt.load(account.id),
    }),
  }),
})
registerNode('Account', (id, { services, viewer }) => services.accounts.find(viewer, id))

builder.queryField('account', (t) =>
  t.field({
    type: AccountRef,
    nullable: true,
    description: 'The account of the caller. Null for a guest and for an API key.',
    ...accessOptions('public'),
    resolve: (_root, _args, { load, viewer }) => (viewer.kind === 'account' ? load.account.load(viewer.accountId) : null),
  }),
)

const AccountFilterInput = builder.inputType('AccountFilter', {
  description: 'Which accounts. What is left out does not narrow.',
  fields: (t) => ({
    search: t.string({
      description: `Part of the name or the e-mail address, at most ${SIZES.search} characters; case does not matter.`,
    }),
    email: t.string({ description: 'The whole e-mail address.' }),
    phone: t.string({ description: 'The whole phone number, with its country: +14155552671.' }),
    status: t.field({ type: AccountStatusEnum, description: 'Whether they may sign in.' }),
    label: t.string({ description: 'A label they carry.' }),
  }),
})

const AccountConnectionRef = connectionOf('Account', AccountRef)
builder.queryField('accounts', (t) =>
  t.field({
    type: AccountConnectionRef,
    description: 'Administrators only. All accounts, newest first.',
    ...accessOptions('account.list'),
    args: { filter: t.arg({ type: AccountFilterInput, description: 'Which accounts. All if left out.' }), ...pageArgs(t.arg) },
    resolve: (_root, { filter, ...args }, { services, viewer }) => services.accounts.list(viewer, pageOfArgs(args), filter ?? {}),
  }),
)

const UpdateAccountPayload = builder.objectRef<{ account: Account }>('UpdateAccountPayload')
builder.objectType(UpdateAccountPayload, {
  description: 'The account as it is now.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'The account as it is now.' }) }),
})

mutation('updateAccount', {
  access: 'account',
  description: 'Changes what an owner may change about himself. What is left out stays; null clears.',
  input: (t) => ({
    name: t.string({ description: `At most ${SIZES.name} characters. Null or blank clears it.` }),
    locale: t.string({ description: 'A language tag (BCP 47) such as en or pt-BR. Null clears it.' }),
    preferences: t.field({
      type: 'JSONObject',
      description: `Replaces them all; at most ${SIZES.preferencesBytes.toLocaleString('en-US')} bytes of JSON. Null empties them.`,
    }),
    wantsSessionAlerts: t.boolean({
      description: 'Whether new sessions on known devices alert. Null: yes, as at the beginning.',
    }),
  }),
  payload: UpdateAccountPayload,
  run: async ({ name, locale, preferences, wantsSessionAlerts }, { services, viewer, source }) => ({
    account: await services.profile.update(viewer, source, {
      ...(name === undefined ? {} : { name }),
      ...(locale === undefined ? {} : { locale }),
      ...(preferences === undefined ? {} : { preferences }),
      ...(wantsSessionAlerts === undefined ? {} : { wantsSessionAlerts }),
    }),
  }),
})

const DeleteAccountPayload = builder.objectRef<{ deletesAt: Date }>('DeleteAccountPayload')
builder.objectType(DeleteAccountPayload, {
  description: 'When the account goes.',
  fields: (t) => ({
    deletesAt: t.expose('deletesAt', {
      type: 'DateTime',
      description: 'When it goes, or went. Signing in before takes the deletion back.',
    }),
  }),
})

mutation('deleteAccount', {
  access: 'account.delete',
  description: `Deletes an account after ${LIFETIMES.deletionGrace / 86_400} days, or at once. Every session ends now (ACCOUNT_DELETED). It leaves its teams when it goes; a team that nobody else is in goes with it.`,
  input: (t) => ({
    accountId: t.id({ description: 'Operators may name any account. The own one if left out.' }),
    immediately: t.boolean({ required: true, defaultValue: false, description: 'Without the days of grace.' }),
  }),
  payload: DeleteAccountPayload,
  errors: [LastOwner],
  run: async ({ accountId, immediately }, { services, viewer, source, cookies }) => {
    const deletesAt = await services.deletion.request(viewer, source, accountId ?? null, immediately)
    if (viewer.kind === 'account' && (accountId == null || accountId === viewer.accountId)) cookies.clearSession()
    return { deletesAt }
  },
})
