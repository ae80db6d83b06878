/** A server that speaks the range protocol of Pwned Passwords, padding included; and every way it can fail. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll } from 'vitest'

export const sha1Of = (password: string): string => createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()

/** Lines that are only there to fill the answer up, as the real one sends them. */
const padding = (prefix: string): readonly string[] =>
  Array.from({ length: 20 }, (_, index) => `${sha1Of(`padding ${prefix} ${index}`).slice(5)}:0`)

const MISDEEDS = {
  none: null,
  /** Never answers. */
  silent: null,
  /** Answers with an error. */
  broken: { status: 500, body: 'Internal Server Error' },
  /** Somebody else answers. */
  page: { status: 200, body: '<html>Please log in to the network</html>' },
  /** Stops in the middle of a line. */
  cut: { status: 200, body: `${'A'.repeat(35)}:3\r\n${'B'.repeat(20)}` },
  /** Never stops. */
  endless: { status: 200, body: `${'A'.repeat(35)}:3\r\n`.repeat(60_000) },
  moved: { status: 302, body: '' },
} as const

export type Misdeed = keyof typeof MISDEEDS

/** @param known passwords it lists; the ones with zero in front of them are listed as never seen, as padding is. */
export const rangeServer = async (known: readonly string[], zero: readonly string[] = []) => {
  const asked: { path: string; padding: string | undefined }[] = []
  let misdeed: Misdeed = 'none'
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', padding: request.headers['add-padding'] as string | undefined })
    if (misdeed === 'silent') return
    const fault = MISDEEDS[misdeed]
    if (fault !== null) return void response.writeHead(fault.status, { location: '/elsewhere' }).end(fault.body)
    const prefix = /^\/mirror\/range\/([0-9A-F]{5})$/.exec(request.url ?? '')?.[1]
    if (prefix === undefined) return void response.writeHead(400).end('The hash prefix was not in a valid format')
    const listed = (passwords: readonly string[], count: number) =>
      passwords.map(sha1Of).flatMap((hash) => (hash.startsWith(prefix) ? [`${hash.slice(5)}:${count}`] : []))
    const lines = [...padding(prefix), ...listed(known, 42), ...listed(zero, 0)].toSorted()
    response.writeHead(200, { 'content-type': 'text/plain' }).end(lines.join('\r\n'))
  })
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  await listen(0)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  afterAll(close)
  return {
    url: `http://127.0.0.1:${port}/mirror/`,
    asked,
    misbehave: (how: Misdeed): void => {
      misdeed = how
    },
    close,
    reopen: () => listen(port),
  }
}
