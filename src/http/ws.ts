/**
 * WebSocket (graphql-transport-ws) on Yoga. The credential is the upgrade's cookie or header, or the connection's
 * parameters; it is asked again for each operation. When the session ends, its operations end first, then the socket
 * closes with 4401 and the reason: final for the official client (4403 would be retried).
 */

import type { IncomingMessage, Server } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Context as SocketContext } from 'graphql-ws'
import { type Extra, useServer } from 'graphql-ws/use/ws'
import { isAsyncIterable } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import type { EventService } from '../features/event/event.service.ts'
import type { RequestFacts } from '../graphql/context.ts'
import { maskError } from '../graphql/errors.ts'
import { hearOwnEnd } from '../graphql/standing.ts'
import { DomainError } from '../kernel/errors.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import type { Log } from '../ports/log.ts'
import { socketCookies } from './cookie-port.ts'
import { GRAPHQL_PATH, type Graphql } from './graphql.ts'
import type { ReadRequest, RequestReading } from './request.ts'
import type { Authenticate, Credentials } from './viewer.ts'

/** "Unauthorized" and "Internal server error" of the graphql-transport-ws protocol. */
const UNAUTHORIZED = 4401
const FAULT = 4500

/** How long the operations of an ended session may take to say goodbye, in milliseconds. */
const FAREWELL_MS = 1_000

type Connection = {
  reading: RequestReading
  credentials: Credentials
  /** Whether somebody was signed in when it opened. */
  signedIn: boolean
  operations: number
  /** Operations that go on, by their id. */
  ending: string | null
  unhear: () => void
}

type Needs = Readonly<{
  graphql: Graphql
  events: EventService
  readRequest: ReadRequest
  authenticate: Authenticate
  syncClock: () => Promise<void>
  maxSocketsPerIp: number
  log: Log
}>

const refuseUpgrade = (socket: Duplex, status: number): void => {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** What `connectionParams.authorization` says, which only counts where the upgrade had no header. */
const credentialsOf = (reading: RequestReading, params: Readonly<Record<string, unknown>> | undefined): Credentials => {
  const given = params?.authorization ?? params?.Authorization
  const named = given === undefined || given === null ? null : typeof given === 'string' ? given : '' // a bad one, not none
  const authorization = reading.authorization ?? named
  return { authorization, cookie: authorization === null ? reading.sessionCookie : null }
}

/** Yoga notes an HTTP status on what it refuses; a socket has none. The error itself may be in a cache and stays as it is. */
const withoutStatus = (error: GraphQLError): GraphQLError => {
  const { http: _http, ...extensions } = error.extensions
  const { message, nodes = null, source = null, positions = null, path = null } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}

const reasonOf = (error: DomainError): string => (typeof error.data.reason === 'string' ? error.data.reason : 'UNAUTHENTICATED')

/** What travels with an operation: the functions with the plugins on them, and the question at the end of a stream. */
type Enveloped = Readonly<{
  execute: (args: unknown) => Promise<ExecutionResult>
  subscribe: (args: unknown) => Promise<AsyncIterable<never> | never>
  goodbye: () => Promise<boolean>
}>

/**
 * A stream that ends because its session has ended says nothing more: the close code says it, and a client that heard
 * `complete` first might close by itself and never learn the reason.
 * @param goodbye whether the socket is about to be closed.
 */
const untilGoodbye = <T>(stream: AsyncIterable<T>, goodbye: () => Promise<boolean>): AsyncIterableIterator<T> => {
  const inner = stream[Symbol.asyncIterator]()
  // by hand: a generator that waits could not be told to stop
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => {
      const result = await inner.next()
      return result.done === true && (await goodbye()) ? new Promise<never>(() => undefined) : result
    },
    return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
  }
}

