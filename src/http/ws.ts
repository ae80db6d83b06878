/**
 * WebSocket (graphql-transport-ws): who may open one, how long it lives, what closes it. The credential is the upgrade's
 * cookie or header, or the connection's parameters; it is asked again for each operation. When the session ends, its
 * operations end first, then the socket closes with 4401 and the reason: final for the official client (4403 would be
 * retried). An idle socket costs its buffers and little else: no timer of its own, nothing of its handshake.
 */

import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, MessageType, parseMessage } from 'graphql-ws'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { EventService } from '../features/event/event.service.ts'
import type { RequestFacts } from '../graphql/context.ts'
import { hearOwnEnd } from '../graphql/standing.ts'
import { DomainError } from '../kernel/errors.ts'
import type { Viewer } from '../kernel/viewer.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { asRefusal } from '../ports/db/index.ts'
import type { Log } from '../ports/log.ts'
import { socketCookies } from './cookie-port.ts'
import { GRAPHQL_PATH } from './graphql.ts'
import type { Places } from './places.ts'
import type { ReadRequest, RequestReading } from './request.ts'
import type { Authenticate, Credentials } from './viewer.ts'
import { type Connection, type OpenOperations, say } from './ws-operations.ts'

/** "Going away" and "try again later" of RFC 6455 and its registry. */
const [GOING_AWAY, TRY_AGAIN] = [1001, 1013]

/** How long the operations of an ended session may take to say goodbye, in milliseconds. */
const FAREWELL_MS = 1_000

type Needs = Readonly<{
  openOperations: OpenOperations
  events: EventService
  readRequest: ReadRequest
  authenticate: Authenticate
  /** Whether a credential still stands. @returns null if so. */
  refusalNow: (viewer: Viewer) => Promise<DomainError | null>
  syncClock: () => Promise<void>
  places: Places
  log: Log
}>

