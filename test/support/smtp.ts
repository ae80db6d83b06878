/** An SMTP server of the test's own: what it takes is read back whole; how it behaves can be changed while it runs. */
import type { AddressInfo, Socket } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, expect } from 'vitest'

export type Received = Readonly<{
  mail: ParsedMail
  /** As it came over the wire. */
  raw: string
  from: string
  to: readonly string[]
  encrypted: boolean
  user: string | null
}>

/** Makes the server answer with that code. */
const answer = (responseCode: number): Error => Object.assign(new Error('no'), { responseCode })

type Answer = number | null | Promise<number | null>

/** What a server can do to a mail. */
export type Behaviour = Readonly<{
  /** What it waits for before it greets. */
  greeting?: Promise<unknown>
  /** What RCPT TO is answered; null: accepted. `client` is what the other side calls itself. */
  recipient?: (address: string, client: string) => Answer
  /** What the end of DATA is answered; null: accepted. */
  data?: (client: string) => Answer
  /** Reads the mail whole and is gone before it has answered. */
  dropAfterData?: boolean
  /** Milliseconds before it answers the end of DATA. */
  slowness?: number
}>

/** @param options smtp-server's own, such as `secure`, `authOptional`. */
export const smtpServer = async (options: SMTPServerOptions = {}, port = 0) => {
  const received: Received[] = []
  let behaviour: Behaviour = {}
  /** Mails whose DATA came whole, taken or not. */
  let seen = 0
  let connections = 0

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 50,
    logger: false,
    onConnect: async (_session, done) => {
      await behaviour.greeting
      done()
    },
    onAuth: ({ username, password }, _session, done) =>
      username === 'gatehouse' && password === 'p@ss word' ? done(null, { user: username }) : done(answer(535)),
    onRcptTo: async ({ address }, session, done) => {
      const code = (await behaviour.recipient?.(address, String(session.hostNameAppearsAs))) ?? null
      code === null ? done() : done(answer(code))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        seen++
        const raw = Buffer.concat(chunks)
        const code = (await behaviour.data?.(String(session.hostNameAppearsAs))) ?? null
        if (behaviour.dropAfterData === true) {
          for (const connection of server.connections) (connection as unknown as { _socket: Socket })._socket.destroy()
          return
        }
        if (code !== null) return done(answer(code))
        if (behaviour.slowness !== undefined) await new Promise((resolve) => setTimeout(resolve, behaviour.slowness))
        received.push({
          mail: await simpleParser(raw),
          raw: raw.toString('utf8'),
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          encrypted: session.secure === true,
          user: typeof session.user === 'string' ? session.user : null,
        })
        done()
      })
    },
    ...options,
  })
  server.server.on('connection', () => connections++)
  server.on('error', () => undefined) // clients that break off are part of the tests
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  const { port: listening } = server.server.address() as AddressInfo
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  afterAll(close)

  return {
    port: listening,
    received,
    seen: () => seen,
    /** How many were made to it. */
    connections: () => connections,
    behave: (next: Behaviour): void => {
      behaviour = next
    },
    /** The mails that were taken, once there are so many. */
    arrived: async (count: number): Promise<readonly Received[]> => {
      await expect.poll(() => received.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(count)
      return received
    },
    close,
  }
}
