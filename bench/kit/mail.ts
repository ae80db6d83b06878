/** Mail servers as a sign-in meets them: one that takes every mail, and one that takes the connection and says nothing. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

export type MailServer = Readonly<{
  port: number
  /** How many mails it has taken. */
  taken: () => number
  stop: () => Promise<void>
}>

export const goodMailServer = async (): Promise<MailServer> => {
  let taken = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 50,
    logger: false,
    onData: (stream, _session, done) => {
      stream.resume()
      stream.once('end', () => {
        taken++
        done()
      })
    },
  })
  server.on('error', () => undefined) // a node that stops breaks its connection off
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    taken: () => taken,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Dead in the way that takes longest to notice. */
export const silentMailServer = async (): Promise<MailServer> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.resume()
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.address() as AddressInfo).port,
    taken: () => 0,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