/** Nobody else looks after this socket any more: neither what goes wrong with it nor whether its other end ever closes it. */
const refuseUpgrade = (socket: Duplex, status: number): void => {
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** What `connectionParams.authorization` says, which only counts where the upgrade had no header. */
const credentialsOf = (reading: RequestReading, params: Readonly<Record<string, unknown>> | undefined): Credentials => {
  const given = params?.authorization ?? params?.Authorization
  const named = given === undefined || given === null ? null : typeof given === 'string' ? given : '' // a bad one, not none
  const authorization = reading.authorization ?? named
  return { authorization, cookie: authorization === null ? reading.sessionCookie : null }
}

const reasonOf = (error: DomainError): string => (typeof error.data.reason === 'string' ? error.data.reason : 'UNAUTHENTICATED')

const NOTHING = (): void => undefined

export const openSockets = ({ openOperations, events, readRequest, authenticate, refusalNow, syncClock, places, log }: Needs) => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: TRANSPORT_LIMITS.bodyBytes,
    perMessageDeflate: false,
    handleProtocols,
  })
  const connections = new Set<Connection>()
  let sweep: NodeJS.Timeout | null = null
  let closing = false
  let emptied = NOTHING

  const closeIfQuiet = (connection: Connection): void => {
    if (connection.ending !== null && connection.operations.size === 0)
      connection.socket.close(CloseCode.Unauthorized, connection.ending)
  }

  const end = (connection: Connection, reason: string): void => {
    if (connection.ending !== null) return
    connection.ending = reason
    for (const { suspect } of connection.operations.values()) suspect?.()
    closeIfQuiet(connection)
    setTimeout(() => connection.socket.close(CloseCode.Unauthorized, reason), FAREWELL_MS).unref()
  }

  const factsOf = async ({ credentials, reading }: Connection): Promise<RequestFacts> => {
    await syncClock()
    const { viewer, signedOutReason, own } = await authenticate(credentials)
    return { viewer, signedOutReason, own, source: reading.source, cookies: socketCookies(reading) }
  }

  const fault = ({ socket, reading }: Connection, error: unknown): void => {
    log.error({ error, requestId: reading.source.requestId }, 'a socket could not be answered')
    socket.close(CloseCode.InternalServerError, 'Internal server error') // what went wrong is for the log only
  }

  /**
   * The credential does not count. If that is because its session got a new token, then that lives on: whoever has the new one
   * comes back with it, and whoever has not is refused at the door.
   */
  const endOrRenew = async (connection: Connection, presented: string): Promise<void> => {
    const { asker, socket } = connection
    const refusal = asker === null ? null : await refusalNow(asker)
    if (asker !== null && refusal?.code !== 'UNAUTHENTICATED') socket.close(TRY_AGAIN, 'TOKEN_REPLACED')
    else end(connection, refusal === null ? presented : reasonOf(refusal))
  }

  /** Closes for what is no answer: to be tried again where nobody can say for the moment, and for a fault. */
  const closeInDoubt = (connection: Connection, error: unknown): void => {
    const refusal = asRefusal(error)
    if (refusal instanceof DomainError) connection.socket.close(TRY_AGAIN, refusal.code)
    else fault(connection, error)
  }

  /** @returns who asks; or why the credential of a socket that was somebody's does not count (any more). */
  const factsOrReason = async (connection: Connection): Promise<RequestFacts | string> => {
    try {
      const facts = await factsOf(connection)
      const isLost = facts.viewer.kind === 'guest' && connection.asker !== null
      return isLost ? (facts.signedOutReason ?? 'UNAUTHENTICATED') : facts
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal instanceof DomainError && refusal.code === 'UNAUTHENTICATED') return reasonOf(refusal)
      throw error
    }
  }

  /**
   * @returns null, and the socket closes: finally for a credential that does not count (any more) and for a fault; to be
   * tried again where nobody can say for the moment, or where the session has another token by now.
   */
  const factsOrClose = async (connection: Connection): Promise<RequestFacts | null> => {
    try {
      const facts = await factsOrReason(connection)
      if (typeof facts !== 'string') return facts
      await endOrRenew(connection, facts)
    } catch (error) {
      closeInDoubt(connection, error)
    }
    return null
  }

  /** A stream that ends may have noticed that the session's time is over before anybody has written it down. */
  const endIfOver = async (connection: Connection): Promise<void> => {
    const { asker, socket } = connection
    if (asker === null || connection.ending !== null || socket.readyState !== WebSocket.OPEN) return
    try {
      await syncClock()
      const refusal = await refusalNow(asker)
      if (refusal?.code === 'UNAUTHENTICATED') end(connection, reasonOf(refusal))
    } catch (error) {
      closeInDoubt(connection, error)
    }
  }

  const operations = openOperations({ factsOrClose, endIfOver, closeIfQuiet })

  const acknowledge = async (connection: Connection, params: Readonly<Record<string, unknown>> | undefined): Promise<void> => {
    clearTimeout(connection.patience)
    connection.credentials = credentialsOf(connection.reading, params)
    const facts = await factsOrClose(connection)
    if (facts === null) return
    const { viewer } = facts
    if (viewer.kind !== 'guest') {
      connection.asker = viewer
      const stops = [hearOwnEnd(events, viewer, (reason) => end(connection, reason)), events.attend()]
      connection.unhear = () => {
        for (const stop of stops) stop()
      }
      if (!connections.has(connection)) connection.unhear() // it went away meanwhile
      // it may have ended between the question and the listening
      if ((await factsOrClose(connection)) === null) return
    }
    connection.state = 'READY'
    say(connection, { type: MessageType.ConnectionAck })
  }

  const read = (text: string) => {
    try {
      return parseMessage(text)
    } catch {
      return null
    }
  }

  const heard = async (connection: Connection, text: string): Promise<void> => {
    const { socket } = connection
    if (socket.readyState !== WebSocket.OPEN) return // whoever does not answer a close is not heard any more
    if (socket.bufferedAmount > TRANSPORT_LIMITS.bufferedBytes) return socket.close(TRY_AGAIN, 'Too slow')
    const message = read(text)
    switch (message?.type) {
      case MessageType.ConnectionInit:
        if (connection.state !== 'NEW')
          return socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
        connection.state = 'ASKING'
        return acknowledge(connection, message.payload)
      case MessageType.Ping:
        return say(connection, { type: MessageType.Pong, ...(message.payload == null ? {} : { payload: message.payload }) })
      case MessageType.Pong:
        return
      case MessageType.Subscribe:
        if (connection.state !== 'READY') return socket.close(CloseCode.Unauthorized, 'Unauthorized')
        return operations.begin(connection, message)
      case MessageType.Complete:
        return operations.cancel(connection, message.id)
      default:
        return socket.close(CloseCode.BadRequest, 'Invalid message received')
    }
  }

  /** Apart from the upgrade, of whose request nothing is to stay. */
  const connect = (socket: WebSocket, reading: RequestReading): void => {
    const connection: Connection = {
      socket,
      reading,
      credentials: { authorization: null, cookie: null },
      state: 'NEW',
      isAlive: true,
      asker: null,
      operations: new Map(),
      running: 0,
      ending: null,
      unhear: NOTHING,
      patience: undefined,
    }
    connections.add(connection)
    socket.on('message', (data: RawData) => {
      heard(connection, String(data)).catch((error: unknown) => fault(connection, error))
    })
    socket.on('pong', () => {
      connection.isAlive = true
    })
    socket.on('error', (error) => log.debug({ error }, 'a socket broke the protocol')) // ws closes it by itself
    socket.on('close', () => {
      clearTimeout(connection.patience)
      connections.delete(connection)
      connection.unhear()
      operations.cancelAll(connection)
      if (connections.size === 0) emptied()
    })
    if (socket.protocol === '') return socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    connection.patience = setTimeout(
      () => socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      TRANSPORT_LIMITS.connectionInitSeconds * 1000,
    )
  }

  /** Who has not answered since the last time is gone. */
  const pingAll = (): void => {
    for (const connection of connections) {
      if (!connection.isAlive) connection.socket.terminate()
      else if (connection.socket.readyState === WebSocket.OPEN) {
        connection.isAlive = false
        connection.socket.ping()
      }
    }
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (closing) return refuseUpgrade(socket, 503)
    const path = (request.url ?? '').split('?')[0]
    if (path !== GRAPHQL_PATH) return refuseUpgrade(socket, 404)
    const reading = readRequest(request, true)
    if (reading.verdict === 'refused') return refuseUpgrade(socket, 403)
    const leave = places.take(reading.source.ip)
    if (leave === null) return refuseUpgrade(socket, 429)
    socket.once('close', leave)
    server.handleUpgrade(request, socket, head, (webSocket) => connect(webSocket, reading))
  }

  return {
    attach: (http: Server): void => {
      http.on('upgrade', upgrade)
      sweep = setInterval(pingAll, TRANSPORT_LIMITS.pingSeconds * 1000).unref()
    },
    count: (): number => connections.size,
    /** Closes every socket with 1001, going away; cuts those that do not answer in time. */
    close: async (): Promise<void> => {
      closing = true
      if (sweep !== null) clearInterval(sweep)
      if (connections.size === 0) return
      const gone = new Promise<void>((resolve) => {
        emptied = resolve
      })
      for (const { socket } of connections) socket.close(GOING_AWAY, 'Going away')
      const deadline = setTimeout(() => {
        for (const { socket } of connections) socket.terminate()
      }, TRANSPORT_LIMITS.shutdownSeconds * 1000)
      await gone
      clearTimeout(deadline)
    },
  }
}
