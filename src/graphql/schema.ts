/** Loads every room's part of the schema and puts it together. */
import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLString,
  specifiedDirectives,
} from 'graphql'
import './scalars.ts'
import './errors.ts'
import './node.ts'
import '../features/account/account.graphql.ts'
import '../features/account/email-change.graphql.ts'
import '../features/account/operating.graphql.ts'
import '../features/account/creating.graphql.ts'
import '../features/account/blocking.graphql.ts'
import '../features/account/verification.graphql.ts'
import '../features/session/session.graphql.ts'
import '../features/session/mutations.graphql.ts'
import '../features/device/device.graphql.ts'
import '../features/alert/alert.graphql.ts'
import '../features/attempt/attempt.graphql.ts'
import '../features/credential/credential.graphql.ts'
import '../features/credential/changing.graphql.ts'
import '../features/sign-in/sign-in.graphql.ts'
import '../features/sign-in/proving.graphql.ts'
import '../features/settings/settings.graphql.ts'
import '../features/api-key/api-key.graphql.ts'
import '../features/import/import.graphql.ts'
import '../features/event/event.graphql.ts'
import '../features/installation/clock.graphql.ts'
import '../features/message/message.graphql.ts'
import '../features/team/team.graphql.ts'
import '../features/team/running.graphql.ts'
import '../features/membership/membership.graphql.ts'
import '../features/membership/inviting.graphql.ts'
import '../features/membership/accepting.graphql.ts'
import '../features/membership/change.graphql.ts'
import '../features/membership/managing.graphql.ts'
import { builder } from './builder.ts'

const text = new GraphQLNonNull(GraphQLString)

const requiresScope = new GraphQLDirective({
  name: 'requiresScope',
  description: 'Who is not the owner needs this scope: an API key that has it, or an account with the label "admin".',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    scope: { type: text, description: 'The scope.' },
    orOwner: { type: new GraphQLNonNull(GraphQLBoolean), description: 'Whether the owner may without it.' },
  },
})

const requiresFreshProof = new GraphQLDirective({
  name: 'requiresFreshProof',
  description: 'A person must have proven who he is so recently, else REAUTHENTICATION_REQUIRED. Keys are never asked.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    from: { type: text, description: 'From whom: EVERYBODY, or OPERATORS only.' },
    maxAgeSetting: { type: text, description: 'The setting that says how recently, in seconds.' },
    defaultSeconds: { type: new GraphQLNonNull(GraphQLInt), description: 'Its default.' },
  },
})

export const schema = builder.toSchema({ directives: [...specifiedDirectives, requiresScope, requiresFreshProof] })
