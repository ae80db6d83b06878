/** What only Redis can do to copies: be empty of a sudden, be slow, be away, be from another time. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { type Epochs, openCopies } from '../../src/ports/copies/index.ts'
import { openDoor } from '../support/door.ts'
import { ownRedis } from '../support/redis.ts'
import { memoryLog } from './bus.contract.ts'
import { epochCounter, type House, neverStale, untilBelieved } from './copies.contract.ts'

const redis = await ownRedis()

const opened = async (prefix: string, epochs: Epochs, url = redis.url) => {
  const { log, lines } = memoryLog()
  const node = await openCopies({ kind: 'redis', url, prefix }, epochs, log)
  afterAll(() => node.close())
  return { node, lines }
}

const house = async (): Promise<House> => {
  const [{ epochs }, prefix] = [epochCounter(), `gatehouse-test:${randomUUID()}`]
  const [{ node }, { node: other }] = [await opened(prefix, epochs), await opened(prefix, epochs)]
  return { nodes: [node, other], epochs, flush: async () => void (await redis.admin.flushall()) }
}

/** Beyond this, something waits for Redis; a busy machine takes its time without that. */
const FAR_TOO_LONG_MS = 1_000

const account = 'a'.repeat(30)

describe('copies in a Redis that is emptied', () => {
  neverStale(house, [
    ['write', 'flush'],
    ['write', 'change', 'flush'],
    ['write', 'epoch', 'flush'],
    ['write', 'change', 'epoch', 'flush'],
  ])

  it('take no epoch from hearsay into the emptied store: other nodes may write under it, and the versions are gone', async () => {
    const { nodes, epochs } = await house()
    const [writer, other] = nodes
    await untilBelieved({ nodes, epochs, flush: null })
    const [begun, tokenHash] = [await epochs.next(), randomUUID()]
    await writer.adopt(begun)
    const { epoch } = await writer.read(tokenHash) // PostgreSQL says version 1
    await other.raise([{ accountId: account, version: 2 }])
    await redis.admin.flushall()
    await other.adopt(begun)
    writer.write(tokenHash, { accountId: account, version: 1, text: 'resurrected' }, epoch)
    for (const node of nodes) expect((await node.read(tokenHash)).text).toBeNull()
    await untilBelieved({ nodes, epochs, flush: null })
    for (const node of nodes) expect((await node.read(tokenHash)).text).toBeNull()
  })
})

describe('copies in a Redis that does not answer', () => {
  it('are none within the patience, whatever is asked, until it answers again', async () => {
    const { nodes, epochs } = await house()
    await untilBelieved({ nodes, epochs, flush: null })
    for (let round = 0; round < 3; round++) {
      redis.pause()
      const began = performance.now()
      const found = await Promise.all(nodes.flatMap((node) => Array.from({ length: 20 }, () => node.read(randomUUID()))))
      expect(performance.now() - began).toBeLessThan(FAR_TOO_LONG_MS)
      expect(found.filter(({ text }) => text !== null)).toEqual([])
      expect(nodes.map((node) => node.trusted())).toEqual([false, false])
      for (const node of nodes) {
        const asked = performance.now()
        await node.raise([{ accountId: account, version: 2 }])
        await node.adopt(await epochs.next())
        expect(performance.now() - asked).toBeLessThan(FAR_TOO_LONG_MS)
      }
      redis.resume()
      await untilBelieved({ nodes, epochs, flush: null })
    }
  })

  it('count for nothing if the raise came late: the node that raised begins another epoch', async () => {
    const { nodes, epochs } = await house()
    const [node] = nodes
    await untilBelieved({ nodes, epochs, flush: null })
    const tokenHash = randomUUID()
    node.write(tokenHash, { accountId: account, version: 1, text: 'live' }, (await node.read(tokenHash)).epoch)
    await expect.poll(async () => (await node.read(tokenHash)).text).toBe('live')
    redis.pause()
    await node.raise([{ accountId: account, version: 2 }])
    expect((await node.read(tokenHash)).text).toBeNull()
    redis.resume()
    await untilBelieved({ nodes, epochs, flush: null })
    for (const one of nodes) expect((await one.read(tokenHash)).text).toBeNull()
  })

  it('refuse a write that arrives long after its time', async () => {
    const [{ epochs }, prefix, door] = [epochCounter(), `gatehouse-test:${randomUUID()}`, await openDoor(redis.url)]
    const [{ node: slow }, { node: other }] = [await opened(prefix, epochs, door.url), await opened(prefix, epochs)]
    const nodes = [slow, other] as const
    for (const flushes of [false, true]) {
      await untilBelieved({ nodes, epochs, flush: null })
      const tokenHash = randomUUID()
      const { epoch } = await slow.read(tokenHash)
      door.holdFrom((bytes) => bytes.includes('resurrected'))
      slow.write(tokenHash, { accountId: account, version: 8, text: 'resurrected' }, epoch)
      await expect.poll(door.isHolding).toBe(true)
      await other.raise([{ accountId: account, version: 9 }])
      if (flushes) await redis.admin.flushall()
      door.release()
      for (let check = 0; check < 20; check++) for (const node of nodes) expect((await node.read(tokenHash)).text).toBeNull()
      await untilBelieved({ nodes, epochs, flush: null })
      for (const node of nodes) expect((await node.read(tokenHash)).text).toBeNull()
    }
    for (const node of nodes) await node.close()
    await door.shut()
  })
})

