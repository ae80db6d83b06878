/** Small answers that are not GraphQL results. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '../kernel/errors.ts'
import { endAfterRequest } from './body.ts'

/** Writes JSON, whole, and leaves the end of the response to the caller. */
const writeJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  response.write(text)
}

/** Ends the response with JSON. */
export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  writeJson(response, status, body)
  response.end()
}

const refusal = (code: ErrorCode, message: string, data: Readonly<Record<string, unknown>>) => ({
  errors: [{ message, extensions: { ...data, code } }],
})

/** Ends the response in the shape of a GraphQL error, for refusals of the transport. @param data beside the code. */
export const sendRefusal = (
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): void => sendJson(response, status, refusal(code, message, data))

/** Refuses a body of more than `limit` bytes, and closes the connection: what is left of the body is not worth reading. */
export const sendTooLarge = (request: IncomingMessage, response: ServerResponse, limit: number): void => {
  response.setHeader('connection', 'close')
  writeJson(response, 413, refusal('INVALID_INPUT', `The body may have at most ${limit.toLocaleString('en-US')} bytes.`, {}))
  endAfterRequest(request, response)
}

/** The same wherever there is nothing, and wherever nobody is to know that there is something. */
export const sendNothing = (response: ServerResponse): void =>
  sendRefusal(response, 404, 'NOT_FOUND', 'There is nothing here. Try /graphql.')

/** What every page may do: nothing from elsewhere. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // not no-referrer: under it browsers hide the origin of our own forms, and their buttons would be refused
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** Ends the response with a page. @param policy its Content-Security-Policy. */
export const sendPage = (response: ServerResponse, status: number, policy: string, html: string): void => {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-security-policy': policy, 'content-length': Buffer.byteLength(html) })
  response.end(html)
}
