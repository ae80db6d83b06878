/** Messages in the schema: what operators see of the mails that left, or did not. */
import { accessOptions } from '../../graphql/access.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { MESSAGE_CHANNELS, MESSAGE_STATUSES, type Message } from './message.ts'

const MessageChannelEnum = enumFrom('MessageChannel', 'How a message leaves.', MESSAGE_CHANNELS)

const MessageStatusEnum = enumFrom('MessageStatus', 'Where a message stands.', MESSAGE_STATUSES)

/** Why these three are null. */
const HIDDEN = 'Null in production, where it would hold links that work.'

const MessageRef = builder.objectRef<Message>('Message')
builder.objectType(MessageRef, {
  description: 'A mail or a text message to somebody. Seen by operators with MESSAGES_READ.',
  interfaces: [NodeRef],
  fields: (t) => ({
    channel: t.expose('channel', { type: MessageChannelEnum, description: 'How it leaves.' }),
    kind: t.exposeString('kind', { description: 'What it is, such as session-alert. More kinds may come.' }),
    to: t.exposeString('to', { description: 'The address or the number it goes to.' }),
    subject: t.exposeString('subject', { nullable: true, description: `Its subject. ${HIDDEN}` }),
    text: t.exposeString('text', { nullable: true, description: `Its words. ${HIDDEN}` }),
    html: t.exposeString('html', { nullable: true, description: `Its HTML. ${HIDDEN}` }),
    status: t.expose('status', { type: MessageStatusEnum, description: 'Where it stands.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    sentAt: t.expose('sentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was handed over. Null while it was not.',
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'Whom it is about. Null if that is nobody with an account, or the viewer may not see it.',
      resolve: ({ accountId }, _args, { load }) => (accountId === null ? null : load.account.load(accountId)),
    }),
  }),
})
registerNode('Message', (id, { services, viewer }) => services.messages.find(viewer, id))

const MessageFilterInput = builder.inputType('MessageFilter', {
  description: 'Which messages. What is left out does not narrow.',
  fields: (t) => ({
    to: t.string({ description: 'To this address or number.' }),
    channel: t.field({ type: MessageChannelEnum, description: 'That leave this way.' }),
    kind: t.string({ description: 'Of this kind.' }),
    status: t.field({ type: MessageStatusEnum, description: 'That stand there.' }),
  }),
})

const MessageConnectionRef = connectionOf('Message', MessageRef)

builder.queryField('messages', (t) =>
  t.field({
    type: MessageConnectionRef,
    description: 'Administrators only. Mails and text messages of the last 30 days, newest first.',
    ...accessOptions('message.list'),
    args: { filter: t.arg({ type: MessageFilterInput, description: 'Which messages.' }), ...pageArgs(t.arg) },
    resolve: (_root, { filter, ...args }, { services, viewer }) => services.messages.list(viewer, pageOfArgs(args), filter ?? {}),
  }),
)
