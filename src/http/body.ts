/** Request bodies, read whole and never beyond the limit. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'

/** @returns the body, or null if it is larger than `limit` bytes, whether it says so or not. @throws if it breaks off. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return resolve(null)
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      chunks.length = 0 // what still comes is let go
      resolve(null)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks, size)))
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new Error('the request broke off'))
    })
  })

/**
 * Postpones the end of an answer until its request is over or `TRANSPORT_LIMITS.lingerSeconds` have passed. Who closes on bytes
 * that were not read resets the connection, and the reset may overtake the answer (RFC 9112 section 9.6).
 * @param response written whole, with its Content-Length and `Connection: close`, but not ended.
 */
export const endAfterRequest = (request: IncomingMessage, response: ServerResponse): void => {
  const patience = setTimeout(() => response.end(), TRANSPORT_LIMITS.lingerSeconds * 1000)
  const finish = (): void => {
    clearTimeout(patience)
    response.end()
  }
  request.once('end', finish).once('close', finish).resume()
}
