import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { noSoonerThan } from '../../src/kernel/quiet.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** How long work that takes so long keeps its caller waiting, and what it comes to. */
const waited = async (milliseconds: number, fails = false): Promise<readonly [number, string]> => {
  const began = Date.now()
  const answer = noSoonerThan(50, async () => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    if (fails) throw new Error('refused')
    return 'done'
  }).catch((error: Error) => error.message)
  await vi.runAllTimersAsync()
  return [Date.now() - began, await answer]
}

describe('work that must not tell how long it took', () => {
  it('answers alike whatever less than its time it took, and whatever came of it', async () => {
    for (const milliseconds of [0, 3, 49, 50]) {
      expect(await waited(milliseconds)).toEqual([50, 'done'])
      expect(await waited(milliseconds, true)).toEqual([50, 'refused'])
    }
  })

  it('is not delayed where it took longer', async () => {
    expect(await waited(51)).toEqual([51, 'done'])
    expect(await waited(700, true)).toEqual([700, 'refused'])
  })

  it('that fails at once waits as well', async () => {
    const answer = noSoonerThan(50, () => Promise.reject(new Error('refused'))).catch((error: Error) => error.message)
    let isOver = false
    void answer.then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(49)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect([isOver, await answer]).toEqual([true, 'refused'])
  })
})
