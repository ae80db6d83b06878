/**
 * Who asks the same runs the same stream: one viewer's one question over many sockets is read, checked and executed once for
 * each event, and its answer is written to each socket. What makes two questions the same is everything that an answer can
 * depend on, so that nobody ever gets what was made for another viewer.
 */
import { createHash } from 'node:crypto'
import type { Item, Running, Stream } from '../graphql/subscription.ts'
import type { Viewer } from '../kernel/viewer.ts'
import type { RequestReading } from './request.ts'

/** What is asked, by whom, and from where. */
export type Question<Document> = Readonly<{
  viewer: Viewer
  reading: RequestReading
  query: string
  document: Document
  operationName: string | undefined
  variables: Readonly<Record<string, unknown>> | undefined
}>

type Needs<Document, Member> = Readonly<{
  /** Makes the answer to a question about one item, as JSON. */
  answer: (question: Question<Document>, item: Item) => Promise<string>
  /** Writes an answer to one of those who asked. */
  send: (member: Member, answer: string) => void
  /** The same, for one who catches up: he is given no more than he takes. @returns when he has taken it. */
  sendSlowly: (member: Member, answer: string) => Promise<void>
  /** There will be nothing more; with what went wrong, if something did. */
  over: (member: Member, fault: unknown) => void
}>

type Group<Member> = { readonly members: Set<Member>; running: Running | null }

/** Everything that a resolver can see of who asks, and all of what he asks. */
const keyOf = ({ viewer, reading, query, operationName, variables }: Question<unknown>): string => {
  const { ip, userAgent } = reading.source
  const all = [viewer, ip, userAgent, reading.deviceCookie, query, operationName ?? null, variables ?? null]
  return createHash('sha256').update(JSON.stringify(all)).digest('base64')
}

export const openFanOut = <Document, Member>({ answer, send, sendSlowly, over }: Needs<Document, Member>) => {
  const shared = new Map<string, Group<Member>>()

  /** @param key under which others may join; null for one that is nobody else's. */
  const begin = (question: Question<Document>, stream: Stream, first: Member, key: string | null): Group<Member> => {
    const group: Group<Member> = { members: new Set([first]), running: null }
    if (key !== null) shared.set(key, group)
    const forget = (): void => {
      if (key !== null && shared.get(key) === group) shared.delete(key)
    }
    const deliver = async (item: Item): Promise<void> => {
      const text = await answer(question, item)
      for (const member of group.members) {
        if (key === null) await sendSlowly(member, text)
        else send(member, text)
      }
    }
    const ended = (fault: unknown): void => {
      forget()
      for (const member of group.members) over(member, fault)
    }
    const running = stream.run(deliver, ended)
    group.running = {
      ...running,
      stop: () => {
        forget()
        return running.stop()
      },
    }
    return group
  }

  const leave = async (group: Group<Member>, member: Member): Promise<void> => {
    group.members.delete(member)
    if (group.members.size === 0) await group.running?.stop()
  }

  return {
    /**
     * Begins or joins a stream. Who joins first lets the others have what is there already: he asked for what comes.
     * @param stream made for this member: he was allowed to ask, and from which point on.
     * @returns how to leave, which is done when nothing runs for this member any more, and how to say that the credential may
     * be no more.
     */
    join: async (question: Question<Document>, stream: Stream, member: Member) => {
      const key = stream.fromNow ? keyOf(question) : null
      const known = key === null ? undefined : shared.get(key)
      await known?.running?.settle()
      const group = key === null ? undefined : shared.get(key)
      const joined = group ?? begin(question, stream, member, key)
      joined.members.add(member)
      return { leave: () => leave(joined, member), suspect: () => joined.running?.suspect() }
    },
  }
}
