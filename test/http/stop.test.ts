import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type TestApp, testApp } from '../support/app.ts'
import { knock, openStream } from './stream.ts'

/** Holds what every account needs, so that a mutation that has come in stays where it is. @returns how to let go. */
const holdAccounts = async (app: TestApp): Promise<() => Promise<unknown>> => {
  let release = (): void => undefined
  const until = new Promise<void>((resolve) => (release = resolve))
  let held = (): void => undefined
  const taken = new Promise<void>((resolve) => (held = resolve))
  const holding = app.app.db.transaction(async (tx) => {
    await tx.$executeRawUnsafe('LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE')
    held()
    await until
  })
  await taken
  return () => {
    release()
    return holding
  }
}

/** A connection seen from below: what was written back, and whether it is over. */
const dial = (url: string) => {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  let text = ''
  let over = false
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => (text += chunk))
  socket.on('error', () => undefined)
  socket.once('close', () => (over = true))
  return { socket, text: () => text, isOver: () => over }
}

const isRefused = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )

describe('a server that is told to stop', () => {
  it('takes nothing new, says so where it is still asked, and finishes what runs', async () => {
    const app = await testApp()
    const { browser } = await app.person()
    const letGo = await holdAccounts(app)
    const body = JSON.stringify({
      query: 'mutation { updateAccount(input: { name: "Ada" }) { ... on UpdateAccountPayload { account { name } } } }',
    })
    const line = dial(app.url)
    line.socket.write(
      [
        'POST /graphql HTTP/1.1',
        'Host: 127.0.0.1',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        `Cookie: gatehouse=${browser.jar.get('gatehouse')}`,
        'Expect: 100-continue', // the server says when it has begun
        '\r\n',
      ].join('\r\n'),
    )
    await expect.poll(line.text).toContain('100 Continue')
    const stopped = app.close()
    await expect.poll(() => isRefused(app.url)).toBe(true)
    line.socket.write(`${body}GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    await letGo()
    await stopped
    await expect.poll(line.isOver).toBe(true)
    expect(line.text()).toContain('{"data":{"updateAccount":{"account":{"name":"Ada"}}}}')
    expect(line.text()).toMatch(/HTTP\/1\.1 503 .*\{"status":"stopping"\}/s)
  })

  it('closes sockets with 1001, so that clients go elsewhere, and ends event streams', async () => {
    const app = await testApp()
    const { browser } = await app.person()
    const subscription = await app.subscribe(browser, 'subscription { sessionEnded { id } }')
    const stream = await openStream(browser, 'subscription { sessionEnded { id } }')
    const started = performance.now()
    await app.close()
    expect(performance.now() - started).toBeLessThan(5_000)
    await expect.poll(() => subscription.closed).toEqual([{ code: 1001, reason: 'Going away' }])
    expect(await stream.next().catch(() => null)).toBeNull()
    await expect(knock(app.url)).rejects.toThrow('ECONNREFUSED')
  })
})
