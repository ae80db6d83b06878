/** HTTP as cheap as it goes, so that the generator does not become what is measured: one socket, one request at a time. */
import { connect, type Socket } from 'node:net'

export type Answer = Readonly<{ status: number; body: string; headers: string }>

export type Connection = Readonly<{ send: (request: Buffer) => Promise<Answer>; close: () => void }>

/** @returns the bytes of a POST of a document. */
export const post = (query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Buffer => {
  const body = JSON.stringify({ query, variables })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** @returns null while something is missing. */
const answerIn = (text: string): Answer | null => {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [headers, body] = [text.slice(0, end), text.slice(end + 4)]
  const status = Number(headers.slice(9, 12))
  const length = /\r\ncontent-length: (\d+)/i.exec(headers)?.[1]
  if (length === undefined) return body.endsWith('0\r\n\r\n') ? { status, body, headers } : null
  return body.length < Number(length) ? null : { status, body, headers }
}

export const open = (port: number): Promise<Connection> =>
  new Promise((resolve, reject) => {
    let text = ''
    let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1') // bytes count, and a character must be one
    const fail = (error: Error): void => {
      waiting?.reject(error)
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server closed the connection')))
    socket.on('data', (chunk) => {
      text += chunk
      const answer = answerIn(text)
      if (answer === null) return
      text = ''
      const done = waiting
      waiting = null
      done?.resolve(answer)
    })
    socket.once('connect', () =>
      resolve({
        send: (request) =>
          new Promise((answered, refused) => {
            waiting = { resolve: answered, reject: refused }
            socket.write(request)
          }),
        close: () => socket.destroy(),
      }),
    )
  })

/** One request on a connection of its own. */
export const ask = async (port: number, request: Buffer): Promise<Answer> => {
  const connection = await open(port)
  try {
    return await connection.send(request)
  } finally {
    connection.close()
  }
}
