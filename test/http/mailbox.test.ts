import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { PRODUCTION } from '../support/messages.ts'

describe('the mailbox of a development server', async () => {
  const app = await testApp()
  const { db, messages } = app.app

  const recovery = (to: string, url: string) =>
    db.transaction((tx) =>
      messages.enqueue(tx, {
        kind: 'password-recovery',
        to,
        locale: 'en',
        data: { name: '<script>alert(1)</script>', url, minutes: 60 },
        accountId: null,
      }),
    )

  const read = async (path: string) => {
    const response = await fetch(`${app.url}${path}`)
    return { response, html: await response.text() }
  }

  /** As fetch cannot: with any Host header. */
  const status = (headers: Record<string, string>, method = 'GET', path = '/mailbox') =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(app.url)
      const sent = request({ hostname, port, path, method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.once('error', reject)
      sent.end()
    })

  it('lists the mails, newest first', async () => {
    expect((await read('/mailbox')).html).toContain('No mail yet')
    await recovery('first@example.com', 'https://app.example.com/recover?token=one')
    app.clock.advance(1)
    await recovery('second@example.com', 'https://app.example.com/recover?token=two')
    await app.app.delivered()
    const { response, html } = await read('/mailbox')
    expect(response.status).toBe(200)
    expect(html.indexOf('second@example.com')).toBeGreaterThan(0)
    expect(html.indexOf('first@example.com')).toBeGreaterThan(html.indexOf('second@example.com'))
    expect(html.match(/<small>SENT<\/small>/g)).toHaveLength(2)
  })

  it('shows one mail as text and as HTML, without script, with its links to follow', async () => {
    const id = await recovery('ada@example.com', 'https://app.example.com/recover?token=a&b=c')
    const { response, html } = await read(`/mailbox?id=${id}`)
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/)
    expect(response.headers.get('content-security-policy')).not.toContain('script')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(html).toContain('<a href="https://app.example.com/recover?token=a&amp;b=c" target="_blank" rel="noreferrer">')
    expect(html).toMatch(/<iframe title="HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base/)
    expect(html).not.toContain('<script')
  })

  it('says of a mail that is not there the same as of anything that is not there', async () => {
    const missing = await read('/mailbox?id=msg_00000000000000000000000000')
    const nothing = await read('/nothing')
    expect([missing.response.status, missing.html]).toEqual([404, nothing.html])
    expect((await read('/mailbox?id=%00')).response.status).toBe(404)
  })

  it('is there for whoever sits at this machine, under any of its names', async () => {
    const port = new URL(app.url).port
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost'])
      expect(await status({ host }), host).toBe(200)
    expect(await status({ host: 'localhost' }, 'HEAD')).toBe(200)
  })

  it('is not there for anybody else: through a proxy, under a foreign name, or to be written to', async () => {
    for (const host of ['gatehouse.example.com', 'localhost.example.com', '192.0.2.1'])
      expect(await status({ host }), host).toBe(404)
    for (const header of ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'])
      expect(await status({ host: 'localhost', [header]: '127.0.0.1' }), header).toBe(404)
    expect(await status({ host: 'localhost' }, 'POST')).toBe(404)
  })
})

describe('the mailbox in production', async () => {
  const app = await testApp({
    env: PRODUCTION,
  })

  it('is not there', async () => {
    const response = await fetch(`${app.url}/mailbox`)
    expect([response.status, await response.text()]).toEqual([404, await (await fetch(`${app.url}/nothing`)).text()])
  })
})
