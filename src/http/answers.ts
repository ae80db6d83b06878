/** Small answers that are not GraphQL results. */
import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '../kernel/errors.ts'

/** Ends the response with JSON. */
export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Ends the response in the shape of a GraphQL error, for refusals of the transport. @param data beside the code. */
export const sendRefusal = (
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): void => sendJson(response, status, { errors: [{ message, extensions: { ...data, code } }] })

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
