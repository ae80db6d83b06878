import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { TRANSPORT_LIMITS } from '../../src/policy/bounds.ts'
import { testApp } from '../support/app.ts'
import type { Answer, TestClient } from '../support/client.ts'
import { askOverSocket } from './stream.ts'

const app = await testApp()
const production = await testApp({
  env: { NODE_ENV: 'production', ALLOW_EMBEDDED: 'true', PUBLIC_URL: 'https://auth.example.com' },
})

const TRANSPORTS: [name: string, ask: (who: TestClient, query: string) => Promise<Answer>][] = [
  ['HTTP', (who, query) => who.gql(query)],
  ['WebSocket', askOverSocket],
]

/** One connection of one item after another, so that it is deep and cheap. */
const nested = (depth: number): string => {
  const steps = ['sessions(first: 1)', 'nodes', 'account']
  const levels = ['account', ...Array.from({ length: depth - 2 }, (_, index) => steps[index % 3])]
  return `{ ${levels.join(' { ')} { __typename ${'}'.repeat(depth)}`
}

/** The same depth, each level in a fragment of its own. */
const scattered = `
  { account { ...A } }
  fragment A on Account { sessions(first: 1) { ...B } }
  fragment B on SessionConnection { nodes { ... on Session { account { ... { ...C } } } } }
  fragment C on Account { sessions(first: 1) { nodes { account { sessions(first: 1) { nodes { account { id } } } } } } }`

const aliases = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(' ')

const aliased = (count: number, field: string): string =>
  `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`

const SHARED_ALIASES = `
  { account { ...Eight } securitySettings { ...AlsoEight } }
  fragment Eight on Account { ${aliases(8)} }
  fragment AlsoEight on SecuritySettings { ${aliases(8)} }`

const COSTLY = '{ accounts(first: 100) { nodes { sessions(first: 100) { nodes { id } } } } }'

const COSTLY_BY_VARIABLE =
  'query ($first: Int = 100) { accounts(first: $first) { nodes { sessions(first: $first) { nodes { id } } } } }'

const HIDDEN_COST = `
  { ...Root }
  fragment Root on Query { accounts(first: 100) { nodes { ...Each } } }
  fragment Each on Account { sessions(first: 100) { nodes { id } } }`

const limitOf = (answer: Answer) => answer.errors?.map(({ extensions }) => [extensions.limit, extensions.max])

