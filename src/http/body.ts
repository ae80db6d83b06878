/** Request bodies, read whole and never beyond the limit. */
import type { IncomingMessage } from 'node:http'

/** @returns the body, or null if it is larger than `limit` bytes, whether it says so or not. @throws if it breaks off. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return resolve(null)
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      chunks.length = 0 // what still comes is let go, until the answer closes the connection
      resolve(null)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks, size)))
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new Error('the request broke off'))
    })
  })
