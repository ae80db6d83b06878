/** The way in, before the services: who asks, over HTTP and sockets, by GraphQL and our own pages. */
import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import type { Services } from './graphql/context.ts'
import { openEndpoint } from './http/endpoint.ts'
import { openGraphql, resultMask } from './http/graphql.ts'
import { openHealth } from './http/health.ts'
import { openMailbox } from './http/mailbox.ts'
import { openPages } from './http/pages.ts'
import { openPlaces } from './http/places.ts'
import { requestReader } from './http/request.ts'
import { openReview } from './http/review.ts'
import { openServer } from './http/server.ts'
import { openAuthentication } from './http/viewer.ts'
import { openSockets } from './http/ws.ts'
import { operationsOf } from './http/ws-operations.ts'
import type { Clock } from './kernel/time.ts'
import type { Log } from './ports/log.ts'

type Needs = Readonly<{
  config: Config
  log: Log
  clock: Clock
  /** The operator's own words. */
  texts: Texts
  services: Services
  /** Takes over the shared development clock. */
  syncClock: () => Promise<void>
  /** Where that page is, as the world sees it. */
  recoveryPage: () => string
  /** What the health page asks of the house. */
  facts: Omit<Parameters<typeof openHealth>[0], 'sockets'>
}>

/** @returns the server; it listens when it is told to. */
export const openFront = ({ config, log, clock, texts, services, syncClock, recoveryPage, facts }: Needs) => {
  const { events, sessions, apiKeys, recovery, emailVerification, messages, reviews, parseUserAgent } = services
  const readRequest = requestReader(config, randomUUID)
  const authenticate = openAuthentication({ sessions, apiKeys })
  const graphql = openGraphql({ config, services, log, newRequestId: randomUUID })
  const places = openPlaces(config.maxSocketsPerIp)
  const sockets = openSockets({
    openOperations: operationsOf({ graphql, services, events, mask: resultMask(config, log), log }),
    events,
    readRequest,
    authenticate,
    syncClock,
    places,
    log,
  })
  return openServer({
    config,
    log,
    endpoint: openEndpoint({ config, clock, graphql, readRequest, authenticate, syncClock, places }),
    health: openHealth({ ...facts, sockets: sockets.count }),
    pages: openPages({ readRequest, syncClock, authenticate, recovery, recoveryPage, emailVerification }),
    mailbox: config.production ? null : openMailbox(messages),
    review: openReview({ readRequest, reviews, parseUserAgent, syncClock, log, texts }),
    sockets,
  })
}
