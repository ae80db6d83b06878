import { describe, expect, it } from 'vitest'
import { coalesced } from '../../src/kernel/coalesce.ts'

/** Work that ends when it is told to, and remembers how often it began and how often at once. */
const work = () => {
  const runs: { resolve: () => void; reject: (error: Error) => void }[] = []
  let running = 0
  let most = 0
  return {
    runs,
    most: () => most,
    run: (): Promise<void> => {
      most = Math.max(most, ++running)
      return new Promise<void>((resolve, reject) => runs.push({ resolve, reject })).finally(() => running--)
    },
  }
}

/** Lets everything that is ready to go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('coalesced calls', () => {
  it('begin at once when nothing runs', async () => {
    const { runs, run } = work()
    const call = coalesced(run)
    const first = call()
    expect(runs).toHaveLength(1)
    runs[0]?.resolve()
    await first
    call()
    expect(runs).toHaveLength(2)
  })

  it('share one run that begins after them, so that a storm costs two', async () => {
    const { runs, run, most } = work()
    const call = coalesced(run)
    const done: number[] = []
    const calls = Array.from({ length: 100 }, (_, index) => call().then(() => done.push(index)))
    runs[0]?.resolve()
    await settle()
    expect(done).toEqual([0])
    expect(runs).toHaveLength(2)
    runs[1]?.resolve()
    await Promise.all(calls)
    expect(done).toHaveLength(100)
    await settle()
    expect(runs).toHaveLength(2)
    expect(most()).toBe(1)
  })

  it('never run twice at once, whenever between the end of one run and the beginning of the next they come', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { runs, run, most } = work()
      const call = coalesced(run)
      const calls = [call(), call()]
      runs[0]?.resolve()
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      calls.push(call())
      await settle()
      expect(most()).toBe(1)
      for (const { resolve } of runs) resolve()
      await settle()
      for (const { resolve } of runs) resolve()
      await Promise.all(calls)
    }
  })

  it('fail as the run they waited for, which does not disturb the next', async () => {
    const { runs, run } = work()
    const call = coalesced(run)
    const [first, second] = [call(), call()]
    runs[0]?.reject(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    await settle()
    runs[1]?.resolve()
    await expect(second).resolves.toBeUndefined()
    const third = call()
    runs[2]?.reject(new Error('again'))
    await expect(third).rejects.toThrow('again')
  })
})
