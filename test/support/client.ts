/** Whoever talks to the server in a test: a browser with its cookies, an app with its token, a program with its key. */
import { createClient, type Client as SocketClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { TypedDocumentString } from '../../src/client/generated/graphql.ts'

// biome-ignore lint/suspicious/noExplicitAny: an untyped document answers with whatever the test expects of it
export type Answer<T = any> = {
  data: T
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> & { code?: string } }[]
}

export type ClientOptions = Readonly<{
  userAgent?: string
  /** Sent as `Authorization: Bearer`. */
  bearer?: string
  /** Null: no Origin header, as from a program. */
  origin?: string | null
  headers?: Readonly<Record<string, string>>
}>

/** With which the client itself closes a socket that nothing is left to listen on. The server has other codes for all it does. */
const OWN_GOODBYE = 1000

/** Cookies by name; a browser without the refinements. */
type Jar = Map<string, string>

const keep = (jar: Jar, setCookies: readonly string[]): void => {
  for (const line of setCookies) {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    if (attributes.some((attribute) => attribute.trim() === 'Max-Age=0')) jar.delete(pair.slice(0, at))
    else jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

export const testClient = (url: string, options: ClientOptions = {}) => {
  const jar: Jar = new Map()
  const origin = options.origin === undefined ? url : options.origin

  const headers = (): Record<string, string> => ({
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': options.userAgent ?? 'gatehouse-test/1.0',
    ...(origin === null ? {} : { origin }),
    ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
    ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
    ...options.headers,
  })

  /** Any request to the server, with this client's cookies; keeps what is set. */
  const fetchAs = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(new URL(path, url), {
      redirect: 'manual',
      ...init,
      headers: { ...headers(), ...(init.headers as Record<string, string>) },
    })
    keep(jar, response.headers.getSetCookie())
    return response
  }

  const post = (body: unknown, extra: Record<string, string> = {}): Promise<Response> =>
    fetchAs('/graphql', { method: 'POST', body: JSON.stringify(body), headers: extra })

  async function gql<T, V>(document: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>>
  async function gql(document: string, variables?: Record<string, unknown>): Promise<Answer>
  async function gql(document: { toString(): string }, variables: unknown = {}): Promise<Answer> {
    return (await (await post({ query: document.toString(), variables })).json()) as Answer
  }

  const socketHeaders = () => {
    const { 'content-type': _type, accept: _accept, ...rest } = headers()
    return rest
  }

  /** The official graphql-ws client on this client's cookies. With which codes the server closes ends up in `closed`. */
  const socket = (connectionParams?: Record<string, unknown>) => {
    const closed: { code: number; reason: string }[] = []
    const client: SocketClient = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      retryAttempts: 0,
      lazy: true,
      ...(connectionParams === undefined ? {} : { connectionParams }),
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string | string[]) {
          super(address, protocols, { headers: socketHeaders() })
        }
      },
      on: {
        closed: (event) => {
          const { code, reason } = event as { code: number; reason: string }
          if (code === OWN_GOODBYE) return
          closed.push({ code, reason: String(reason) })
        },
      },
      onNonLazyError: () => undefined,
    })
    return {
      client,
      closed,
      subscribe: (query: string, variables: Record<string, unknown> = {}) => listen(client, query, variables),
    }
  }

  return { jar, gql, post, fetch: fetchAs, socket, socketHeaders, headers }
}

export type TestClient = ReturnType<typeof testClient>

/** What a subscription delivered, one at a time, without losing any. */
const listen = (client: SocketClient, query: string, variables: Record<string, unknown>) => {
  const values: Answer[] = []
  const waiting: ((answer: Answer | null) => void)[] = []
  let over = false
  const give = (answer: Answer | null): void => {
    const next = waiting.shift()
    if (next !== undefined) next(answer)
    else if (answer !== null) values.push(answer)
  }
  const finish = (): void => {
    over = true
    for (const next of waiting.splice(0)) next(null)
  }
  const errors: unknown[] = []
  const stop = client.subscribe(
    { query, variables },
    {
      next: (value) => give(value as Answer),
      error: (error) => {
        errors.push(error)
        finish()
      },
      complete: finish,
    },
  )
  return {
    errors,
    stop,
    /** The next value; null once the subscription is over. Fails the test after five seconds of silence. */
    next: (): Promise<Answer | null> => {
      const ready = values.shift()
      if (ready !== undefined) return Promise.resolve(ready)
      if (over) return Promise.resolve(null)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('nothing was delivered in five seconds')), 5_000)
        waiting.push((answer) => {
          clearTimeout(timer)
          resolve(answer)
        })
      })
    },
    /** Whether the server, or the client, has ended it. */
    isOver: () => over,
    /** What came and was not looked at yet. */
    pending: () => [...values],
  }
}
