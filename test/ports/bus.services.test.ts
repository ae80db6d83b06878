import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Bus, openBus } from '../../src/ports/bus/index.ts'
import { openDoor } from '../support/door.ts'
import { ear, memoryLog, untilHeard } from './bus.contract.ts'

const redisUrl = process.env.REDIS_URL ?? ''

const admin = new Redis(redisUrl)
afterAll(() => admin.disconnect())

const open: Bus[] = []
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close()
})

const opened = async (channel: string, url = redisUrl) => {
  const { log, lines } = memoryLog()
  const bus = await openBus(url, channel, log)
  open.push(bus)
  return { bus, lines }
}

describe('the bus on Redis', () => {
  it('rings on every node of an installation, and on no other', async () => {
    const [here, there] = [randomUUID(), randomUUID()]
    const [{ bus: a }, { bus: b }, { bus: stranger }] = [await opened(here), await opened(here), await opened(there)]
    await untilHeard(a, a, b)
    await untilHeard(b, a, b)
    await untilHeard(stranger, stranger)
    const [onA, onB, outside] = [ear(a), ear(b), ear(stranger)]
    a.publish({ from: 'a' })
    await expect.poll(() => [onA.heard, onB.heard]).toEqual([[{ from: 'a' }], [{ from: 'a' }]])
    b.publish({ from: 'b' })
    await expect
      .poll(() => [onA.heard, onB.heard])
      .toEqual([
        [{ from: 'a' }, { from: 'b' }],
        [{ from: 'a' }, { from: 'b' }],
      ])
    stranger.publish('the last')
    await expect.poll(() => outside.heard).toEqual(['the last'])
  })

  it('comes back by itself after Redis has killed its connections', async () => {
    const way = await openDoor(redisUrl)
    const { bus } = await opened(randomUUID(), way.url)
    await untilHeard(bus, bus)
    const ports = way.ports()
    const clients = String(await admin.client('LIST')).split('\n')
    const mine = clients.filter((line) => ports.some((port) => line.includes(` addr=127.0.0.1:${port} `)))
    expect(mine.map((line) => / name=(\S*)/.exec(line)?.[1]).sort()).toEqual(['gatehouse-listen', 'gatehouse-publish'])
    for (const line of mine) await admin.client('KILL', 'ID', /id=(\d+)/.exec(line)?.[1] ?? '')
    expect(() => bus.publish({ lost: true })).not.toThrow()
    await untilHeard(bus, bus)
    await expect.poll(() => bus.ping()).toBe(true)
    await bus.close()
    await way.shut()
  })

  it('throws at nobody while Redis is away, says so once a connection, and is back when Redis is', async () => {
    const way = await openDoor(redisUrl)
    const { bus, lines } = await opened(randomUUID(), way.url)
    await untilHeard(bus, bus)
    const { heard } = ear(bus)
    await way.shut()
    await expect.poll(() => bus.ping()).toBe(false)
    for (let number = 0; number < 50; number++) expect(() => bus.publish({ lost: number })).not.toThrow()
    await expect.poll(() => lines.filter(({ level }) => level === 'warn').length).toBe(2)
    await way.open()
    await untilHeard(bus, bus)
    // a bell that nobody could hear is not rung later: the log carries what it meant
    expect(heard).not.toContainEqual({ lost: 0 })
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2)
    await bus.close()
    await way.shut()
  })

  it('opens while Redis is away, and hears as soon as it is there', async () => {
    const way = await openDoor(redisUrl)
    await way.shut()
    const { bus } = await opened(randomUUID(), way.url)
    expect(await bus.ping()).toBe(false)
    await way.open()
    await untilHeard(bus, bus)
    await bus.close()
    await way.shut()
  })

  it('does not wait for a Redis that does not answer', async () => {
    const way = await openDoor(redisUrl)
    const { bus } = await opened(randomUUID(), way.url)
    await untilHeard(bus, bus)
    way.jam(true)
    const started = performance.now()
    expect(await bus.ping()).toBe(false)
    expect(performance.now() - started).toBeLessThan(3_000)
    await way.shut()
    way.jam(false)
    await way.open()
    await untilHeard(bus, bus)
    await bus.close()
    await way.shut()
  })
})
