/** The schema builder: plugins in order, scalars, and the one gate that every root field declares. */
import SchemaBuilder from '@pothos/core'
import DirectivesPlugin from '@pothos/plugin-directives'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { forbidden, unauthenticated } from '../kernel/errors.ts'
import type { Json } from '../kernel/events.ts'
import { type ActionName, gate } from '../policy/access.ts'
import type { Context } from './context.ts'

export type SchemaTypes = {
  Context: Context
  DefaultFieldNullability: false
  DefaultAuthStrategy: 'all'
  AuthScopes: {
    /** A person with a live session; not a key. */
    account: boolean
    /** Whoever might do this action; the service asks again once it knows the thing. */
    action: ActionName
  }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSONObject: { Input: Readonly<Record<string, Json>>; Output: Readonly<Record<string, Json>> }
  }
  Directives: {
    requiresScope: { locations: 'FIELD_DEFINITION'; args: { scope: string; orOwner: boolean } }
    requiresFreshProof: { locations: 'FIELD_DEFINITION'; args: { from: string; maxAgeSetting: string; defaultSeconds: number } }
  }
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, DirectivesPlugin],
  defaultFieldNullability: false,
  directives: { useGraphQLToolsUnorderedDirectives: true },
  scopeAuth: {
    defaultStrategy: 'all', // several scopes on a field mean all of them
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { viewer }) => (viewer.kind === 'guest' ? unauthenticated(viewer.signedOutReason) : forbidden()),
    authScopes: ({ viewer }) => ({
      account: viewer.kind === 'account',
      action: (name) => {
        const refusal = gate(name, viewer)
        if (refusal !== null) throw refusal
        return true
      },
    }),
  },
})

/** The builder's full types, for the helpers that wrap it. */
export type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never

builder.queryType({ description: 'Reading.' })
builder.mutationType({
  description: 'Changing. Every mutation takes one `input` and answers with a union of its payload and its errors.',
})
builder.subscriptionType({ description: 'Listening, over WebSocket (graphql-transport-ws) or server-sent events.' })