describe.each(TRANSPORTS)('the limits of a document over %s', (_name, ask) => {
  it('allow ten levels, the leaf counted, and refuse eleven', async () => {
    expect(await ask(app.browser(), nested(TRANSPORT_LIMITS.depth))).toEqual({ data: { account: null } })
    expect(limitOf(await ask(app.browser(), nested(TRANSPORT_LIMITS.depth + 1)))).toEqual([['depth', 10]])
  })

  it('see through fragments', async () => {
    expect(limitOf(await ask(app.browser(), scattered))).toEqual([['depth', 10]])
    expect(limitOf(await ask(app.browser(), SHARED_ALIASES))).toEqual([['aliases', 15]])
    expect(limitOf(await ask(app.browser(), HIDDEN_COST))).toEqual([['cost', 5_000]])
  })

  it('allow fifteen aliases and refuse sixteen', async () => {
    const allowed = await ask(app.browser(), `{ ${aliases(TRANSPORT_LIMITS.aliases)} }`)
    expect(Object.keys(allowed.data)).toHaveLength(15)
    expect(limitOf(await ask(app.browser(), `{ ${aliases(TRANSPORT_LIMITS.aliases + 1)} }`))).toEqual([['aliases', 15]])
  })

  it('allow 1,000 tokens and read no further', async () => {
    const [head, tail] = ['{ __typename events(filter: { types: [', '] }) @skip(if: true) { __typename } }']
    const words = (tokens: number): string => `${head}${'"x" '.repeat(tokens - 24)}${tail}`
    expect(await ask(app.browser(), words(TRANSPORT_LIMITS.tokens))).toEqual({ data: { __typename: 'Query' } })
    const refused = await ask(app.browser(), words(TRANSPORT_LIMITS.tokens + 1))
    expect(refused.errors?.[0]?.message).toContain('more that 1000 tokens')
    expect(refused.data ?? null).toBeNull()
  })

  it('refuse what would cost too much, also if a variable says how much, and allow the same for less', async () => {
    expect(limitOf(await ask(app.browser(), COSTLY))).toEqual([['cost', 5_000]])
    expect(limitOf(await ask(app.browser(), COSTLY_BY_VARIABLE))).toEqual([['cost', 5_000]])
    const small = await ask(app.browser(), COSTLY.replaceAll('100', '5'))
    expect(small.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })

  it('count the application’s own data of an account or a team as what it is: large', async () => {
    const teams = (count: number) => aliased(count, 'account { memberships(first: 100) { nodes { team { preferences } } } }')
    expect(limitOf(await ask(app.browser(), teams(3)))).toEqual([['cost', 5_000]])
    expect((await ask(app.browser(), teams(2))).errors).toBeUndefined()
  })

  it('do not run in circles', async () => {
    const circle = '{ account { ...A } } fragment A on Account { sessions { nodes { account { ...A } } } }'
    expect((await ask(app.browser(), circle)).errors?.[0]?.message).toContain('Cannot spread fragment "A" within itself')
  })
})

describe.each(TRANSPORTS)('in production over %s', (_name, ask) => {
  const guest = () => production.browser({ origin: 'https://auth.example.com' })

  it.each(['{ __schema { types { name } } }', '{ __type(name: "Account") { fields { name } } }'])(
    'the schema is not told: %s',
    async (query) => {
      const refused = await ask(guest(), query)
      expect(refused.data ?? null).toBeNull()
      expect(refused.errors?.[0]?.message).toContain('introspection')
      expect((await ask(app.browser(), query)).data).toBeTruthy()
    },
  )

  it.each([
    '{ acount { id } }',
    '{ account { emial } }',
    '{ account(idd: 1) { id } }',
    '{ node(id: "x") { ... on Acount { id } } }',
  ])('nothing is suggested: %s', async (query) => {
    const refused = await ask(guest(), query)
    expect(refused.errors?.[0]?.message).toBeTruthy()
    expect(JSON.stringify(refused)).not.toContain('Did you mean')
  })

  it('__typename is told, and everything else works', async () => {
    expect(await ask(guest(), '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })
})

describe('what a variable got wrong', () => {
  const attempt = (who: TestClient) =>
    who.gql('mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      input: { emial: 'a@example.com', password: 'x', transport: 'TOKE' },
    })

  it('brings a suggestion in development and none in production', async () => {
    expect(JSON.stringify(await attempt(app.browser()))).toContain('Did you mean')
    const refused = await attempt(production.browser({ origin: 'https://auth.example.com' }))
    expect(refused.errors?.length).toBeGreaterThan(0)
    expect(JSON.stringify(refused)).not.toContain('Did you mean')
  })
})

describe('an input that is malformed', () => {
  it('is refused by its place, and its values are not repeated', async () => {
    const document = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'
    const input = { email: 'ada@example.com', password: 'my; secret at "x"', transport: 'PIGEON' }
    const wrongPart = await app.browser().gql(document, { input })
    expect(wrongPart.errors?.map(({ message }) => message)).toEqual([
      'Variable "$input" got invalid value at "input.transport"; Value "PIGEON" does not exist in "SessionTransport" enum.',
    ])
    const { transport: _transport, email: _email, ...lacking } = input
    const lacks = await app.browser().gql(document, { input: lacking })
    expect(lacks.errors?.map(({ message }) => message)).toEqual([
      'Variable "$input" got invalid value; Field "email" of required type "String!" was not provided.',
    ])
  })
})

describe('a body', () => {
  const FRAME = Buffer.byteLength(JSON.stringify({ query: '{ __typename }', variables: { x: '' } }))

  const bodyOf = (bytes: number): string =>
    JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(bytes - FRAME) } })

  const send = (body: string): Promise<Response> => app.browser().fetch('/graphql', { method: 'POST', body })

  /** Without a Content-Length: the server has to count. */
  const sendChunked = (body: string): Promise<Response> => {
    const stream = new Blob([body]).stream()
    // fetch wants `duplex` for a stream; the type does not know it yet
    return app.browser().fetch('/graphql', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
  }

  it.each([
    ['that says its length', send],
    ['that does not', sendChunked],
  ])('%s may have 102,400 bytes and no more', async (_which, post) => {
    const allowed = await post(bodyOf(TRANSPORT_LIMITS.bodyBytes))
    expect([allowed.status, await allowed.json()]).toEqual([200, { data: { __typename: 'Query' } }])
    for (const bytes of [TRANSPORT_LIMITS.bodyBytes + 1, 40 * TRANSPORT_LIMITS.bodyBytes]) {
      const refused = await post(bodyOf(bytes))
      expect([refused.status, await refused.json()]).toEqual([
        413,
        { errors: [{ message: 'The body may have at most 102,400 bytes.', extensions: { code: 'INVALID_INPUT' } }] },
      ])
    }
  })

  /** Reads nothing until its whole body is sent, as many clients do. @returns the answer's first line, or how the connection broke. */
  const sendBlindly = (head: string, chunks: number): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(app.url)
      const socket = connect(Number(port), hostname).pause()
      socket.on('error', (error) => resolve(error.message))
      socket.write(`POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n${head}\r\n\r\n`)
      const chunk = Buffer.alloc(TRANSPORT_LIMITS.bodyBytes, 'x')
      for (let sent = 0; sent < chunks; sent += 1) {
        if (head.startsWith('Transfer')) socket.write(`${chunk.length.toString(16)}\r\n`)
        socket.write(chunk)
        if (head.startsWith('Transfer')) socket.write('\r\n')
      }
      const last = head.startsWith('Transfer') ? '0\r\n\r\n' : ''
      socket.write(last, () => socket.once('data', (data) => resolve(String(data).split('\r\n')[0] ?? '')).resume())
    })

  it.each([
    ['that says its length', `Content-Length: ${100 * TRANSPORT_LIMITS.bodyBytes}`],
    ['that does not', 'Transfer-Encoding: chunked'],
  ])('%s is told that it is too large, also if it reads only after it sent all', async (_which, head) => {
    expect(await sendBlindly(head, 100)).toMatch(/^HTTP\/1.1 413 /)
  })

  it('that never ends is told so too, and cut off', async () => {
    const { hostname, port } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n`,
    )
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /)
    await once(socket, 'close')
  })

  it('may have 2 MiB if a key that may write accounts sends it, and no more', async () => {
    const [importer, reader] = [await app.key('ACCOUNTS_WRITE'), await app.key('ACCOUNTS_READ')]
    const sendAs = (who: typeof importer, bytes: number) => who.fetch('/graphql', { method: 'POST', body: bodyOf(bytes) })
    expect((await sendAs(importer, TRANSPORT_LIMITS.importBodyBytes)).status).toBe(200)
    expect((await sendAs(importer, TRANSPORT_LIMITS.importBodyBytes + 1)).status).toBe(413)
    expect((await sendAs(reader, TRANSPORT_LIMITS.bodyBytes + 1)).status).toBe(413)
  })

  it('is counted in bytes, not in characters', async () => {
    const refused = await send(JSON.stringify({ query: '{ __typename }', variables: { x: 'é'.repeat(60_000) } }))
    expect(refused.status).toBe(413)
  })

  it('holds one operation: a batch is refused', async () => {
    const response = await app.browser().post([{ query: '{ __typename }' }, { query: '{ __typename }' }])
    expect(response.status).toBe(400)
    expect((await response.json()).data).toBeUndefined()
  })

  it.each(['', '{', 'null', '"query"', '{"query":1}', '{"query":"{ __typename }","variables":"x"}'])(
    'that is no request is refused in the shape of an error: %s',
    async (body) => {
      const response = await send(body)
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] })
    },
  )
})
