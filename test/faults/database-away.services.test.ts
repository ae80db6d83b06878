/** PostgreSQL is away for a moment, for one of two nodes: what cannot be judged is refused, nothing is final, nothing is lost. */
import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { REVOKE } from '../http/documents.ts'
import { openStream } from '../http/stream.ts'
import { testApp } from '../support/app.ts'
import { openDoor } from '../support/door.ts'
import { holdRow } from '../support/hold.ts'

const here = await testApp()
const door = await openDoor(here.database.env.DATABASE_URL ?? '')
const there = await testApp({
  env: { DATABASE_URL: door.url },
  beside: { database: here.database, clock: here.clock },
})

const ALERTS = 'subscription { sessionAlerts { session { id } } }'

/** Somebody whose session both nodes know. */
const newPerson = async () => {
  const { account, session, sessionToken, email } = await here.person({ transport: 'TOKEN' })
  const who = there.program(sessionToken ?? '')
  await who.gql('{ account { id } }')
  return { account, session, email, who, there: who, here: here.program(sessionToken ?? '') }
}

const signIn = async (email: string) => (await here.signIn(here.program(), email, { transport: 'TOKEN' })).session.id

const away = async (work: () => Promise<unknown>): Promise<void> => {
  await door.shut()
  try {
    await work()
  } finally {
    await door.open()
  }
}

/** Until the node has found its way back. */
const isBack = () => expect.poll(async () => (await fetch(`${there.url}/readyz`)).status, { timeout: 20_000 }).toBe(200)

describe('where PostgreSQL is away for a moment', () => {
  it('an alert comes when it is back: once, in order, over the same socket and the same event stream', async () => {
    const { email, who } = await newPerson()
    const [socket, stream] = [await there.subscribe(who, ALERTS), await openStream(who, ALERTS)]
    await expect.poll(there.app.listening).toBe(3)
    const made: string[] = [await signIn(email)]
    await away(async () => {
      made.push(await signIn(email), await signIn(email))
      await new Promise((resolve) => setTimeout(resolve, 300)) // the news have come by Redis
    })
    await isBack()
    made.push(await signIn(email))
    for (const id of made) {
      const alert = { data: { sessionAlerts: { session: { id } } } }
      expect([await socket.next(), await stream.next()]).toEqual([alert, { event: 'next', data: alert }])
    }
    expect([socket.pending(), socket.closed]).toEqual([[], []])
    await socket.client.dispose()
    stream.drop()
    await expect.poll(there.app.listening).toBe(0)
  })

  it('a question says when to ask again, over HTTP; a socket closes so that the official client comes back by itself', async () => {
    const { email, who } = await newPerson()
    const closes: unknown[] = []
    const client = createClient({
      url: `${there.url.replace('http', 'ws')}/graphql`,
      retryAttempts: 50,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string | string[]) {
          super(address, protocols, { headers: who.socketHeaders() })
        }
      },
      on: { closed: (event) => closes.push((event as { code: number }).code) }, // ours is ws, whose close events have a code
    })
    const alerts: unknown[] = []
    let failed: unknown = null
    const sink = {
      next: (value: unknown) => void alerts.push(value),
      error: (error: unknown) => (failed = error),
      complete: () => undefined,
    }
    client.subscribe({ query: ALERTS }, sink)
    await expect.poll(there.app.listening).toBe(2)
    here.clock.advance(61) // a copy that is a minute behind is not believed: PostgreSQL has to be asked
    await away(async () => {
      const { errors } = await who.gql('{ account { id } }')
      expect(errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 2 })
      client.subscribe({ query: '{ account { id } }' }, { ...sink, next: () => undefined })
      await expect.poll(() => closes[0]).toBe(1013)
    })
    await isBack()
    await expect.poll(there.app.listening, { timeout: 20_000 }).toBe(2)
    const id = await signIn(email)
    await expect.poll(() => alerts).toEqual([{ data: { sessionAlerts: { session: { id } } } }])
    expect([failed, closes.filter((code) => code !== 1013)]).toEqual([null, []])
    await client.dispose()
    await expect.poll(there.app.listening).toBe(0)
  })

  it('a session that ends elsewhere ends its streams all the same', async () => {
    const { session, email, who, here: elsewhere } = await newPerson()
    const other = await here.signIn(here.program(), email, { transport: 'TOKEN' })
    const [socket, stream] = [await there.subscribe(who, ALERTS), await openStream(who, ALERTS)]
    await expect.poll(there.app.listening).toBe(3)
    await away(async () => {
      await here.program(other.sessionToken ?? '').gql(REVOKE, { id: session.id })
      await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'REVOKED_BY_ACCOUNT' }])
      await expect(stream.next().then((event) => event === null)).rejects.toThrow() // cut, without a word
      await expect.poll(there.app.listening).toBe(0)
    })
    await isBack()
    expect((await elsewhere.gql('{ account { id } }')).errors?.[0]?.extensions.reason).toBe('REVOKED_BY_ACCOUNT')
  })

  it('a stream that ends while nobody can say whether its session counts closes its socket, to be tried again', async () => {
    const { email, account } = await here.admin()
    const { session, sessionToken } = await here.signIn(here.program(), email, { transport: 'TOKEN' })
    const EVENTS = 'subscription { events { type subject { id } } }'
    const socket = await there.subscribe(there.program(sessionToken ?? ''), EVENTS)
    const { session: last } = await here.person()
    for (let told = null; told !== last.id; ) told = (await socket.next())?.data.events.subject?.id // nothing is left to ask for
    const letGo = await holdRow(here, 'accounts', account.id) // no sweep writes its end
    here.clock.advance(1_209_600)
    let asked = 0
    door.holdFrom((bytes) => bytes.includes(session.id) && ++asked === 2) // the socket's question, behind the stream's own
    await here.person()
    await expect.poll(door.isHolding).toBe(true)
    await away(async () => {
      await expect.poll(() => socket.closed).toEqual([{ code: 1013, reason: 'SERVICE_UNAVAILABLE' }])
    })
    door.release()
    await letGo()
    await isBack()
  })
})
