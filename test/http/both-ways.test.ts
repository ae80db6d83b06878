/**
 * The short way against the long way: each request is sent twice, in two equal worlds; an Accept header that says the same
 * with a parameter that the short way does not understand sends it the long way.
 */
import { describe, expect, it } from 'vitest'
import type { Graphql } from '../../src/http/graphql.ts'
import { shortWay } from '../../src/http/short-way.ts'
import { newEmail, PASSWORD, testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { REVOKE, SIGN_OUT, SIGN_UP, WHO } from './documents.ts'

const app = await testApp()
const production = await testApp({ env: { INTROSPECTION: 'false' } })

/** What a case may speak of: somebody's browser, his other session, a token, a key. The same in both worlds but for ids. */
const newWorld = async (node: typeof app) => {
  const person = await node.person({ email: newEmail() })
  const other = node.browser()
  const { session } = await node.signIn(other, person.email)
  const { sessionToken } = await node.signIn(node.program(), person.email, { transport: 'TOKEN' })
  const ended = node.browser()
  await node.signIn(ended, person.email)
  const stale = ended.headers().cookie ?? ''
  await ended.gql(SIGN_OUT)
  const dead = (await node.signIn(node.program(), person.email, { transport: 'TOKEN' })).sessionToken ?? ''
  await node.program(dead).gql(SIGN_OUT)
  return {
    node,
    ...person,
    otherId: session.id,
    guest: node.browser(),
    stale: node.browser({ headers: { cookie: stale } }),
    program: node.program(sessionToken ?? ''),
    dead: node.program(dead),
    nonsense: node.program('nonsense'),
    basic: node.browser({ headers: { authorization: 'Basic YTpi' } }),
    key: await node.key('ACCOUNTS_READ', 'SESSIONS_READ'),
    foreign: node.browser({ origin: 'https://evil.example' }),
  }
}
type World = Awaited<ReturnType<typeof newWorld>>

const twoWorlds = async (node: typeof app) => [await newWorld(node), await newWorld(node)] as const

/** For questions, which change nothing. */
const [calm, strict] = [await twoWorlds(app), await twoWorlds(production)]

/** Who asks, and what: an object is sent as JSON, a text as it stands. */
type Case = readonly [name: string, who: (world: World) => TestClient, body: (world: World) => unknown]

const me = (world: World): TestClient => world.browser
const guest = (world: World): TestClient => world.guest

const SESSIONS = `query Sessions($first: Int = 2, $live: Boolean) { account { ...Own } }
  fragment Own on Account { id email sessions(first: $first, filter: { live: $live }) { totalCount nodes { id isCurrent ...Times } } }
  fragment Times on Session { createdAt expiresAt idleExpiresAt lastActiveAt endReason }`

const TWO = 'query A { account { id } } query B { account { email } }'

const SIGN_IN = `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
  __typename ... on SignInPayload { account { id } session { id isCurrent } sessionToken handoverCode } ... on UserError { code message } } }`

const same = (body: unknown) => () => body
const query = (text: string, rest: Record<string, unknown> = {}) => same({ query: text, ...rest })

/** For everybody who may ask: the same question. */
const ASKED: readonly Case[] = (
  ['browser', 'guest', 'stale', 'program', 'dead', 'nonsense', 'basic', 'key', 'foreign'] as const
).map((name) => [`${name} asks who is in`, (world) => world[name], query(WHO)])

const CASES: readonly Case[] = [
  ...ASKED,
  ['a stale cookie with a syntax error', (world) => world.stale, query('{ account {')],
  ['a bad header with a syntax error', (world) => world.nonsense, query('{ account {')],
  ['a bad header with an unknown field', (world) => world.nonsense, query('{ nothing }')],
  ['a static answer', guest, query('{ __typename }')],
  ['no answer at all', me, query('{ account { id @include(if: false) } }')],
  ['aliases', me, query('{ a: account { x: id y: id } b: account { email } }')],
  ['too many aliases', me, query(`{ ${Array.from({ length: 16 }, (_, i) => `a${i}: account { id }`).join(' ')} }`)],
  ['fragments and defaults', me, query(SESSIONS)],
  ['variables', me, query(SESSIONS, { variables: { first: 1, live: true } })],
  ['variables that are null', me, query(SESSIONS, { variables: { first: null, live: null } })],
  ['variables nobody asked for', me, query(SESSIONS, { variables: { second: 1 } })],
  ['variables: null', me, query(WHO, { variables: null })],
  ['variables: {}', me, query(WHO, { variables: {} })],
  ['variables as text', me, query(WHO, { variables: '{}' })],
  ['variables as a list', me, query(WHO, { variables: [] })],
  ['a variable of the wrong type', me, query(SESSIONS, { variables: { first: 'secret' } })],
  ['a variable out of range', me, query(SESSIONS, { variables: { first: 2 ** 40 } })],
  ['a page too large', me, query(SESSIONS, { variables: { first: 1_000 } })],
  ['a needed variable left out', me, query(REVOKE)],
  ['a needed variable as null', me, query(REVOKE, { variables: { id: null } })],
  ['an input with an unknown key', guest, query(SIGN_IN, { variables: { input: { email: 'a', password: 'b', more: 1 } } })],
  ['the first operation of two', me, query(TWO, { operationName: 'A' })],
  ['the second operation of two', me, query(TWO, { operationName: 'B' })],
  ['neither of two', me, query(TWO)],
  ['another than the two', me, query(TWO, { operationName: 'C' })],
  ['operationName: null', me, query(WHO, { operationName: null })],
  ['operationName: ""', me, query(WHO, { operationName: '' })],
  ['operationName: "" of two', me, query(TWO, { operationName: '' })],
  ['operationName as a number', me, query(WHO, { operationName: 1 })],
  ['a wrong operationName of one', me, query('query A { account { id } }', { operationName: 'B' })],
  ['extensions', me, query(WHO, { extensions: { a: 1 } })],
  ['extensions: null', me, query(WHO, { extensions: null })],
  ['extensions as a list', me, query(WHO, { extensions: [] })],
  ['an unknown key', me, query(WHO, { more: 1 })],
  ['a trusted document nobody knows', me, same({ extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } })],
  ['no query', me, same({})],
  ['query: null', me, same({ query: null })],
  ['query: ""', me, same({ query: '' })],
  ['a query of white space', me, same({ query: '  \n' })],
  ['a query as a number', me, same({ query: 1 })],
  ['a comment alone', me, query('# nothing')],
  ['fragments alone', me, query('fragment A on Account { id }')],
  ['a batch', me, same([{ query: WHO }])],
  ['null', me, same(null)],
  ['a text', me, same('"x"')],
  ['an empty body', me, same('')],
  ['half a body', me, same('{"query":')],
  ['a key twice', me, same('{"query":"{ account { id } }","query":"{ signedOutReason }"}')],
  ['__proto__ as a key', me, same('{"query":"{ signedOutReason }","__proto__":{"variables":{}}}')],
  ['__proto__ among the variables', me, same(`{"query":"${WHO}","variables":{"__proto__":{"a":1}}}`)],
  ['a body with a byte order mark', me, same(`\uFEFF{"query":"${WHO}"}`)],
  [
    'characters from everywhere',
    guest,
    query(SIGN_IN, { variables: { input: { email: 'ä😀\u2028@x.de', password: '\ud800' } } }),
  ],
  ['a syntax error', me, query('{ account { id } ')],
  ['an unknown field', me, query('{ account { idd } }')],
  ['a document too deep', me, query(`{ account ${'{ sessions { nodes { account '.repeat(5)}{ id }${' } }'.repeat(5)} } }`)],
  ['a document of too many tokens', me, query(`{ ${'__typename '.repeat(1_100)} }`)],
  [
    'a document that costs too much',
    me,
    query('{ account { sessions(first: 100) { nodes { account { sessions(first: 100) { nodes { id } } } } } } }'),
  ],
  ['introspection', me, query('{ __schema { queryType { name } types { name } } }')],
  ['__type', me, query('{ __type(name: "Account") { fields { name } } }')],
  ['a refusal of a field', me, query('{ accounts { totalCount } }')],
  ['a refusal beside data', me, query('{ signedOutReason accounts { totalCount } account { id } }')],
  ['a refusal for a guest', guest, query(SIGN_OUT)],
  [
    'a list by key',
    (world) => world.key,
    (world) => ({ query: `{ a: signedOutReason node(id: "${world.account.id}") { id } }` }),
  ],
  ['a missing node', me, query('{ node(id: "ses_00000000000000000000000000") { id } }')],
  ['directives', me, query('query ($s: Boolean!) { account @skip(if: $s) { id } }', { variables: { s: true } })],
  ['a subscription', me, query('subscription { sessionEnded { id } }')],
  [
    'a subscription beside a query',
    me,
    query('query A { signedOutReason } subscription B { sessionEnded { id } }', { operationName: 'A' }),
  ],
  ['a sign-up', guest, () => ({ query: SIGN_UP, variables: { input: { email: newEmail(), password: PASSWORD } } })],
  [
    'a sign-up with a weak password',
    guest,
    () => ({ query: SIGN_UP, variables: { input: { email: newEmail(), password: 'x' } } }),
  ],
  ['a sign-in', guest, ({ email }) => ({ query: SIGN_IN, variables: { input: { email, password: PASSWORD } } })],
  [
    'a sign-in with a token',
    guest,
    ({ email }) => ({ query: SIGN_IN, variables: { input: { email, password: PASSWORD, transport: 'TOKEN' } } }),
  ],
  [
    'a sign-in over a stale cookie',
    (world) => world.stale,
    ({ email }) => ({ query: SIGN_IN, variables: { input: { email, password: PASSWORD } } }),
  ],
  ['a sign-in that replaces', me, ({ email }) => ({ query: SIGN_IN, variables: { input: { email, password: PASSWORD } } })],
  [
    'a sign-in with a wrong password',
    guest,
    ({ email }) => ({ query: SIGN_IN, variables: { input: { email, password: 'wrong horse' } } }),
  ],
  ['ending another session', me, ({ otherId }) => ({ query: REVOKE, variables: { id: otherId } })],
  ['ending the own session', me, ({ session }) => ({ query: REVOKE, variables: { id: session.id } })],
  ['ending a stranger’s session', me, query(REVOKE, { variables: { id: 'ses_00000000000000000000000000' } })],
  ['extending', me, query('mutation { extendSession(input: {}) { ... on ExtendSessionPayload { session { id expiresAt } } } }')],
  ['a sign-out', me, query(SIGN_OUT)],
  ['a sign-out by token', (world) => world.program, query(SIGN_OUT)],
  ['two mutations', me, query('mutation { a: extendSession(input: {}) { __typename } b: signOut(input: {}) { __typename } }')],
  [
    'an unknown claim',
    guest,
    query('mutation { claimSessionToken(input: { handoverCode: "x" }) { __typename ... on UserError { code } } }'),
  ],
]

