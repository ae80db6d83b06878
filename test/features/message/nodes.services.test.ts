/** Two nodes and a hundred messages: which node carries one is chance, that it is one node is not. */
import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { enqueue, recovery, smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const MESSAGES = 100

describe('two nodes', () => {
  it('never carry the same message, while both look for what is due all the time', async () => {
    const server = await smtpServer()
    server.behave({ slowness: 20 }) // long enough for the other to come by
    const app = await testApp({ env: smtpEnv(server.port) })
    const node = await app.node()
    const written = await Promise.all(
      Array.from({ length: MESSAGES }, (_, index) =>
        enqueue(index % 2 === 0 ? app : node, recovery(`person${index}@example.com`)),
      ),
    )
    await expect
      .poll(
        async () => {
          await Promise.all([app.app.tick(), node.app.tick()])
          return server.received.length
        },
        { timeout: 20_000, interval: 5 },
      )
      .toBeGreaterThanOrEqual(MESSAGES)
    await Promise.all([app.app.delivered(), node.app.delivered()])
    const carried = server.received.map(({ mail }) => mail.messageId)
    expect(carried.toSorted()).toEqual(written.map((id) => `<${id}@id.example.com>`).toSorted())
    const rows = await app.app.db.read.message.findMany({ select: { status: true, attempts: true } })
    expect(rows).toEqual(Array.from({ length: MESSAGES }, () => ({ status: 'SENT', attempts: 1 })))
  })

  it('help each other: what one wrote the other carries when the one cannot', async () => {
    const server = await smtpServer()
    const app = await testApp({ env: smtpEnv(1) }) // nobody listens there
    const node = await testApp({ env: smtpEnv(server.port), beside: { database: app.database, clock: app.clock } })
    await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    expect(server.received).toEqual([])
    await expect
      .poll(async () => {
        app.clock.advance(60) // each looks each second: the wrong one may have come first
        await node.app.tick()
        await node.app.delivered()
        return server.received.length
      })
      .toBe(1)
  })
})
