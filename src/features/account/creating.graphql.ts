/** Making an account in somebody's name, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { PASSWORD_LENGTH, SIZES } from '../../policy/bounds.ts'
import '../credential/credential.graphql.ts'
import { WeakPassword } from '../credential/credential.ts'
import { AccountRef } from './account.graphql.ts'
import { type Account, EmailTaken, PhoneTaken } from './account.ts'

const CreateAccountPayload = builder.objectRef<{ account: Account }>('CreateAccountPayload')
builder.objectType(CreateAccountPayload, {
  description: 'The account. Nobody is signed in by it.',
  fields: (t) => ({ account: t.expose('account', { type: AccountRef, description: 'The account as it is now.' }) }),
})

mutation('createAccount', {
  access: 'account.operate',
  description:
    'Administrators only. Makes an account in somebody’s name, whether or not people may sign up themselves. Opens no session and sends nothing. Of an account made with a password, the first session alerts its owner already. A key may not make an operator.',
  input: (t) => ({
    email: t.string({ description: `At most ${SIZES.email} characters; kept in lower case. Null: none.` }),
    phone: t.string({ description: 'With its country: +14155552671. Null: none.' }),
    name: t.string({ description: `What the person is called, at most ${SIZES.name} characters.` }),
    password: t.string({
      description: `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters (Unicode code points after NFKC), by the same rules as for everybody. Null: none; a recovery link gives the owner one.`,
    }),
    emailVerified: t.boolean({ required: true, defaultValue: false, description: 'Whether the address counts as proven.' }),
    phoneVerified: t.boolean({ required: true, defaultValue: false, description: 'Whether the number counts as proven.' }),
    labels: t.stringList({
      description: `At most ${SIZES.labels}, each 1 to ${SIZES.label} characters. "admin" makes an operator.`,
    }),
    locale: t.string({ description: 'A language tag (BCP 47) such as en or pt-BR, for mails.' }),
  }),
  payload: CreateAccountPayload,
  errors: [EmailTaken, PhoneTaken, WeakPassword],
  run: async ({ email, phone, name, password, emailVerified, phoneVerified, labels, locale }, { services, viewer, source }) => ({
    account: await services.creating.create(viewer, source, {
      email: email ?? null,
      name: name ?? null,
      password: password ?? null,
      emailVerified,
      phone: phone ?? null,
      phoneVerified,
      labels: labels ?? [],
      locale: locale ?? null,
    }),
  }),
})
