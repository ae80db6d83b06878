/** Request bodies, read whole and never beyond the limit. */
import type { IncomingMessage } from 'node:http'

/** @returns the body, or null if it is larger than `limit` bytes, whether it says so or not. */
export const readBody = async (request: IncomingMessage, limit: number): Promise<Buffer | null> => {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
