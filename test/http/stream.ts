/** Transports that last, seen from below the official clients: an event stream read event by event, and a knock at the upgrade. */
import { connect } from 'node:net'
import { expect } from 'vitest'
import WebSocket from 'ws'
import type { Answer, TestClient } from '../support/client.ts'

export type StreamEvent = Readonly<{ event: string; data: Answer | null }>

const parse = (block: string): StreamEvent | null => {
  const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1]
  const [event, data] = [field('event'), field('data')]
  return event === undefined ? null : { event, data: data === undefined || data === '' ? null : JSON.parse(data) }
}

async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parse(block)
      if (event !== null) yield event
    }
  }
}

/** Asks for an event stream. `next` gives its next event; null once the HTTP stream itself is over. */
export const openStream = async (
  who: TestClient,
  query: string,
  headers: Record<string, string> = {},
  variables: Record<string, unknown> = {},
) => {
  const abort = new AbortController()
  const response = await who.fetch('/graphql', {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  })
  const events = eventsOf(response)
  return {
    response,
    next: async (): Promise<StreamEvent | null> => {
      const { value, done } = await events.next()
      return done === true ? null : value
    },
    /** Goes away without a word, as a closed tab does. */
    drop: () => abort.abort(),
  }
}

/** Asks for an event stream over a connection that the test may leave unread. */
export const dial = (url: string, who: TestClient, query: string) => {
  const { hostname, port } = new URL(url)
  const [socket, body] = [connect(Number(port), hostname), JSON.stringify({ query })]
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => (text += chunk))
  socket.on('error', () => undefined) // it may be cut off
  const headers = {
    ...who.headers(),
    accept: 'text/event-stream',
    connection: 'close',
    host: `${hostname}:${port}`,
    'content-length': body.length,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write([`POST /graphql HTTP/1.1`, ...lines, '', body].join('\r\n'))
  return { socket, text: () => text }
}

type Message = { type: string; id?: string; payload?: unknown; code?: number; reason?: string }

/** A socket without a client, which could be kinder than an attacker. @returns once the server has said hello. */
export const openSocket = async (url: string, params: Record<string, unknown> = {}) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const heard: Message[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  socket.on('close', (code, reason) => heard.push({ type: 'CLOSED', code, reason: String(reason) }))
  await new Promise((resolve) => socket.once('open', resolve))
  const send = (message: unknown) => socket.send(JSON.stringify(message))
  send({ type: 'connection_init', payload: params })
  await expect.poll(() => heard[0]?.type).toBe('connection_ack')
  return {
    socket,
    heard,
    send,
    ask: (id: string, query: string) => send({ id, type: 'subscribe', payload: { query } }),
    closed: () => expect.poll(() => heard.at(-1)?.type, { timeout: 5_000 }).toBe('CLOSED'),
  }
}

/** Asks for an upgrade. @returns 101, or the status it was refused with. */
export const knock = (url: string, headers: Record<string, string> = {}, path = '/graphql'): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, 'graphql-transport-ws', { headers })
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    socket.once('error', reject)
    socket.once('open', () => {
      socket.once('close', () => resolve(101))
      socket.close()
    })
  })

/** Asks one thing over a socket of its own. */
export const askOverSocket = async (who: TestClient, query: string): Promise<Answer> => {
  const socket = who.socket()
  const operation = socket.subscribe(query)
  const answer = await operation.next()
  await socket.client.dispose()
  return answer ?? { data: null, errors: operation.errors[0] as NonNullable<Answer['errors']> } // the client's own type says unknown
}
