/**
 * What is to be told to somebody outside. `enqueue` writes it in the transaction of the change it tells of: if the change is
 * there, the message is. The dispatcher hears of it after the commit; nobody waits for the world.
 */
import type { MakeId } from '../../kernel/ids.ts'
import { mapPage, type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { Keyring } from '../../ports/keyring/index.ts'
import type { RehearsalService } from '../rehearsal/rehearsal.service.ts'
import * as store from './message.store.ts'
import {
  CHANNEL_OF,
  type Compose,
  checkFilter,
  type Message,
  type MessageFilter,
  type NewMessage,
  sealPurpose,
} from './message.ts'
import type { Mail, MessageKind } from './texts/kinds.ts'

export type MessageService = ReturnType<typeof messageService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  keyring: Keyring
  rehearsals: RehearsalService
  compose: Compose
  /** Behind the @ of each Message-ID. */
  domain: string
  /** Whether subject, text and HTML may be read here at all: never in production, they hold links that work. */
  readable: boolean
  /** Tells the dispatcher that there is something to carry. Returns at once. */
  ring: () => void
}>

export const messageService = ({ db, clock, makeId, keyring, rehearsals, compose, domain, readable, ring }: Needs) => {
  const contentOf = ({ id, content }: store.SealedMessage): Mail | null => {
    const opened = readable && content !== null ? keyring.open(sealPurpose(id), content) : null
    return opened === null ? null : (JSON.parse(opened) as Mail) // sealed by `enqueue`, and by nobody else
  }

  const toMessage = (sealed: store.SealedMessage): Message => {
    const { content: _, ...message } = sealed
    const { subject = null, text = null, html = null } = contentOf(sealed) ?? {}
    return { ...message, subject, text, html }
  }

  const written = <Kind extends MessageKind>({ kind, locale, data }: NewMessage<Kind>): { id: string; content: string } => {
    const id = makeId('Message')
    return { id, content: keyring.seal(sealPurpose(id), JSON.stringify(compose(kind, locale, data))) }
  }

  return {
    /** As much work as a message, for somebody who gets none: nobody learns by the time whether there is an account. */
    rehearse: async <Kind extends MessageKind>(tx: BareTx, message: NewMessage<Kind>): Promise<void> => {
      await rehearsals.write(tx, written(message).content.length)
      db.afterCommit(tx, ring)
    },

    /**
     * Writes a message in the caller's transaction, in the words of this moment; it leaves after the commit.
     * @param message `to` is an address in its stored form.
     * @returns its id.
     */
    enqueue: async <Kind extends MessageKind>(tx: BareTx, message: NewMessage<Kind>): Promise<string> => {
      const { kind, to, accountId } = message
      const { id, content } = written(message)
      await store.insert(tx, {
        id,
        channel: CHANNEL_OF[kind],
        kind,
        to,
        messageId: `<${id}@${domain}>`,
        content,
        createdAt: clock.now(),
        accountId,
      })
      db.afterCommit(tx, ring)
      return id
    },

    /** Newest first. @throws FORBIDDEN without the scope, InvalidInput. */
    list: async (viewer: Viewer, args: PageArgs, filter: MessageFilter): Promise<Page<Message>> => {
      permit('message.list', viewer, { ownerId: null }, NO_FRESHNESS)
      return mapPage(await store.page(db.read, windowOf(args, 2), checkFilter(filter)), toMessage)
    },

    /** @returns null for what is missing and for what the viewer may not see. */
    find: async (viewer: Viewer, id: string): Promise<Message | null> => {
      if (decide('message.list', viewer, { ownerId: null }, NO_FRESHNESS) !== null) return null
      const message = await store.find(db.read, id)
      return message === null ? null : toMessage(message)
    },

    /** For the mailbox page, which has looked at who asks: the newest first. */
    newest: async (count: number): Promise<readonly Message[]> => {
      const page = await store.page(db.read, windowOf({ first: count }, 2), {})
      return page.edges.map(({ node }) => toMessage(node))
    },

    /** For the mailbox page: one message; null for what is missing. */
    open: async (id: string): Promise<Message | null> => {
      const message = await store.find(db.read, id)
      return message === null ? null : toMessage(message)
    },

    /** What an account leaves behind: what is over is forgotten, what has still to leave leaves. */
    removeOf: (tx: Tx, accountId: string): Promise<void> => store.removeOf(tx, accountId),

    /** Removes what was sent, or given up, more than a month ago. */
    sweep: (): Promise<void> => store.removeOlderThan(db.read, after(clock.now(), -LIFETIMES.messageRecord)),
  }
}
