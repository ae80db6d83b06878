/** The HTTP server: routes, request log, and a stop that lets what runs finish. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import type { Log } from '../ports/log.ts'
import { sendJson, sendNothing, sendRefusal } from './answers.ts'
import { sendGraphiql } from './graphiql.ts'
import { GRAPHQL_PATH } from './graphql.ts'
import type { openHealth } from './health.ts'
import { MAILBOX_PATH } from './mailbox.ts'
import type { openPages } from './pages.ts'
import type { openSockets } from './ws.ts'

/** @param query what stands behind the question mark of the address. */
type Handler = (request: IncomingMessage, response: ServerResponse, query: string) => Promise<void> | void

type Needs = Readonly<{
  config: Config
  log: Log
  endpoint: Handler
  health: ReturnType<typeof openHealth>
  pages: ReturnType<typeof openPages>
  /** Null in production. */
  mailbox: Handler | null
  sockets: ReturnType<typeof openSockets>
}>

const wantsPage = (request: IncomingMessage, query: string): boolean =>
  request.method === 'GET' && request.headers.accept?.includes('text/html') === true && !new URLSearchParams(query).has('query')

const redirect =
  (location: string): Handler =>
  (_request, response) =>
    void response.writeHead(302, { location, 'content-length': 0 }).end()

export const openServer = ({ config, log, endpoint, health, pages, mailbox, sockets }: Needs) => {
  let draining = false
  const running = new Set<ServerResponse>()

  const graphql: Handler = (request, response, query) =>
    config.graphiql && wantsPage(request, query) ? sendGraphiql(response) : endpoint(request, response, query)

  const routes: Readonly<Record<string, Handler>> = {
    [GRAPHQL_PATH]: graphql,
    ...pages,
    '/healthz': (_request, response) => health.alive(response),
    '/readyz': (_request, response) => (draining ? sendJson(response, 503, { status: 'stopping' }) : health.ready(response)),
    '/metrics': (_request, response) => health.metrics(response),
    ...(mailbox === null ? {} : { [MAILBOX_PATH]: mailbox }),
    ...(config.graphiql ? { '/': redirect(GRAPHQL_PATH) } : {}),
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (draining) response.setHeader('connection', 'close')
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    const handler = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (handler === undefined) return sendNothing(response)
    await handler(request, response, query)
  }

  const failed = (error: unknown, response: ServerResponse): void => {
    const requestId = response.getHeader('x-request-id') ?? null
    if (response.destroyed || response.socket?.destroyed !== false)
      return log.debug({ requestId }, 'a client went away in the middle of its request')
    log.error({ error, requestId }, 'a request failed')
    if (!response.headersSent) sendRefusal(response, 500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.', { requestId })
    else response.destroy()
  }

  const server: Server = createServer((request, response) => {
    const started = performance.now()
    running.add(response)
    response.once('close', () => {
      running.delete(response)
      health.counted(response.statusCode)
      const requestId = response.getHeader('x-request-id')
      const milliseconds = Math.round(performance.now() - started)
      log.debug({ requestId, method: request.method, status: response.statusCode, milliseconds }, 'request')
    })
    answer(request, response).catch((error: unknown) => failed(error, response))
  })
  server.requestTimeout = 30_000
  server.keepAliveTimeout = TRANSPORT_LIMITS.keepAliveSeconds * 1000
  sockets.attach(server)

  /** Event streams never finish by themselves. Cut as by the network: their clients come back, to another node. */
  const cutStreams = (): void => {
    for (const response of running)
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy()
  }

  return {
    /** @returns the port it listens on. @throws if the address is taken. */
    listen: (): Promise<number> =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(config.port, config.host ?? undefined, () => {
          const address = server.address()
          resolve(typeof address === 'object' && address !== null ? address.port : config.port)
        })
      }),

    /** Stops accepting, closes sockets with 1001, cuts event streams, lets requests finish for ten seconds, then cuts what is left. */
    close: async (): Promise<void> => {
      draining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await sockets.close()
      const idle = setInterval(() => {
        cutStreams()
        server.closeIdleConnections()
      }, 20)
      const deadline = setTimeout(() => server.closeAllConnections(), TRANSPORT_LIMITS.shutdownSeconds * 1000)
      await closed
      clearInterval(idle)
      clearTimeout(deadline)
    },
  }
}
