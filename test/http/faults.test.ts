import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { askOverSocket, openStream } from './stream.ts'

const app = await testApp()

/** Signed up while all tables are there. */
const { browser } = await app.person()

/** A real fault: the table is not where it was. */
const takeAway = (table: string) => app.app.db.read.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO ${table}_away`)
const bringBack = (table: string) => app.app.db.read.$executeRawUnsafe(`ALTER TABLE ${table}_away RENAME TO ${table}`)

const DEVICES = '{ account { devices { id } } }'

const LEAKS = /prisma|postgres|relation|does not exist|devices_away|sessions_away|\.ts|node_modules|stack/i

const fault = (requestId: unknown) => ({ code: 'INTERNAL_SERVER_ERROR', requestId })

describe('a fault in a resolver', () => {
  beforeAll(() => takeAway('devices'))
  afterAll(() => bringBack('devices'))

  it('is told as its request id, which is in the header too, and nothing else', async () => {
    const response = await browser.post({ query: DEVICES })
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).not.toMatch(LEAKS)
    expect(JSON.parse(text)).toEqual({
      data: { account: null },
      errors: [
        {
          message: 'Unexpected error.',
          path: ['account', 'devices'],
          locations: [expect.anything()],
          extensions: fault(response.headers.get('x-request-id')),
        },
      ],
    })
  })

  it('has another id each time', async () => {
    const ids = new Set<unknown>()
    for (let times = 0; times < 3; times++) ids.add((await browser.gql(DEVICES)).errors?.[0]?.extensions.requestId)
    expect(ids.size).toBe(3)
  })

  it('is told the same over a socket and over an event stream', async () => {
    const overSocket = await askOverSocket(browser, DEVICES)
    const stream = await openStream(browser, DEVICES)
    const overStream = (await stream.next())?.data
    for (const answer of [overSocket, overStream]) {
      expect(answer?.errors).toEqual([
        expect.objectContaining({ message: 'Unexpected error.', extensions: fault(expect.any(String)) }),
      ])
      expect(JSON.stringify(answer)).not.toMatch(LEAKS)
    }
    expect(overStream?.errors?.[0]?.extensions.requestId).toBe(stream.response.headers.get('x-request-id'))
  })
})

describe('a fault before GraphQL begins', () => {
  beforeAll(async () => {
    app.clock.advance(61) // a copy of a session that is a minute behind is not believed: the table is asked
    await takeAway('sessions')
  })
  afterAll(() => bringBack('sessions'))

  it('is told in the same shape, with 500', async () => {
    const response = await browser.post({ query: DEVICES })
    const text = await response.text()
    expect([response.status, JSON.parse(text)]).toEqual([
      500,
      { errors: [{ message: 'Unexpected error.', extensions: fault(response.headers.get('x-request-id')) }] },
    ])
    expect(text).not.toMatch(LEAKS)
  })

  it('closes a socket without a word about the cause', async () => {
    const socket = browser.socket()
    expect(await socket.subscribe(DEVICES).next()).toBeNull()
    await expect.poll(() => socket.closed).toEqual([{ code: 4500, reason: 'Internal server error' }])
  })
})

describe('afterwards', () => {
  it('everything works again', async () => {
    expect((await browser.gql(DEVICES)).data.account.devices).toHaveLength(1)
  })
})
