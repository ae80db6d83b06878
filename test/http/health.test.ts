import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config.ts'
import { testApp } from '../support/app.ts'
import { freshDatabase, onServices } from '../support/engines.ts'
import { enqueue, recovery } from '../support/messages.ts'
import { openStream } from './stream.ts'

const app = await testApp()

const get = async (path: string, url = app.url): Promise<[status: number, body: unknown]> => {
  const response = await fetch(url + path)
  return [response.status, await response.json()]
}

describe('/healthz', () => {
  it('says that the process is alive', async () => {
    expect(await get('/healthz')).toEqual([200, { status: 'ok' }])
  })
})

describe('/readyz', () => {
  it('says that the database and the bus answer', async () => {
    expect(await get('/readyz')).toEqual([200, { status: 'ok', database: true, bus: true }])
  })

  it('is 503 without the database, while the process stays alive', async () => {
    const database = await freshDatabase()
    const config = parseConfig({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...database.env })
    const node = await createApp(
      onServices() ? config : { ...config, database: { kind: 'embedded', folder: null } },
      database.seed === undefined ? {} : { seed: database.seed },
    )
    const url = `http://127.0.0.1:${await node.listen()}`
    expect((await get('/readyz', url))[0]).toBe(200)
    if (onServices()) await database.drop()
    else await node.db.close()
    expect(await get('/readyz', url)).toEqual([503, { status: 'unavailable', database: false, bus: true }])
    expect(await get('/healthz', url)).toEqual([200, { status: 'ok' }])
    await node.close()
  })
})

describe('/metrics', () => {
  const value = async (name: string): Promise<number> => {
    const text = await (await fetch(`${app.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
  }

  it('counts the messages that left, and those that did not', async () => {
    expect(await value('gatehouse_messages_total{status="SENT"}')).toBe(0)
    await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    expect(await value('gatehouse_messages_total{status="SENT"}')).toBe(1)
    expect(await value('gatehouse_messages_total{status="FAILED"}')).toBe(0)
    expect(await value('gatehouse_messages_total{status="DEAD"}')).toBe(0)
  })

  it('speaks Prometheus, and counts sockets, streams and answers', async () => {
    const response = await fetch(`${app.url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await response.text()).toContain('# TYPE process_cpu_seconds_total counter')
    const { browser } = await app.person()
    const idle = await value('gatehouse_listeners')
    expect(await value('gatehouse_sockets')).toBe(0)
    const subscription = await app.subscribe(browser, 'subscription { sessionEnded { id } }')
    const stream = await openStream(browser, 'subscription { sessionEnded { id } }')
    await expect.poll(() => value('gatehouse_listeners')).toBe(idle + 3)
    expect(await value('gatehouse_sockets')).toBe(1)
    subscription.stop()
    await subscription.client.dispose()
    stream.drop()
    await expect.poll(() => value('gatehouse_listeners')).toBe(idle)
    await expect.poll(() => value('gatehouse_sockets')).toBe(0)
    const before = await value('gatehouse_http_requests_total\\{status="404"\\}')
    await fetch(`${app.url}/nothing`)
    await expect.poll(() => value('gatehouse_http_requests_total\\{status="404"\\}')).toBe((before || 0) + 1)
  })

  it('names nobody', async () => {
    const { email, account } = await app.person()
    const text = await (await fetch(`${app.url}/metrics`)).text()
    for (const secret of [email, account.id, 'gst_']) expect(text).not.toContain(secret)
  })
})

describe('everything else', () => {
  it.each(['/nothing', '/graphql/', '/graphql/x', '/healthz/x', '/__proto__', '/constructor', '//'])(
    'is 404: %s',
    async (path) => {
      expect(await get(path)).toEqual([
        404,
        { errors: [{ message: 'There is nothing here. Try /graphql.', extensions: { code: 'NOT_FOUND' } }] },
      ])
    },
  )
})
