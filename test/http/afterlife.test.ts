/** What is left to somebody whose credential is no more: a request half sent, a socket that asks, a stream, a buffer. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { REVOKE, WHO } from './documents.ts'
import { openSocket } from './stream.ts'

const app = await testApp()

const token = async (email?: string) => {
  const wish = { transport: 'TOKEN' }
  const opened = email === undefined ? await app.signUp(app.program(), wish) : await app.signIn(app.program(), email, wish)
  return { ...opened, token: opened.sessionToken ?? '' }
}

const open = (bearer: string | null) => openSocket(app.url, bearer === null ? {} : { authorization: `Bearer ${bearer}` })

describe('a request half sent', () => {
  it('is refused where the session ended before the rest of it came', async () => {
    const first = await token()
    const second = await token(first.account.email)
    const body = JSON.stringify({ query: '{ account { email } }' })
    const { hostname, port } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    const head = ['POST /graphql HTTP/1.1', `Host: ${hostname}:${port}`, 'Content-Type: application/json']
    const rest = [`Authorization: Bearer ${first.token}`, `Content-Length: ${body.length}`, '', '{']
    socket.write([...head, ...rest].join('\r\n'))
    await sleep(200) // long enough for the head to be looked at
    await app.program(second.token).gql(REVOKE, { id: first.session.id })
    socket.write(body.slice(1))
    await expect.poll(() => answer).toContain('\r\n\r\n{')
    socket.destroy()
    expect(answer).toContain('"reason":"REVOKED_BY_ACCOUNT"')
    expect(answer).not.toContain(first.account.email)
  })
})

describe('a socket', () => {
  it('says sessionEnded before it closes, where a question on it is the first to notice', async () => {
    const me = await token()
    const socket = await open(me.token)
    socket.ask('ended', 'subscription { sessionEnded { id endReason } }')
    await sleep(200)
    app.clock.advance(40 * 86_400)
    socket.ask('question', '{ account { id } }')
    await socket.closed()
    expect(socket.heard.slice(1)).toEqual([
      { id: 'ended', type: 'next', payload: { data: { sessionEnded: { id: me.session.id, endReason: 'IDLE' } } } },
      { type: 'CLOSED', code: 4401, reason: 'IDLE' },
    ])
  })

  it('does not go on as a guest, where the cookie of its upgrade was good', async () => {
    const { browser, session } = await app.person()
    const socket = browser.socket()
    const endings = socket.subscribe('subscription { sessionEnded { id endReason } }')
    expect(await socket.subscribe(WHO).next()).toMatchObject({ data: { account: { id: expect.any(String) } } })
    app.clock.advance(40 * 86_400)
    expect(await socket.subscribe(WHO).next()).toBeNull()
    expect(await endings.next()).toEqual({ data: { sessionEnded: { id: session.id, endReason: 'IDLE' } } })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'IDLE' }])
  })

  it('closes by the book for an id that is too long for its close frame', async () => {
    const socket = await open((await token()).token)
    for (let i = 0; i < 2; i++) socket.ask('x'.repeat(200), 'subscription { sessionEnded { id } }')
    await socket.closed()
    expect(socket.heard.at(-1)).toMatchObject({ code: 4409, reason: 'Subscriber already exists' })
  })

  it('does not keep answers for somebody who asks and does not read', async () => {
    const { socket, send, closed } = await open(null)
    socket.pause()
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1_000 && socket.bufferedAmount < 30_000_000; i++) {
      send({ type: 'ping', payload: { filler: 'x'.repeat(100_000) } })
      if (i % 20 === 0) await sleep(5)
    }
    await sleep(500)
    socket.resume()
    await closed()
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })
})

describe('a stream', () => {
  it('of events ends for an operator who is none any more', async () => {
    const [ada, bob] = [await app.admin(), await app.admin()]
    const stream = await app.subscribe(bob.browser, 'subscription { events { type } }')
    await ada.browser.gql(
      'mutation ($id: ID!) { updateAccountAsOperator(input: { accountId: $id, labels: [] }) { __typename } }',
      { id: bob.account.id },
    )
    expect((await stream.next())?.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect(await stream.next()).toBeNull()
    await stream.client.dispose()
  })

  it('of events that resumes from far behind gets all of it, without waiting for another event', async () => {
    const key = await app.key('EVENTS_READ')
    const failing = () => app.trySignIn(app.program(), { email: 'nobody@example.com' })
    await failing()
    const filter = { types: ['sign-in.failed'] }
    const last = 'query ($filter: EventFilter) { events(first: 1, filter: $filter) { nodes { id } } }'
    const after = (await key.gql(last, { filter })).data.events.nodes[0].id
    for (let i = 0; i < 120; i++) await failing()
    const everything = 'subscription ($filter: EventFilter, $after: ID) { events(filter: $filter, after: $after) { id } }'
    const stream = await app.subscribe(key, everything, { filter, after })
    await expect.poll(() => stream.pending().length).toBe(120)
    await stream.client.dispose()
  })
})
