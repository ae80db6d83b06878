/** /graphql over HTTP and event streams: who may ask at all, who asks, how much; then a stream, the short way, or all of Yoga. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import type { RequestFacts } from '../graphql/context.ts'
import { DomainError } from '../kernel/errors.ts'
import { SECRET_PREFIXES } from '../kernel/secrets.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'
import { hasScope } from '../policy/permissions.ts'
import { asRefusal } from '../ports/db/index.ts'
import { sendRefusal, sendTooLarge } from './answers.ts'
import { readBody } from './body.ts'
import { httpCookies, type OpenJar } from './cookie-port.ts'
import type { AnswerAsStream } from './event-streams.ts'
import type { Graphql, OperationContext } from './graphql.ts'
import { paramsOfBody, paramsOfQuery } from './params.ts'
import type { Places } from './places.ts'
import type { ReadRequest, RequestReading } from './request.ts'
import { type ShortAnswer, shortWay } from './short-way.ts'
import type { Authenticate } from './viewer.ts'

type Needs = Readonly<{
  config: Config
  graphql: Graphql
  answerAsStream: AnswerAsStream
  readRequest: ReadRequest
  openJar: OpenJar
  authenticate: Authenticate
  /** Takes over the shared development clock before anything looks at the time. */
  syncClock: () => Promise<void>
  places: Places
}>

/** When to try again where an address holds as many streams as it may: one may close at any moment. */
const RETRY_SECONDS = 1

const JSON_TYPE = /^application\/json\s*(;|$)/i

/**
 * Streams are for those who name them: a wildcard means JSON, or a foreign origin would get a stream by asking for anything.
 * @returns the Accept header that Yoga may choose from.
 */
const namedTypes = (accept: string | undefined): string =>
  (accept || '*/*').toLowerCase().replaceAll(/(?:\*|text)\/\*/g, 'application/json')

const answerCors = (response: ServerResponse, { corsOrigin }: RequestReading): void => {
  response.setHeader('vary', 'Origin')
  if (corsOrigin === null) return
  response.setHeader('access-control-allow-origin', corsOrigin)
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-expose-headers', 'x-request-id')
}

const answerPreflight = (response: ServerResponse, { corsOrigin }: RequestReading): void => {
  if (corsOrigin !== null) {
    response.setHeader('access-control-allow-methods', 'GET, POST')
    response.setHeader('access-control-allow-headers', 'authorization, content-type, x-request-id')
    response.setHeader('access-control-max-age', '600')
  }
  response.writeHead(204).end()
}

const sendText = (response: ServerResponse, { contentType, text }: ShortAnswer): void => {
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Whether the credential could be a key's: only these may send more than others. */
const KEY = new RegExp(`^Bearer +${SECRET_PREFIXES.apiKey}`, 'i')

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** How many bytes this caller may send at once. */
const bodyLimit = (facts: OperationContext['facts']): number =>
  !('refusal' in facts) && facts.viewer.kind === 'apiKey' && hasScope(facts.viewer, 'ACCOUNTS_WRITE')
    ? TRANSPORT_LIMITS.importBodyBytes
    : TRANSPORT_LIMITS.bodyBytes

export const openEndpoint = ({
  config,
  graphql,
  answerAsStream,
  readRequest,
  openJar,
  authenticate,
  syncClock,
  places,
}: Needs) => {
  const short = shortWay(graphql)

  const factsOf = async (reading: RequestReading, response: ServerResponse): Promise<OperationContext['facts']> => {
    const { source } = reading
    const jar = openJar(reading, response)
    await syncClock()
    try {
      const who = await authenticate({ authorization: reading.authorization, cookie: reading.sessionCookie })
      if (who.staleCookie) jar.clearSession()
      const facts: RequestFacts = {
        viewer: who.viewer,
        signedOutReason: who.signedOutReason,
        own: who.own,
        source,
        cookies: httpCookies(reading, jar),
      }
      return facts
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal instanceof DomainError) return { refusal, requestId: source.requestId }
      throw error
    }
  }

  /** What asks for a stream holds a place of its address until the response is over, as a socket does until it closes. */
  const takesPlace = ({ source }: RequestReading, response: ServerResponse): boolean => {
    const leave = places.take(source.ip)
    if (leave !== null) response.once('close', leave)
    return leave !== null
  }

  const sendTooMany = (response: ServerResponse): void => {
    response.setHeader('retry-after', String(RETRY_SECONDS))
    const message = `At most ${config.maxSocketsPerIp} sockets and event streams an address.`
    sendRefusal(response, 429, 'RATE_LIMITED', message, { retryAfterSeconds: RETRY_SECONDS })
  }

  return async (request: IncomingMessage, response: ServerResponse, query: string): Promise<void> => {
    request.headers.accept = namedTypes(request.headers.accept)
    const wantsStream = request.headers.accept.includes('text/event-stream')
    const reading = readRequest(request, wantsStream)
    response.setHeader('x-request-id', reading.source.requestId)
    answerCors(response, reading)
    if (request.method === 'OPTIONS') return answerPreflight(response, reading)
    if (reading.verdict === 'refused') return sendRefusal(response, 403, 'FORBIDDEN', 'This origin is not allowed here.')
    if (wantsStream && !takesPlace(reading, response)) return sendTooMany(response)
    if (request.method === 'POST') {
      if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
        return sendRefusal(response, 415, 'INVALID_INPUT', 'Send application/json.')
      const limit = KEY.test(reading.authorization ?? '')
        ? bodyLimit(await factsOf(reading, response))
        : TRANSPORT_LIMITS.bodyBytes
      const body = await readBody(request, limit)
      if (body === null) return sendTooLarge(request, response, limit)
      const text = body.toString('utf8')
      // not before the whole request is here: a body may take its time, and the credential may end meanwhile
      const facts = await factsOf(reading, response)
      if (!('refusal' in facts)) {
        if (wantsStream && (await answerAsStream(paramsOfBody(text), facts, reading, response))) return
        const answer = await short(request.headers.accept, text, facts)
        if (answer !== null) return sendText(response, answer)
      }
      // the parser's own message would repeat the body
      if (!isJson(text)) return sendRefusal(response, 400, 'INVALID_INPUT', 'The body is not JSON.')
      Object.assign(request, { body: text }) // where Yoga looks for a body that was read already
      return void (await graphql(request, response, { facts }))
    }
    const facts = await factsOf(reading, response)
    const asks = wantsStream && request.method === 'GET' && !('refusal' in facts)
    if (asks && (await answerAsStream(paramsOfQuery(query), facts, reading, response))) return
    await graphql(request, response, { facts })
  }
}