describe('copies in a Redis that went away', () => {
  it('are believed again by themselves, none from before, and it is said once each time', async () => {
    const { epochs } = epochCounter()
    const { node, lines } = await opened(`gatehouse-test:${randomUUID()}`, epochs)
    const nodes = [node, node] as const
    for (let round = 1; round <= 3; round++) {
      await untilBelieved({ nodes, epochs, flush: null })
      const [tokenHash, { epoch }] = [randomUUID(), await node.read('none')]
      node.write(tokenHash, { accountId: account, version: 1, text: 'live' }, epoch)
      await expect.poll(async () => (await node.read(tokenHash)).text).toBe('live')
      const backInTime = await redis.picture()
      await backInTime()
      expect((await node.read(tokenHash)).text).toBeNull()
      await untilBelieved({ nodes, epochs, flush: null })
      expect(await node.read(tokenHash)).toEqual({ text: null, epoch: expect.any(Number) })
      expect((await node.read(tokenHash)).epoch).toBeGreaterThan(epoch)
    }
    expect(lines.filter(({ level }) => level === 'warn').length).toBeGreaterThanOrEqual(3)
  })

  it('open without it, and are there as soon as it is', async () => {
    await redis.kill()
    const { epochs } = epochCounter()
    const { node } = await opened(`gatehouse-test:${randomUUID()}`, epochs)
    expect(node.trusted()).toBe(false)
    expect(await node.read(randomUUID())).toEqual({ text: null, epoch: 0 })
    await node.raise([{ accountId: account, version: 2 }])
    await redis.start()
    await untilBelieved({ nodes: [node, node], epochs, flush: null })
  })
})

describe('an epoch that is heard of while another begins', () => {
  it('is not lost to the earlier one', async () => {
    const { epochs, reached } = epochCounter()
    let hear: (epoch: number) => Promise<void> = async () => undefined
    const { node } = await opened(`gatehouse-test:${randomUUID()}`, {
      current: epochs.current,
      next: async () => {
        const begun = await epochs.next()
        // on its way to Redis when the later one is heard of
        process.nextTick(() => void epochs.next().then(hear))
        return begun
      },
    })
    await untilBelieved({ nodes: [node, node], epochs, flush: null })
    const before = reached() + 1
    hear = node.adopt
    await redis.cut('gatehouse-copies')
    await expect.poll(() => reached() > before && node.trusted(), { interval: 5 }).toBe(true)
    expect((await node.read(randomUUID())).epoch).toBe(reached())
  })
})
