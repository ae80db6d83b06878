/**
 * What every store of copies promises: whatever a slow writer does, in whatever order, no copy of an older version or
 * epoch is read once the change is committed.
 */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Copies, Epochs } from '../../src/ports/copies/index.ts'
import { ACCOUNT_ID_LENGTH } from '../../src/ports/copies/scripts.ts'

/** What PostgreSQL says of epochs, for all nodes. */
export const epochCounter = () => {
  let reached = 1
  const epochs: Epochs = { current: async () => reached, next: async () => ++reached }
  return { epochs, reached: () => reached }
}

export type House = Readonly<{
  /** Two on the same store, or the one there is, twice. */
  nodes: readonly [Copies, Copies]
  epochs: Epochs
  /** Empties the store behind everybody's back; null where that cannot be. */
  flush: (() => Promise<void>) | null
}>

const newAccount = (): string => randomUUID().slice(0, ACCOUNT_ID_LENGTH)

/** Every order of the steps of several threads, each thread's own order kept. */
const interleavings = (lengths: readonly number[]): readonly (readonly number[])[] => {
  const found: number[][] = []
  const extend = (order: readonly number[], left: readonly number[]): void => {
    if (left.every((count) => count === 0)) found.push([...order])
    for (const [thread, count] of left.entries())
      if (count > 0)
        extend(
          [...order, thread],
          left.map((other, index) => (index === thread ? other - 1 : other)),
        )
  }
  extend([], lengths)
  return found
}

/** Waits until a node keeps a copy and every node believes it: all doubts are over. */
export const untilBelieved = async ({ nodes }: House): Promise<void> => {
  const [tokenHash, accountId] = [randomUUID(), newAccount()]
  const everyoneReads = async (): Promise<boolean> => {
    for (const node of nodes) node.write(tokenHash, { accountId, version: 1, text: 'live' }, (await node.read(tokenHash)).epoch)
    for (const node of nodes) if ((await node.read(tokenHash)).text !== 'live') return false
    return true
  }
  await expect.poll(everyoneReads, { timeout: 20_000, interval: 2 }).toBe(true)
}

type Kind = 'write' | 'change' | 'epoch' | 'flush'

/** One history: a slow writer, a change of the account, a new epoch and a flush, a step at a time in the given order. */
const play = async (house: House, kinds: readonly Kind[], order: readonly number[]): Promise<string | null> => {
  const [writer, other] = house.nodes
  const [tokenHash, accountId] = [randomUUID(), newAccount()]
  let [version, asked, readVersion, begun] = [1, 0, 0, 0]
  let isAnswered = false
  const raise = (): Promise<void> => other.raise([{ accountId, version: 2 }])
  const steps: Record<Kind, (() => unknown)[]> = {
    write: [
      async () => {
        asked = (await writer.read(tokenHash)).epoch
      },
      () => {
        readVersion = version
      },
      () => writer.write(tokenHash, { accountId, version: readVersion, text: String(readVersion) }, asked),
    ],
    change: [
      raise,
      () => {
        version = 2
      },
      async () => {
        await raise()
        isAnswered = true
      },
    ],
    epoch: [
      async () => {
        begun = await house.epochs.next()
        await writer.adopt(begun)
      },
      () => other.adopt(begun),
    ],
    flush: [() => house.flush?.()],
  }
  const threads = kinds.map((kind) => [...steps[kind]])
  /** From the commit on; if the store forgot the raise before it, from the raise after it on, which the caller waits for. */
  const isStale = (text: string): boolean => text !== String(version) && (isAnswered || version === 1 || !kinds.includes('flush'))
  const stale = async (): Promise<boolean> => {
    for (const node of house.nodes) {
      const { text } = await node.read(tokenHash)
      if (text !== null && isStale(text)) return true
    }
    return false
  }
  for (const thread of order) {
    await threads[thread]?.shift()?.()
    if (await stale()) return `stale in ${order.map((at) => kinds[at]).join(' ')}`
  }
  if (kinds.includes('flush')) await untilBelieved(house)
  return (await stale()) ? `stale in the end of ${order.map((at) => kinds[at]).join(' ')}` : null
}

const LENGTHS: Record<Kind, number> = { write: 3, change: 3, epoch: 2, flush: 1 }

