/** API keys in the schema. The secret is in one payload, once. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { mutation } from '../../graphql/mutation.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { SIZES } from '../../policy/bounds.ts'
import { SCOPES } from '../../policy/permissions.ts'
import type { ApiKey } from './api-key.ts'

const ScopeEnum = enumFrom('Scope', 'What a key may do. An account with the label "admin" may do all of it.', SCOPES)

export const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey')
builder.objectType(ApiKeyRef, {
  description:
    'A key for a program. Seen by operators with KEYS_READ, and by itself. Its secret is stored hashed and never shown again.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is for.' }),
    scopes: t.field({ type: [ScopeEnum], description: 'What it may do.', resolve: (key) => [...key.scopes] }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working. Null: never by itself.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Its last use, to the minute. Null: never used.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked. Null while it is not.',
    }),
  }),
})
registerNode('ApiKey', (id, { services, viewer }) => services.apiKeys.find(viewer, id))

const ApiKeyConnectionRef = connectionOf('ApiKey', ApiKeyRef)
builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyConnectionRef,
    description: 'Administrators only. All API keys, newest first.',
    ...accessOptions('apiKey.list'),
    args: pageArgs(t.arg),
    resolve: (_root, args, { services, viewer }) => services.apiKeys.list(viewer, pageOfArgs(args)),
  }),
)

const CreateApiKeyPayload = builder.objectRef<{ apiKey: ApiKey; secret: string }>('CreateApiKeyPayload')
builder.objectType(CreateApiKeyPayload, {
  description: 'A new key.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The key, without its secret.' }),
    secret: t.exposeString('secret', { description: 'Shown once. Sent as `Authorization: Bearer`.' }),
  }),
})

mutation('createApiKey', {
  access: 'apiKey.create',
  description: 'Administrators only. In person: a key cannot make keys. Makes a key and shows its secret once.',
  input: (t) => ({
    name: t.string({ required: true, description: `What it is for, at most ${SIZES.name} characters.` }),
    scopes: t.field({ type: [ScopeEnum], required: true, description: 'What it may do; at least one.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it stops working, in the future. Null or left out: never by itself.',
    }),
  }),
  payload: CreateApiKeyPayload,
  run: ({ name, scopes, expiresAt }, { services, viewer, source }) =>
    services.keyIssuing.create(viewer, source, { name, scopes, expiresAt: expiresAt ?? null }),
})

const RevokeApiKeyPayload = builder.objectRef<{ apiKey: ApiKey }>('RevokeApiKeyPayload')
builder.objectType(RevokeApiKeyPayload, {
  description: 'The key, revoked.',
  fields: (t) => ({ apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The key, revoked.' }) }),
})

mutation('revokeApiKey', {
  access: 'apiKey.revoke',
  description:
    'Administrators only. Ends a key at once, its open sockets included. A revoked one answers as if it had just been revoked.',
  input: (t) => ({ apiKeyId: t.id({ required: true, description: 'Which key.' }) }),
  payload: RevokeApiKeyPayload,
  run: async ({ apiKeyId }, { services, viewer, source }) => ({
    apiKey: await services.keyIssuing.revoke(viewer, source, apiKeyId),
  }),
})
