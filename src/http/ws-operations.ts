/** The operations of a socket: a query and a mutation answer once, a subscription runs until somebody ends it. */
import { createSourceEventStream, type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql'
import { MessageType, type SubscribeMessage } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { EventService } from '../features/event/event.service.ts'
import type { Context, RequestFacts, Services } from '../graphql/context.ts'
import { maskError } from '../graphql/errors.ts'
import { isStream } from '../graphql/subscription.ts'
import type { Viewer } from '../kernel/viewer.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import type { Log } from '../ports/log.ts'
import { answering, textOf, withoutStatus } from './delivery.ts'
import { openFanOut } from './fan-out.ts'
import type { Graphql, ResultMask } from './graphql.ts'
import type { RequestReading } from './request.ts'
import type { Credentials } from './viewer.ts'

/** A socket, from its handshake on. */
export type Connection = {
  readonly socket: WebSocket
  readonly reading: RequestReading
  /** Operations that the client waits for, by their id. */
  readonly operations: Map<string, Operation>
  /** How many run, whether or not the client still waits for them: what it has completed counts until it is over. */
  running: number
  credentials: Credentials
  state: 'NEW' | 'ASKING' | 'READY'
  /** Whether it has answered since the last ping. */
  isAlive: boolean
  /** Who was signed in when it opened; null for a guest. */
  asker: Viewer | null
  /** Why its session has ended; null while it lives. */
  ending: string | null
  unhear: () => void
  /** Until it has said who it is. */
  patience: NodeJS.Timeout | undefined
}

type Operation = {
  readonly connection: Connection
  readonly id: string
  /** For a stream that has begun: ends it; done when nothing of it runs any more. */
  stop: (() => Promise<void>) | null
  /** Lets a stream look at its credential now. */
  suspect: (() => void) | null
}

/** Sends a message, if anybody is there to hear it. */
export const say = ({ socket }: Connection, message: Readonly<Record<string, unknown>>): void => {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

/** "Try again later" of the registry of close codes: the client comes back and resumes. */
const TOO_SLOW = 1013

/** A longer one does not fit into the reason of a close frame, which has 123 bytes. */
const LONGEST_ID = 90

const nextOf = ({ id }: Operation, answer: string): string =>
  `{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":${answer}}`

type Needs = Readonly<{ graphql: Graphql; services: Services; events: EventService; mask: ResultMask; log: Log }>

/** What operations need of the socket they run on. */
type Lifecycle = Readonly<{
  /** Asks the credential again. @returns null after closing the socket. */
  factsOrClose: (connection: Connection) => Promise<RequestFacts | null>
  /** Ends the socket if its session is over and nobody has said so yet. */
  endIfOver: (connection: Connection) => Promise<void>
  /** Closes a socket whose session has ended, once nothing runs on it any more. */
  closeIfQuiet: (connection: Connection) => void
}>

export type OpenOperations = ReturnType<typeof operationsOf>

/** The functions with the plugins on them, as Yoga hands them out. */
type Enveloped = ReturnType<Graphql['getEnveloped']>

export const operationsOf =
  ({ graphql, services, events, mask, log }: Needs) =>
  ({ factsOrClose, endIfOver, closeIfQuiet }: Lifecycle) => {
    const isOn = (operation: Operation): boolean => operation.connection.operations.get(operation.id) === operation

    /** @returns whether it was still going on. */
    const remove = (operation: Operation): boolean => {
      if (!isOn(operation)) return false
      const { connection } = operation
      connection.operations.delete(operation.id)
      if (operation.stop !== null) void operation.stop().finally(() => connection.running--)
      return true
    }

    const refuse = (operation: Operation, errors: readonly GraphQLError[]): void => {
      if (!remove(operation)) return
      log.debug({ count: errors.length }, 'an operation over a socket was refused')
      say(operation.connection, { id: operation.id, type: MessageType.Error, payload: errors.map(withoutStatus) })
      closeIfQuiet(operation.connection)
    }

    const complete = (operation: Operation): void => {
      if (!remove(operation)) return
      say(operation.connection, { id: operation.id, type: MessageType.Complete })
      closeIfQuiet(operation.connection)
    }

    const next = (operation: Operation, result: ExecutionResult): void => {
      if (isOn(operation) && operation.connection.socket.readyState === WebSocket.OPEN)
        operation.connection.socket.send(nextOf(operation, textOf(result)))
    }

    /**
     * A stream that ends because its session has ended says nothing more: the close code says it, and a client that heard
     * `complete` first might close by itself and never learn the reason.
     */
    const streamOver = async (operation: Operation, fault: unknown): Promise<void> => {
      const { connection } = operation
      if (fault !== undefined) return refuse(operation, [maskError(fault, connection.reading.source.requestId, log)])
      await endIfOver(connection)
      if (connection.ending === null) return complete(operation)
      if (remove(operation)) closeIfQuiet(connection)
    }

    const fanOut = openFanOut<DocumentNode, Operation>({
      answer: answering(services, mask),
      send: (operation, answer) => {
        const { socket } = operation.connection
        if (socket.readyState !== WebSocket.OPEN) return
        socket.send(nextOf(operation, answer))
        if (socket.bufferedAmount > TRANSPORT_LIMITS.bufferedBytes) socket.close(TOO_SLOW, 'Too slow')
      },
      sendSlowly: (operation, answer) =>
        new Promise((resolve) => {
          const { socket } = operation.connection
          if (socket.readyState === WebSocket.OPEN) socket.send(nextOf(operation, answer), () => resolve())
          else resolve()
        }),
      over: (operation, fault) => void streamOver(operation, fault),
    })

    const run = async (operation: Operation, { payload }: SubscribeMessage, facts: RequestFacts, enveloped: Enveloped) => {
      const { connection } = operation
      const { requestId } = connection.reading.source
      const document: DocumentNode = enveloped.parse(payload.query)
      const problems = enveloped.validate(enveloped.schema, document)
      if (problems.length > 0) return refuse(operation, problems)
      const operationName = payload.operationName ?? undefined
      const variables = payload.variables ?? undefined
      const contextValue = (await enveloped.contextFactory()) as Context
      const kind = getOperationAST(document, operationName)?.operation
      if (kind === undefined) return refuse(operation, [new GraphQLError('Unable to identify operation')])
      const args = { schema: enveloped.schema, document, operationName, variableValues: variables, contextValue }
      if (kind !== 'subscription') {
        next(operation, await enveloped.execute(args))
        return complete(operation)
      }
      const source = await createSourceEventStream(args)
      if (!isStream(source)) {
        next(operation, mask(requestId, source as ExecutionResult))
        return complete(operation)
      }
      if (!isOn(operation)) return
      const { viewer } = facts
      const question = { viewer, reading: connection.reading, query: payload.query, document, operationName, variables }
      const { leave, suspect } = await fanOut.join(question, source, operation)
      if (!isOn(operation)) return leave()
      const unattend = events.attend()
      operation.suspect = suspect
      operation.stop = () => {
        unattend()
        return leave()
      }
    }

    const cancel = (operation: Operation): void => {
      if (remove(operation)) closeIfQuiet(operation.connection)
    }

    /** Answers, or refuses, or begins a stream. */
    const work = async (operation: Operation, message: SubscribeMessage): Promise<void> => {
      const { connection } = operation
      const facts = await factsOrClose(connection)
      if (facts === null) return cancel(operation)
      try {
        // without the request: its method is the handshake's GET, by which mutations would be refused
        await run(operation, message, facts, graphql.getEnveloped({ facts, params: message.payload } as never))
      } catch (error) {
        refuse(operation, [maskError(error, connection.reading.source.requestId, log)])
      }
    }

    return {
      /** Begins an operation. It answers, or refuses, by itself. */
      begin: async (connection: Connection, message: SubscribeMessage): Promise<void> => {
        const { id } = message
        if (connection.operations.has(id))
          return connection.socket.close(
            4409,
            Buffer.byteLength(id) > LONGEST_ID ? 'Subscriber already exists' : `Subscriber for ${id} already exists`,
          )
        const operation: Operation = { connection, id, stop: null, suspect: null }
        const isSurplus = connection.running >= TRANSPORT_LIMITS.operationsPerSocket
        connection.operations.set(id, operation)
        if (isSurplus)
          return refuse(operation, [
            new GraphQLError(`At most ${TRANSPORT_LIMITS.operationsPerSocket} operations at a time.`, {
              extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
            }),
          ])
        connection.running++
        try {
          await work(operation, message)
        } finally {
          if (operation.stop === null) connection.running-- // a stream runs until it is stopped
        }
      },

      /** The client wants no more of it. */
      cancel: (connection: Connection, id: string): void => {
        const operation = connection.operations.get(id)
        if (operation !== undefined) cancel(operation)
      },

      cancelAll: (connection: Connection): void => {
        for (const operation of connection.operations.values()) remove(operation)
      },
    }
  }
