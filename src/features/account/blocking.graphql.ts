/** Keeping an account out and letting it in again, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { SIZES } from '../../policy/bounds.ts'
import { AccountRef } from './account.graphql.ts'
import type { Account } from './account.ts'

const BlockAccountPayload = builder.objectRef<{ account: Account; endedSessions: number }>('BlockAccountPayload')
builder.objectType(BlockAccountPayload, {
  description: 'The account is blocked.',
  fields: (t) => ({
    account: t.expose('account', { type: AccountRef, description: 'The account as it is now.' }),
    endedSessions: t.exposeInt('endedSessions', { description: 'Sessions that ended: all it had.' }),
  }),
})

mutation('blockAccount', {
  access: 'account.operate',
  description:
    'Administrators only. Keeps an account out: ends every session and socket of it (ACCOUNT_BLOCKED), and makes every open link, code and ticket void. A key may not block an operator; nobody may block himself.',
  input: (t) => ({
    accountId: t.id({ required: true, description: 'Which account. One that is blocked stays as it is.' }),
    reason: t.string({
      description: `A note for operators, at most ${SIZES.blockReason} characters. Whoever is blocked is not told.`,
    }),
  }),
  payload: BlockAccountPayload,
  run: ({ accountId, reason }, { services, viewer, source }) =>
    services.blocking.block(viewer, source, accountId, reason ?? null),
})

const UnblockAccountPayload = builder.objectRef<{ account: Account }>('UnblockAccountPayload')
builder.objectType(UnblockAccountPayload, {
  description: 'The account may sign in.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'The account as it is now.' }) }),
})

mutation('unblockAccount', {
  access: 'account.operate',
  description:
    'Administrators only. Lets an account in again. The sessions and links that the block ended stay so. A key may not unblock an operator.',
  input: (t) => ({ accountId: t.id({ required: true, description: 'Which account. One that is not blocked stays as it is.' }) }),
  payload: UnblockAccountPayload,
  run: async ({ accountId }, { services, viewer, source }) => ({
    account: await services.blocking.unblock(viewer, source, accountId),
  }),
})
