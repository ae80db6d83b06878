/** Changing an account on somebody's behalf, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { describeBounds, SIZES } from '../../policy/bounds.ts'
import { AccountRef } from './account.graphql.ts'
import { type Account, EmailTaken, PhoneTaken } from './account.ts'

const UpdateAccountAsOperatorPayload = builder.objectRef<{ account: Account }>('UpdateAccountAsOperatorPayload')
builder.objectType(UpdateAccountAsOperatorPayload, {
  description: 'The account as it is now.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'The account as it is now.' }) }),
})

mutation('updateAccountAsOperator', {
  access: 'account.operate',
  description:
    'Administrators only. Changes an account on somebody’s behalf; what is left out stays, null clears. A key may neither change an operator nor make one.',
  input: (t) => ({
    accountId: t.id({ required: true, description: 'Which account.' }),
    name: t.string({ description: `At most ${SIZES.name} characters. Null or blank clears it.` }),
    email: t.string({
      description:
        'A new address is not verified unless `emailVerified` says so. Null takes the address away. The old one gets a notice if it was proven, and cannot be had back by a link.',
    }),
    emailVerified: t.boolean({ description: 'Whether the address counts as proven. Null changes nothing.' }),
    phone: t.string({
      description:
        'With its country: +14155552671. A new number is not verified unless `phoneVerified` says so. Null takes the number away.',
    }),
    phoneVerified: t.boolean({ description: 'Whether the number counts as proven. Null changes nothing.' }),
    labels: t.stringList({
      description: `Replaces them all: at most ${SIZES.labels}, each 1 to ${SIZES.label} characters. "admin" makes an operator. Null takes all away.`,
    }),
    sessionLimit: t.int({
      description: `Own limit of live sessions, ${describeBounds('sessions.limit')}; ends the surplus at once. Null: the setting holds.`,
    }),
    requirePasswordReset: t.boolean({ description: 'Whether the next sign-in goes through recovery. Null changes nothing.' }),
  }),
  payload: UpdateAccountAsOperatorPayload,
  errors: [EmailTaken, PhoneTaken],
  run: async ({ accountId, ...change }, { services, viewer, source }) => ({
    account: await services.operating.update(viewer, source, accountId, change),
  }),
})