/** New ids, secrets and addresses by their kind and by the order in which they come: `ses#1`. */
const nameless = (text: string): string => {
  const known = new Map<string, string>()
  return text.replaceAll(
    /(?<![\w-])(?:[\w-]{43}|[a-z]{3}_[\w-]{26,43}|person\d+@example\.com|[\da-f]{8}-[\da-f-]{27})(?![\w-])/g,
    (found) => {
      const kind = found.length === 43 ? 'value' : (/^(?:[a-z]{3}(?=_)|person)/.exec(found)?.[0] ?? 'value')
      const name = known.get(found) ?? `${kind}#${known.size}`
      known.set(found, name)
      return name
    },
  )
}

const HEADERS = [
  'content-type',
  'content-length',
  'vary',
  'cache-control',
  'allow',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
]

const answerOf = async (who: TestClient, body: unknown, accept: string) => {
  const response = await who.fetch('/graphql', {
    method: 'POST',
    headers: { accept },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const headers = Object.fromEntries(HEADERS.map((name) => [name, response.headers.get(name)]))
  return {
    status: response.status,
    headers,
    cookies: response.headers.getSetCookie().map(nameless),
    requestId: response.headers.has('x-request-id'),
    body: nameless(await response.text()),
  }
}

/** The same wish in words that the short way takes, and in words that it leaves to the long one; also as clients send it. */
const ACCEPTS = [
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json,application/json;q=0.9',
  'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json',
  'application/json; q=0.5, application/graphql-response+json',
  'application/graphql+json, multipart/mixed, application/json',
].map((accept) => [accept, `${accept.replace(/;\s*q=[\d.]+/, '')};v=1`] as const)

/** Whether the short way looks at the document at all. */
const isShort = async (accept: string): Promise<boolean> => {
  let asked = false
  const graphql = {
    getEnveloped: () => {
      asked = true
      throw new Error('far enough')
    },
  } as unknown as Graphql // the one function that the short way begins with
  const facts = {} as Parameters<ReturnType<typeof shortWay>>[2] // nobody looks at them
  await shortWay(graphql)(accept, JSON.stringify({ query: WHO }), facts).catch(() => null)
  return asked
}

describe('the short way and the long way', () => {
  it('are told apart by these Accept headers', async () => {
    for (const [short, long] of ACCEPTS) expect([await isShort(short), await isShort(long)]).toEqual([true, false])
  })

  it.each(CASES)('answer alike: %s', async (_name, who, body) => {
    const isMutation = JSON.stringify(body(calm[0])).includes('mutation')
    for (const [short, long] of isMutation ? ACCEPTS.slice(0, 1) : ACCEPTS) {
      const [one, two] = isMutation ? await twoWorlds(app) : calm
      const answer = await answerOf(who(one), body(one), short)
      expect(answer).toEqual(await answerOf(who(two), body(two), long))
      expect(answer.requestId).toBe(true)
    }
  })

  it.each(CASES.filter(([name]) => /introspection|__type|unknown field|wrong type/.test(name)))(
    'answer alike where introspection is off: %s',
    async (_name, who, body) => {
      const [one, two] = strict
      const [short = '', long = ''] = ACCEPTS[0] ?? []
      expect(await answerOf(who(one), body(one), short)).toEqual(await answerOf(who(two), body(two), long))
    },
  )

  it('write the keys of an object in the order of the document, also where a later value is ready sooner', async () => {
    const [world] = calm
    for (const accept of ACCEPTS[0] ?? []) {
      const body = JSON.stringify({
        query: '{ account { sessions(first: 1) { totalCount } __typename memberships(first: 1) { totalCount } id } }',
      })
      const response = await world.browser.fetch('/graphql', { method: 'POST', body, headers: { accept } })
      const { data } = await response.json()
      expect(Object.keys(data.account)).toEqual(['sessions', '__typename', 'memberships', 'id'])
    }
  })
})
