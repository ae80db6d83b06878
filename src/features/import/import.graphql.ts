/** Bringing accounts along, in the schema. */
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { mutation } from '../../graphql/mutation.ts'
import { IMPORTS, SIZES } from '../../policy/bounds.ts'
import { PASSWORD_HASH_FORMATS, SALT_POSITIONS } from '../../policy/hash-formats.ts'
import { AccountRef } from '../account/account.graphql.ts'
import type { Account } from '../account/account.ts'
import type { Outcome } from './import.ts'

const count = (value: number): string => value.toLocaleString('en-US')

const PasswordHashFormatEnum = enumFrom(
  'PasswordHashFormat',
  'How another system hashed a password, and what `hash` has to be then.',
  PASSWORD_HASH_FORMATS,
)

const SaltPositionEnum = enumFrom('SaltPosition', 'Where the salt of a digest stood.', SALT_POSITIONS)

const ImportedPasswordInput = builder.inputType('ImportedPasswordInput', {
  description: `A password as another system kept it. What its format does not need must be left out. Refused if malformed, or if verifying would take more than ${IMPORTS.memoryBytes / 2 ** 30} GiB or ${IMPORTS.milliseconds / 1_000} s. Texts of at most ${count(IMPORTS.hashCharacters)} characters.`,
  fields: (t) => ({
    format: t.field({ type: PasswordHashFormatEnum, required: true, description: 'Which algorithm.' }),
    hash: t.string({
      required: true,
      description:
        'The encoded string of ARGON2, BCRYPT and PHPASS; the digest in hex or base64, told apart by its length; the derived key in base64 or hex.',
    }),
    salt: t.string({
      description: `In base64, at most ${count(IMPORTS.saltBytes)} bytes. For SCRYPT, SCRYPT_FIREBASE, PBKDF2 and the digests.`,
    }),
    saltPosition: t.field({ type: SaltPositionEnum, description: 'For the digests with a salt. PREFIX if left out.' }),
    cost: t.int({ description: 'For SCRYPT: N itself, a power of two.' }),
    blockSize: t.int({ description: 'For SCRYPT: r; 8 if left out.' }),
    parallelism: t.int({ description: 'For SCRYPT: p; 1 if left out.' }),
    memoryCost: t.int({ description: 'For SCRYPT_FIREBASE: the logarithm of N to the base 2, `mem_cost` in its console.' }),
    rounds: t.int({ description: 'For SCRYPT_FIREBASE: r, `rounds` in its console.' }),
    signerKey: t.string({ description: 'For SCRYPT_FIREBASE, in base64: `base64_signer_key` in its console.' }),
    saltSeparator: t.string({ description: 'For SCRYPT_FIREBASE, in base64: `base64_salt_separator` in its console.' }),
    iterations: t.int({ description: 'For PBKDF2.' }),
    digest: t.string({ description: 'For PBKDF2: which digest, such as sha256 or SHA-512.' }),
  }),
})

const ImportedAccountInput = builder.inputType('ImportedAccountInput', {
  description: 'An account of another system, with an e-mail address or a phone number or both.',
  fields: (t) => ({
    externalId: t.string({
      description: `Its id there, at most ${SIZES.externalId} characters: comes back in the outcome and is not kept.`,
    }),
    email: t.string({ description: `At most ${SIZES.email} characters; kept in lower case.` }),
    phone: t.string({ description: 'With its country: +14155552671.' }),
    name: t.string({ description: `At most ${SIZES.name} characters.` }),
    emailVerified: t.boolean({ required: true, defaultValue: false, description: 'Whether the address counts as proven.' }),
    phoneVerified: t.boolean({ required: true, defaultValue: false, description: 'Whether the number counts as proven.' }),
    labels: t.stringList({
      description: `At most ${SIZES.labels}, each 1 to ${SIZES.label} characters. "admin" makes an operator, which a key may not.`,
    }),
    password: t.field({
      type: ImportedPasswordInput,
      description: 'Its password. No rule applies to it: nobody knows it. Null or left out: none.',
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made there, from 1970 on. Now if left out.' }),
  }),
})

const ImportOutcomeRef = builder.objectRef<Outcome<Account>>('ImportOutcome')
builder.objectType(ImportOutcomeRef, {
  description: 'What became of one row.',
  fields: (t) => ({
    row: t.exposeInt('row', { description: 'Which row, from 0.' }),
    externalId: t.exposeString('externalId', { nullable: true, description: 'As it was given. Null if it was not.' }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'The new account. Null if the row was refused, and in a dry run.',
      resolve: (outcome) => outcome.account,
    }),
    error: t.exposeString('error', {
      nullable: true,
      description:
        'Why the row was refused: a code of ErrorCode (INVALID_INPUT, EMAIL_TAKEN, PHONE_TAKEN, FORBIDDEN), a colon, and a sentence for people. Never holds the hash. Null if it went in, or would have.',
    }),
  }),
})

const ImportAccountsPayload = builder.objectRef<{ outcomes: readonly Outcome<Account>[] }>('ImportAccountsPayload')
builder.objectType(ImportAccountsPayload, {
  description: 'What became of the rows.',
  fields: (t) => ({
    outcomes: t.field({
      type: [ImportOutcomeRef],
      description: 'One a row, in their order.',
      resolve: ({ outcomes }) => [...outcomes],
    }),
    imported: t.int({
      description: 'How many went in, or would have.',
      resolve: ({ outcomes }) => outcomes.filter(({ error }) => error === null).length,
    }),
    refused: t.int({
      description: 'How many were refused.',
      resolve: ({ outcomes }) => outcomes.filter(({ error }) => error !== null).length,
    }),
  }),
})

mutation('importAccounts', {
  access: 'account.operate',
  description: `Administrators only. Brings up to ${count(IMPORTS.accounts)} accounts from another system, with the hashes of their passwords. A row that is not acceptable, or whose address somebody has, is refused with a reason; the others go in, all at once. Nobody is told, and nobody is signed in; the first sign-in of such an account alerts like any other. Sending the same rows again makes no account twice.`,
  input: (t) => ({
    accounts: t.field({ type: [ImportedAccountInput], required: true, description: `At most ${count(IMPORTS.accounts)}.` }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Says what would become of each row, and writes nothing.',
    }),
  }),
  payload: ImportAccountsPayload,
  run: async ({ accounts, dryRun }, { services, viewer, source }) => ({
    outcomes: await services.imports.import(viewer, source, accounts, dryRun),
  }),
})
