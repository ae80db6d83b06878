/** graphql-transport-ws as bare messages: ten thousand full clients in one process would measure themselves. */
import WebSocket from 'ws'

export type Listener = Readonly<{
  /** When the next value arrives, by performance.now(). */
  next: () => Promise<number>
  /** When the socket closes, by performance.now(). */
  closed: Promise<number>
  close: () => void
}>

/** How long the server gets to accept a subscription; it says nothing when it has, so a ping behind it is waited for. */
export const subscribe = (port: number, headers: Record<string, string>, query: string): Promise<Listener> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      headers,
      perMessageDeflate: false,
    })
    const [arrived, waiting]: [number[], ((at: number) => void)[]] = [[], []]
    const closed = new Promise<number>((done) => socket.once('close', () => done(performance.now())))
    socket.once('error', reject)
    socket.once('open', () => socket.send('{"type":"connection_init"}'))
    socket.on('message', (data) => {
      const at = performance.now()
      const { type, payload } = JSON.parse(String(data)) as { type: string; payload?: unknown }
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
        socket.send('{"type":"ping"}')
      } else if (type === 'ping') socket.send('{"type":"pong"}')
      else if (type === 'pong')
        resolve({
          next: () => {
            const ready = arrived.shift()
            return ready === undefined ? new Promise((done) => waiting.push(done)) : Promise.resolve(ready)
          },
          closed,
          close: () => socket.terminate(),
        })
      else if (type === 'next') (waiting.shift() ?? ((time) => arrived.push(time)))(at)
      else if (type === 'error') reject(new Error(JSON.stringify(payload)))
    })
  })

/** Opens many, some at a time. */
export const subscribeAll = async (
  count: number,
  one: (n: number) => Promise<Listener>,
  atOnce = 50,
): Promise<readonly Listener[]> => {
  const listeners: Listener[] = []
  for (let n = 0; n < count; n += atOnce)
    listeners.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - n) }, (_, i) => one(n + i)))))
  return listeners
}
