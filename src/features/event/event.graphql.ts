/** The event log in the schema. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { findNode, NodeRef, registerNode } from '../../graphql/node.ts'
import { subscription } from '../../graphql/subscription.ts'
import type { Actor } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { ApiKeyRef } from '../api-key/api-key.graphql.ts'
import { type Event, matches } from './event.ts'

const ActorKindEnum = enumFrom('ActorKind', 'Who did something.', {
  ACCOUNT: 'A person.',
  API_KEY: 'A program with a key.',
  GUEST: 'Somebody who was not signed in.',
  SYSTEM: 'The server itself, or its command line.',
})

const EventOutcomeEnum = enumFrom('EventOutcome', 'How something ended.', {
  SUCCEEDED: 'It was done.',
  REFUSED: 'It was understood and not allowed.',
  FAILED: 'It was tried and was wrong.',
})

const EventActorRef = builder.objectRef<Actor>('EventActor')
builder.objectType(EventActorRef, {
  description: 'Who did it.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ActorKindEnum, description: 'What kind of actor.' }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'The person. Null for other kinds, for a deleted account, and if the viewer may not see it.',
      resolve: (actor, _args, { load }) => (actor.kind === 'ACCOUNT' && actor.id !== null ? load.account.load(actor.id) : null),
    }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key. Null for other kinds, and if the viewer may not see it.',
      resolve: (actor, _args, { load }) => (actor.kind === 'API_KEY' && actor.id !== null ? load.apiKey.load(actor.id) : null),
    }),
  }),
})

const EventRef = builder.objectRef<Event>('Event')
builder.objectType(EventRef, {
  description: 'Something that happened. Append-only. Seen by operators with EVENTS_READ, and an account’s own by its owner.',
  interfaces: [NodeRef],
  fields: (t) => ({
    type: t.exposeString('type', { description: 'Dotted and stable, such as session.opened. More types may come.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
    actor: t.field({
      type: EventActorRef,
      nullable: true,
      description: 'Who did it. Null if that is nobody.',
      resolve: (event) => event.actor,
    }),
    subject: t.field({
      type: NodeRef,
      nullable: true,
      description: 'What it happened to. Null if that is gone, is nothing in particular, or the viewer may not see it.',
      resolve: (event, _args, context) => (event.subjectId === null ? null : findNode(event.subjectId, context)),
    }),
    ip: t.string({
      nullable: true,
      description:
        'From which address. Null if none, or erased; and what somebody else did to an account shows his address to operators only.',
      resolve: (event, _args, { services, viewer }) => services.events.addressOf(viewer, event),
    }),
    outcome: t.expose('outcome', { type: EventOutcomeEnum, description: 'How it ended.' }),
    details: t.field({
      type: 'JSONObject',
      description: 'Ids, enums and numbers that belong to the type.',
      resolve: (event) => event.details,
    }),
    hash: t.exposeString('hash', { description: 'SHA-256 over this event and the hash of the one before it.' }),
  }),
})
registerNode('Event', (id, { services, viewer }) => services.events.find(viewer, id))

const EventFilterInput = builder.inputType('EventFilter', {
  description: 'Which events. What is left out does not narrow.',
  fields: (t) => ({
    types: t.stringList({ description: `Of these types, at most ${SIZES.eventTypes}.` }),
    accountId: t.id({ description: 'In this account’s log.' }),
    since: t.field({ type: 'DateTime', description: 'At or after.' }),
    until: t.field({ type: 'DateTime', description: 'Before.' }),
    outcome: t.field({ type: EventOutcomeEnum, description: 'With this outcome.' }),
  }),
})

const EventConnectionRef = connectionOf('Event', EventRef)

builder.queryField('events', (t) =>
  t.field({
    type: EventConnectionRef,
    description: 'Administrators only. The event log, newest first.',
    ...accessOptions('event.list'),
    args: { filter: t.arg({ type: EventFilterInput, description: 'Which events.' }), ...pageArgs(t.arg) },
    resolve: (_root, { filter, ...args }, { services, viewer }) => services.events.list(viewer, pageOfArgs(args), filter ?? {}),
  }),
)

builder.objectField(AccountRef, 'events', (t) =>
  t.field({
    type: EventConnectionRef,
    description: 'What happened to it, newest first.',
    args: pageArgs(t.arg),
    resolve: (account, args, { services, viewer }) => services.events.ofAccount(viewer, account.id, pageOfArgs(args)),
  }),
)

/** Events read at a time. */
const BATCH = 100

subscription('events', {
  access: 'event.list',
  description:
    'Administrators only. Events as they happen on any node. With `after`, everything since comes first, in order, once.',
  type: EventRef,
  args: (t) => ({
    filter: t({ type: EventFilterInput, description: 'Which events.' }),
    after: t.id({ description: 'The last event seen. Left out: only what happens from now on.' }),
  }),
  feed: async ({ filter, after }, { services, viewer }) => {
    const wanted = filter ?? {}
    let position = await services.events.startPosition(viewer, after ?? null, wanted)
    return {
      listen: (ring) => services.events.hear('all', ring),
      fromNow: after == null,
      batch: BATCH,
      read: async () => {
        const found: Event[] = []
        let reached = position
        for (let full = true; full && found.length < BATCH; ) {
          const batch = await services.events.after(reached, BATCH)
          found.push(...batch.filter((event) => matches(wanted, event)))
          reached = batch.at(-1)?.position ?? reached
          full = batch.length === BATCH
        }
        position = reached
        return found
      },
    }
  },
})