export const openSockets = ({ graphql, events, readRequest, authenticate, syncClock, maxSocketsPerIp, log }: Needs) => {
  const server = new WebSocketServer({ noServer: true, maxPayload: TRANSPORT_LIMITS.bodyBytes, perMessageDeflate: false })
  const connections = new WeakMap<IncomingMessage, Connection>()
  const perIp = new Map<string, number>()

  type Ctx = SocketContext<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>

  const connectionOf = (ctx: Ctx): Connection => {
    const connection = connections.get(ctx.extra.request)
    if (connection === undefined) throw new Error('a socket without a handshake')
    return connection
  }

  const closeIfQuiet = (ctx: Ctx, connection: Connection): void => {
    if (connection.ending !== null && connection.operations === 0) ctx.extra.socket.close(UNAUTHORIZED, connection.ending)
  }

  const end = (ctx: Ctx, connection: Connection, reason: string): void => {
    connection.ending = reason
    closeIfQuiet(ctx, connection)
    setTimeout(() => ctx.extra.socket.close(UNAUTHORIZED, reason), FAREWELL_MS).unref()
  }

  const factsOf = async (connection: Connection): Promise<RequestFacts> => {
    await syncClock()
    const who = await authenticate(connection.credentials)
    return {
      viewer: who.viewer,
      signedOutReason: who.signedOutReason,
      own: who.own,
      source: connection.reading.source,
      cookies: socketCookies(connection.reading),
    }
  }

  /** @returns null after closing the socket: for a credential that does not count (any more), and for a fault. */
  const factsOrClose = async (ctx: Ctx, connection: Connection): Promise<RequestFacts | null> => {
    try {
      return await factsOf(connection)
    } catch (error) {
      if (error instanceof DomainError) ctx.extra.socket.close(UNAUTHORIZED, reasonOf(error))
      else {
        log.error({ error, requestId: connection.reading.source.requestId }, 'a socket could not be answered')
        ctx.extra.socket.close(FAULT, 'Internal server error') // what went wrong is for the log only
      }
      return null
    }
  }

  /** A stream that ends may have noticed that the session's time is over before anybody has written it down. */
  const endIfOver = async (ctx: Ctx, connection: Connection): Promise<void> => {
    const { readyState, OPEN } = ctx.extra.socket
    if (!connection.signedIn || connection.ending !== null || readyState !== OPEN) return
    try {
      const { viewer, signedOutReason } = await factsOf(connection)
      if (viewer.kind === 'guest') end(ctx, connection, signedOutReason ?? 'EXPIRED')
    } catch (error) {
      if (error instanceof DomainError) end(ctx, connection, reasonOf(error))
      else log.warn({ error }, 'a session could not be looked at; the next operation asks again')
    }
  }

  /** Asked when a stream is over. @returns whether that was because the credential no longer counts; then the socket closes. */
  const goodbye = async (ctx: Ctx, connection: Connection): Promise<boolean> => {
    await endIfOver(ctx, connection)
    if (connection.ending === null) return false
    connection.operations--
    closeIfQuiet(ctx, connection)
    return true
  }

  const disposal = useServer<Record<string, unknown>, Record<PropertyKey, unknown>>(
    {
      connectionInitWaitTimeout: TRANSPORT_LIMITS.connectionInitSeconds * 1000,
      onConnect: async (ctx) => {
        const connection = connectionOf(ctx)
        connection.credentials = credentialsOf(connection.reading, ctx.connectionParams)
        const facts = await factsOrClose(ctx, connection)
        if (facts === null) return false
        const { viewer } = facts
        if (viewer.kind === 'guest') return true
        connection.signedIn = true
        const stops = [hearOwnEnd(events, viewer, (reason) => end(ctx, connection, reason)), events.attend()]
        connection.unhear = () => {
          for (const stop of stops) stop()
        }
        // it may have ended between the question and the listening
        const again = await factsOrClose(ctx, connection)
        if (again?.viewer.kind === 'guest') end(ctx, connection, again.signedOutReason ?? 'EXPIRED')
        return again !== null
      },
      onSubscribe: async (ctx, _id, payload) => {
        const connection = connectionOf(ctx)
        if (Object.keys(ctx.subscriptions).length > TRANSPORT_LIMITS.operationsPerSocket)
          return [
            new GraphQLError(`At most ${TRANSPORT_LIMITS.operationsPerSocket} operations at a time.`, {
              extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
            }),
          ]
        const facts = await factsOrClose(ctx, connection)
        if (facts === null) return [new GraphQLError('The socket closes.')] // which nobody hears any more
        // without the request: its method is the handshake's GET, by which mutations would be refused
        const { schema, execute, subscribe, contextFactory, parse, validate } = graphql.getEnveloped({ facts, params: payload })
        try {
          const document = parse(payload.query)
          const problems = validate(schema, document)
          if (problems.length > 0) return problems.map(withoutStatus)
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe, goodbye: () => goodbye(ctx, connection) },
          }
        } catch (error) {
          return [withoutStatus(maskError(error, connection.reading.source.requestId, log))]
        }
      },
      // the enveloped functions travel with the operation, so that plugins see it
      execute: async (args) => {
        const result = await (args.rootValue as Enveloped).execute(args)
        return result.errors === undefined ? result : { ...result, errors: result.errors.map(withoutStatus) }
      },
      subscribe: async (args) => {
        const { subscribe, goodbye } = args.rootValue as Enveloped
        const stream = await subscribe(args)
        return isAsyncIterable(stream) ? untilGoodbye(stream, goodbye) : stream
      },
      onOperation: (ctx) => void connectionOf(ctx).operations++,
      onComplete: (ctx) => {
        const connection = connectionOf(ctx)
        connection.operations--
        closeIfQuiet(ctx, connection)
      },
      onDisconnect: (ctx) => connectionOf(ctx).unhear(),
      onError: (_ctx, _id, _payload, errors) => log.debug({ count: errors.length }, 'an operation over a socket was refused'),
    },
    server,
    TRANSPORT_LIMITS.pingSeconds * 1000,
  )

  const leave = (ip: string): void => {
    const left = (perIp.get(ip) ?? 1) - 1
    if (left <= 0) perIp.delete(ip)
    else perIp.set(ip, left)
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').split('?')[0]
    if (path !== GRAPHQL_PATH) return refuseUpgrade(socket, 404)
    const reading = readRequest(request, true)
    if (reading.verdict === 'refused') return refuseUpgrade(socket, 403)
    const ip = reading.source.ip ?? ''
    if ((perIp.get(ip) ?? 0) >= maxSocketsPerIp) return refuseUpgrade(socket, 429)
    perIp.set(ip, (perIp.get(ip) ?? 0) + 1)
    socket.once('close', () => leave(ip))
    const credentials = { authorization: reading.authorization, cookie: reading.sessionCookie }
    connections.set(request, {
      reading,
      credentials,
      signedIn: false,
      operations: 0,
      ending: null,
      unhear: () => undefined,
    })
    server.handleUpgrade(request, socket, head, (webSocket) => {
      server.emit('connection', webSocket, request)
      // graphql-ws would print a stack for every frame too long or malformed that a stranger sends; ws closes the socket itself
      webSocket.removeAllListeners('error').on('error', (error) => log.debug({ error }, 'a socket broke the protocol'))
    })
  }

  return {
    attach: (http: Server): void => void http.on('upgrade', upgrade),
    count: (): number => server.clients.size,
    /** Closes every socket with 1001, going away. */
    close: async (): Promise<void> => {
      await disposal.dispose()
    },
  }
}
