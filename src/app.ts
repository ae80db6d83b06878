/** The server as a whole: doors first, then services, then the way in. */
import { randomUUID } from 'node:crypto'
import { BadConfiguration, type Config, publicOrigin } from './config.ts'
import { type Overrides, openDoors } from './doors.ts'
import { refusalNow } from './graphql/standing.ts'
import { jarOpener } from './http/cookie-port.ts'
import { openEndpoint } from './http/endpoint.ts'
import { openEventStreams } from './http/event-streams.ts'
import { openGraphql, resultMask } from './http/graphql.ts'
import { openHealth } from './http/health.ts'
import { INVITATION_PATH, RECOVERY_PATH, REVIEW_PATH, UNDO_PATH, VERIFICATION_PATH } from './http/links.ts'
import { openMailbox } from './http/mailbox.ts'
import { openPages } from './http/pages.ts'
import { openPlaces } from './http/places.ts'
import { requestReader } from './http/request.ts'
import { openServer } from './http/server.ts'
import { openAuthentication, openRecognition } from './http/viewer.ts'
import { openSockets } from './http/ws.ts'
import { operationsOf } from './http/ws-operations.ts'
import { wireServices } from './services.ts'

export type App = Awaited<ReturnType<typeof createApp>>

/**
 * Opens everything but the port to the world; `listen` does that.
 * @throws if the database cannot be reached or migrated, or the data folder belongs to another process.
 */
export const createApp = async (config: Config, overrides: Overrides = {}) => {
  let port = config.port
  /** Where the page of that path is; known for good once the server listens. */
  const pageAt = (path: string) => (): string => `${publicOrigin(config, port)}${path}`
  const pageUrls = {
    recoveryPage: pageAt(RECOVERY_PATH),
    invitationPage: pageAt(INVITATION_PATH),
    verificationPage: pageAt(VERIFICATION_PATH),
    undoPage: pageAt(UNDO_PATH),
    reviewPage: pageAt(REVIEW_PATH),
  }
  const doors = await openDoors(config, overrides)
  const { clock, log, db, bus, copies, texts } = doors
  const wired = await wireServices(doors, config, pageUrls)
  const { services, hasher, dispatcher, activity, fileImports, operators, verification, work, clockWork, syncClock } = wired
  const { apiKeys, events, messages, sessions } = services

  const readRequest = requestReader(config, randomUUID)
  const openJar = jarOpener(config, clock)
  const authenticate = openAuthentication({ sessions, apiKeys })
  const recognise = openRecognition(sessions)
  const graphql = openGraphql({ config, services, log, newRequestId: randomUUID })
  const places = openPlaces(config.maxSocketsPerIp)
  const mask = resultMask(config, log)
  const sockets = openSockets({
    openOperations: operationsOf({ graphql, services, events, mask, log }),
    events,
    readRequest,
    authenticate,
    refusalNow: (viewer) => refusalNow({ viewer, services }),
    syncClock,
    places,
    log,
  })
  const health = openHealth({
    database: db.ping,
    bus: bus.ping,
    hashing: hasher.load,
    renewed: services.renewal.counts,
    sockets: sockets.count,
    listening: events.listening,
    messages: dispatcher.counts,
  })
  const answerAsStream = openEventStreams({ graphql, services, events, mask, log })
  const endpoint = openEndpoint({ config, graphql, answerAsStream, readRequest, openJar, authenticate, syncClock, places })
  const pages = openPages({ ...services, readRequest, openJar, syncClock, authenticate, recognise, log, texts, ...pageUrls })
  const mailbox = config.production ? null : openMailbox(messages)
  const server = openServer({ config, log, endpoint, health, pages, mailbox, sockets })

  return {
    log,
    /** For the command line. */
    operators,
    verification,
    fileImports,
    clock,
    /** For tests behind the door: transactions that race, a message without its change, a method that has no door yet. */
    db,
    messages,
    signIn: services.signIn,
    /** Waits until no message is on its way. */
    delivered: dispatcher.idle,
    /** @returns the port it listens on. */
    listen: async (): Promise<number> => {
      await clockWork.sync()
      work.start()
      void services.renewal.check()
      port = await server.listen().catch((error: NodeJS.ErrnoException) => {
        const unknown = error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL'
        throw unknown ? new BadConfiguration([{ variable: 'HOST', problem: 'is no address of this machine' }]) : error
      })
      return port
    },
    /** How many streams and sockets listen; for tests that must not be faster than their subscription. */
    listening: events.listening,
    /** Does at once what the background does each second; for tests whose clock stands still. */
    tick: work.now,
    /** Lets requests finish, writes what is only remembered, then lets go of everything. */
    close: async (): Promise<void> => {
      await Promise.all([server.close(), dispatcher.close()])
      await Promise.all([work.stop(), services.renewal.close()])
      await activity.flush().catch((error: unknown) => log.warn({ error }, 'times of use could not be written'))
      await events.close()
      await bus.close()
      await copies.close()
      await doors.limiter.close()
      await db.close()
      doors.breached.close()
    },
  }
}
