/**
 * Subscriptions over server-sent events. They are pushed, as over a socket, so that the end of a session ends them whether or
 * not somebody reads: who lets too much wait, or takes nothing for as long as a socket may be silent, is cut off and makes
 * room. Cut off means come back; a stream that is over says `complete`.
 */
import type { ServerResponse } from 'node:http'
import { createSourceEventStream, type DocumentNode, getOperationAST } from 'graphql'
import type { EventService } from '../features/event/event.service.ts'
import type { Context, RequestFacts, Services } from '../graphql/context.ts'
import { isStream, type Stream } from '../graphql/subscription.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import type { Log } from '../ports/log.ts'
import { answering } from './delivery.ts'
import { openFanOut, type Question } from './fan-out.ts'
import type { Graphql, ResultMask } from './graphql.ts'
import type { Params } from './params.ts'
import type { RequestReading } from './request.ts'

/** Somebody who reads a stream, until his response is closed. */
type Reader = {
  readonly response: ServerResponse
  readonly requestId: string
  /** Whether he has taken something since the last ping. */
  isAlive: boolean
  /** Ends what runs for him; he may still have something to take. */
  leave: () => void
}

const HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'content-encoding': 'none',
} as const

/** A comment, which no client shows. Some browsers hold an answer back until something comes. */
const PING = ':\n\n'

const nextOf = (answer: string): string => `event: next\ndata: ${answer}\n\n`

const COMPLETE = 'event: complete\ndata:\n\n'

type Needs = Readonly<{ graphql: Graphql; services: Services; events: EventService; mask: ResultMask; log: Log }>

/** Takes over the response of who asks for a stream. @returns false, and nothing has happened, for anything else. */
export type AnswerAsStream = (
  params: Params | null,
  facts: RequestFacts,
  reading: RequestReading,
  response: ServerResponse,
) => Promise<boolean>

export const openEventStreams = ({ graphql, services, events, mask, log }: Needs): AnswerAsStream => {
  const readers = new Set<Reader>()
  let sweep: NodeJS.Timeout | undefined

  /** Who has taken nothing since the last time is gone. */
  const pingAll = (): void => {
    for (const reader of readers) {
      const { response } = reader
      if (!reader.isAlive) response.destroy()
      reader.isAlive = false
      if (!response.writableEnded)
        response.write(PING, (error) => {
          reader.isAlive = error == null
        })
    }
  }

  /** Begins the answer. */
  const welcome = (response: ServerResponse, requestId: string): Reader => {
    const reader: Reader = { response, requestId, isAlive: true, leave: () => undefined }
    response.writeHead(200, HEAD)
    response.write(PING)
    readers.add(reader)
    sweep ??= setInterval(pingAll, TRANSPORT_LIMITS.pingSeconds * 1_000).unref()
    response.once('close', () => {
      reader.leave()
      readers.delete(reader)
      if (readers.size > 0) return
      clearInterval(sweep)
      sweep = undefined
    })
    return reader
  }

  const fanOut = openFanOut<DocumentNode, Reader>({
    answer: answering(services, mask),
    send: ({ response }, answer) => {
      response.write(nextOf(answer))
      if (response.writableLength > TRANSPORT_LIMITS.bufferedBytes) response.destroy()
    },
    sendSlowly: ({ response }, answer) =>
      new Promise((resolve) => {
        response.write(nextOf(answer), () => resolve())
      }),
    over: ({ response, requestId, leave }, fault) => {
      leave()
      if (fault === undefined) return void response.end(COMPLETE)
      log.error({ error: fault, requestId }, 'an event stream could not go on')
      response.destroy()
    },
  })

  const follow = async (reader: Reader, question: Question<DocumentNode>, stream: Stream): Promise<void> => {
    const { leave } = await fanOut.join(question, stream, reader)
    if (reader.response.closed || reader.response.writableEnded) return leave() // gone meanwhile, or over already
    const unattend = events.attend()
    reader.leave = () => {
      unattend()
      void leave()
    }
  }

  return async (params, facts, reading, response) => {
    if (params === null) return false
    const enveloped = graphql.getEnveloped({ facts, params } as never) // Yoga's own additions to the context are for its long way
    const { query, variables = undefined, operationName = undefined } = params
    let document: DocumentNode
    let contextValue: Context
    try {
      document = enveloped.parse(query)
      if (enveloped.validate(enveloped.schema, document).length > 0) return false
      if (getOperationAST(document, operationName)?.operation !== 'subscription') return false
      contextValue = (await enveloped.contextFactory()) as Context
    } catch {
      return false // the long way meets it again and says what it is
    }
    const source = await createSourceEventStream({
      schema: enveloped.schema,
      document,
      operationName: operationName ?? undefined,
      variableValues: variables ?? undefined,
      contextValue,
    })
    if (!isStream(source)) return false
    if (response.closed) return true // gone meanwhile
    const question = { viewer: facts.viewer, reading, query, document, operationName, variables }
    await follow(welcome(response, reading.source.requestId), question, source)
    return true
  }
}