/** @param histories what happens in them, each played in every order. */
export const neverStale = (open: () => Promise<House>, histories: readonly (readonly Kind[])[]): void => {
  it.each(histories.map((kinds) => ({ kinds, what: kinds.join(', ') })))(
    'are never stale, in any order of $what',
    { timeout: 120_000 },
    async ({ kinds }) => {
      const house = await open()
      await untilBelieved(house)
      const orders = interleavings(kinds.map((kind) => LENGTHS[kind]))
      // the longest ones are many: every fifth of them, which falls everywhere
      const played = orders.length > 2_000 ? orders.filter((_, index) => index % 5 === 0) : orders
      expect(played.length).toBeGreaterThan(3)
      const problems: string[] = []
      for (const order of played) {
        const problem = await play(house, kinds, order)
        if (problem !== null) problems.push(problem)
      }
      expect(problems).toEqual([])
    },
  )
}

/** @param open gives nodes on a store of their own. */
export const copiesContract = (name: string, open: () => Promise<House>): void => {
  describe(`copies ${name}`, () => {
    const kept = async ({ nodes: [node] }: House, version: number, accountId = newAccount(), tokenHash = randomUUID()) => {
      node.write(tokenHash, { accountId, version, text: `of ${version}` }, (await node.read(tokenHash)).epoch)
      await expect.poll(async () => (await node.read(tokenHash)).text, { interval: 1 }).toBe(`of ${version}`)
      return { accountId, tokenHash }
    }

    it('give back what was kept, whatever is in it, on every node, and nothing under another hash', async () => {
      const house = await open()
      const [node, other] = house.nodes
      const [tokenHash, accountId, text] = [randomUUID(), newAccount(), 'a|b|"é😀\n\0']
      expect((await node.read(tokenHash)).text).toBeNull()
      await untilBelieved(house)
      node.write(tokenHash, { accountId, version: 7, text }, (await node.read(tokenHash)).epoch)
      await expect.poll(async () => (await other.read(tokenHash)).text).toBe(text)
      expect((await node.read(randomUUID())).text).toBeNull()
    })

    it('count for nothing from the raise on, for that account only, and a version never goes back', async () => {
      const house = await open()
      await untilBelieved(house)
      const [node, other] = house.nodes
      const [mine, same, foreign] = [await kept(house, 5), await kept(house, 5), await kept(house, 5)]
      await other.raise([{ accountId: mine.accountId, version: 6 }])
      await other.raise([{ accountId: mine.accountId, version: 4 }])
      await other.raise([{ accountId: same.accountId, version: 5 }])
      await other.raise([])
      expect((await node.read(mine.tokenHash)).text).toBeNull()
      expect((await node.read(same.tokenHash)).text).toBe('of 5')
      expect((await node.read(foreign.tokenHash)).text).toBe('of 5')
      const { epoch } = await node.read(mine.tokenHash)
      for (const version of [1, 4, 5])
        node.write(mine.tokenHash, { accountId: mine.accountId, version, text: 'from the past' }, epoch)
      expect((await node.read(mine.tokenHash)).text).toBeNull()
      await kept(house, 6, mine.accountId, mine.tokenHash)
      expect((await other.read(mine.tokenHash)).text).toBe('of 6')
    })

    it('of another epoch count for nothing, and its writers are refused; an epoch never goes back', async () => {
      const house = await open()
      await untilBelieved(house)
      const [node, other] = house.nodes
      const { accountId, tokenHash } = await kept(house, 1)
      const before = (await node.read(tokenHash)).epoch
      const next = await house.epochs.next()
      for (const one of house.nodes) await one.adopt(next)
      for (const one of house.nodes) await one.adopt(before)
      for (const one of house.nodes) expect(await one.read(tokenHash)).toEqual({ text: null, epoch: next })
      for (const wrong of [before, next + 1, 0, -1, Number.NaN])
        node.write(tokenHash, { accountId, version: 1, text: 'from another epoch' }, wrong)
      expect((await node.read(tokenHash)).text).toBeNull()
      await kept(house, 1, accountId, tokenHash)
      expect((await other.read(tokenHash)).text).toBe('of 1')
    })

    it('of a node that is in doubt count for nothing, then or later, until they are kept anew', async () => {
      const house = await open()
      await untilBelieved(house)
      const [node] = house.nodes
      const { accountId, tokenHash } = await kept(house, 1)
      node.distrust('somebody says so')
      expect((await node.read(tokenHash)).text).toBeNull()
      await untilBelieved(house)
      expect((await node.read(tokenHash)).text).toBeNull()
      await kept(house, 1, accountId, tokenHash)
    })

    neverStale(open, [
      ['write', 'change'],
      ['write', 'epoch'],
      ['write', 'change', 'epoch'],
    ])
  })
}
