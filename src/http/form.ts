/** Forms of our own pages. */
import type { IncomingMessage } from 'node:http'
import { readBody } from './body.ts'

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i

/** @returns the fields, or null for what is no form or is larger than `limit` bytes. @throws if it breaks off. */
export const readForm = async (request: IncomingMessage, limit: number): Promise<URLSearchParams | null> => {
  if (!FORM_TYPE.test(request.headers['content-type'] ?? '')) return null
  const body = await readBody(request, limit)
  return body === null ? null : new URLSearchParams(body.toString('utf8'))
}
