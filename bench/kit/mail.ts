/** Mail servers of the bench's own: one that takes mails, one that is not there, and one that never says a word. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { freePort } from './process.ts'

export type MailServer = Readonly<{
  port: number
  /** How many mails it has taken. */
  taken: () => number
  close: () => Promise<void>
}>

const portOf = (server: { address: () => unknown }): number => (server.address() as AddressInfo).port // it listens on a port

export const takingServer = async (): Promise<MailServer> => {
  let taken = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, _session, done) => {
      stream.resume()
      stream.once('end', () => {
        taken++
        done()
      })
    },
  })
  server.on('error', () => undefined) // a server that stops breaks connections off
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: portOf(server.server),
    taken: () => taken,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Nobody listens there. */
export const deadServer = async (): Promise<MailServer> => ({
  port: await freePort(),
  taken: () => 0,
  close: async () => undefined,
})

/** Takes connections and leaves them without a greeting. */
export const hangingServer = async (): Promise<MailServer> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: portOf(server),
    taken: () => 0,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
