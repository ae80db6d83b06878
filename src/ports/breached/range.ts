/**
 * The range protocol of Pwned Passwords: asked for five hex digits of a SHA-1, a server answers with the rest of every hash it knows
 * that begins so. It learns neither the password nor its hash, and with padding not even the length of the answer tells.
 */
import { createHash } from 'node:crypto'
import { BREACH_CHECK } from '../../policy/bounds.ts'
import type { Source } from './index.ts'

const PREFIX = 5

/** The rest of a hash, and how often it was seen; never, for what only fills the answer up. */
const LINE = /^([0-9A-F]{35}):(\d+)$/i

/** @throws if it is longer than an answer may be. */
const textOf = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > BREACH_CHECK.answerBytes) throw new Error('the answer of the range server is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('latin1')
}

/** @throws if this is no answer of the protocol: half a truth is none. */
const isListed = (answer: string, rest: string): boolean => {
  const lines = answer.split(/\r?\n/).filter((line) => line !== '')
  const found = lines.map((line) => {
    const [, suffix, count] = LINE.exec(line) ?? []
    if (suffix === undefined) throw new Error('the range server does not speak the protocol')
    return Number(count) > 0 && suffix.toUpperCase() === rest
  })
  return found.includes(true)
}

/** @param base without `/range/…`. */
export const openRange = (base: string): Source => {
  const root = base.replace(/\/+$/, '')
  let underWay = 0

  const ask = async (prefix: string): Promise<string> => {
    const response = await fetch(`${root}/range/${prefix}`, {
      headers: { 'add-padding': 'true', 'user-agent': 'gatehouse' },
      redirect: 'error',
      signal: AbortSignal.timeout(BREACH_CHECK.timeoutMs),
    })
    if (response.ok) return textOf(response)
    await response.body?.cancel()
    throw new Error(`the range server answered with ${response.status}`)
  }

  return {
    has: async (password) => {
      if (underWay >= BREACH_CHECK.concurrent) throw new Error('too many questions are under way to the range server')
      const sha1 = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()
      underWay++
      try {
        return isListed(await ask(sha1.slice(0, PREFIX)), sha1.slice(PREFIX))
      } finally {
        underWay--
      }
    },
    close: () => undefined,
  }
}
