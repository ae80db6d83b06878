/** Failed attempts in the schema: operators can forget them. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { LIMITS } from '../../policy/limits.ts'
import { AccountRef } from '../account/account.graphql.ts'
import type { Account } from '../account/account.ts'

const UnlockAccountPayload = builder.objectRef<{ account: Account }>('UnlockAccountPayload')
builder.objectType(UnlockAccountPayload, {
  description: 'Failed attempts are forgotten.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'The account.' }) }),
})

const { points, windowSeconds } = LIMITS['signIn.account']

mutation('unlockAccount', {
  access: 'account.operate',
  description: `Administrators only. Forgets the failed attempts at an account, of which ${points} in ${windowSeconds / 60} minutes shut everybody out but its known devices. A key may not do it for an operator.`,
  input: (t) => ({ accountId: t.id({ required: true, description: 'Which account.' }) }),
  payload: UnlockAccountPayload,
  run: async ({ accountId }, { services, viewer, source }) => ({
    account: await services.attempts.unlock(viewer, source, accountId),
  }),
})
