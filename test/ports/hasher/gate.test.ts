import { describe, expect, it } from 'vitest'
import { openGate } from '../../../src/ports/hasher/gate.ts'

/** Jobs that end when they are told to, by the name they were given. */
const jobs = () => {
  const ends = new Map<unknown, { resolve: () => void; reject: (error: Error) => void }>()
  let running = 0
  let most = 0
  const job = (name: unknown) => (): Promise<void> => {
    most = Math.max(most, ++running)
    return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject })).finally(() => running--)
  }
  const end = async (name: unknown): Promise<void> => {
    ends.get(name)?.resolve()
    await settle()
  }
  return { ends, job, end, begun: () => [...ends.keys()], most: () => most }
}

const full = (retryAfterSeconds: number) => new Error(`come back in ${retryAfterSeconds}`)
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const LIGHT = { threads: 1, memoryKiB: 1 }
const slots = (threads: number) => ({ threads, memoryKiB: 1_000 })
const IDLE = { running: 0, waiting: 0, behind: 0 }

describe('the gate', () => {
  it('lets in as many at once as it has slots, and the others in order', async () => {
    const gate = openGate(slots(3), 10, full)
    const { job, end, begun, most } = jobs()
    const order: number[] = []
    const all = Array.from({ length: 10 }, (_, index) => gate.run(() => job(index)().then(() => void order.push(index)), LIGHT))
    await settle()
    expect(begun()).toEqual([0, 1, 2])
    expect(gate.load()).toEqual({ running: 3, waiting: 7, behind: 0 })
    for (let next = 0; next < 10; next++) await end(next)
    await Promise.all(all)
    expect(most()).toBe(3)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(gate.load()).toEqual(IDLE)
  })

  it('frees the slot of a job that fails, also of one that fails before it begins', async () => {
    const gate = openGate(slots(1), 10, full)
    const { ends, job } = jobs()
    const failing = gate.run(job('failing'), LIGHT)
    const throwing = gate.run(() => {
      throw new Error('at once')
    }, LIGHT)
    const last = gate.run(async () => 'served', LIGHT)
    const outcomes = Promise.allSettled([failing, throwing, last])
    await settle()
    ends.get('failing')?.reject(new Error('broken'))
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: new Error('broken') },
      { status: 'rejected', reason: new Error('at once') },
      { status: 'fulfilled', value: 'served' },
    ])
    expect(gate.load()).toEqual(IDLE)
  })

  it('refuses whoever finds the line full, at once, and takes the next when there is room', async () => {
    const gate = openGate(slots(1), 2, full)
    const { job, end } = jobs()
    const taken = [1, 2, 3].map((name) => gate.run(job(name), LIGHT))
    await expect(gate.run(job('refused'), LIGHT)).rejects.toThrow('come back in 1')
    expect(gate.load()).toEqual({ running: 1, waiting: 2, behind: 0 })
    await settle()
    await end(1)
    taken.push(gate.run(job(4), LIGHT))
    for (const next of [2, 3, 4]) {
      await settle()
      await end(next)
    }
    await Promise.all(taken)
    expect(gate.load()).toEqual(IDLE)
  })

  it('holds threads and memory to what there is, and lets a single one that needs more run alone', async () => {
    const gate = openGate({ threads: 4, memoryKiB: 100 }, 10, full)
    const { job, end, begun } = jobs()
    const all = [
      gate.run(job('half of the memory'), { threads: 1, memoryKiB: 50 }),
      gate.run(job('the other half'), { threads: 1, memoryKiB: 50 }),
      gate.run(job('no memory left'), { threads: 1, memoryKiB: 1 }),
      gate.run(job('all threads'), { threads: 4, memoryKiB: 1 }),
      gate.run(job('more than there is'), { threads: 16, memoryKiB: 2_000 }),
      gate.run(job('light'), LIGHT),
      gate.run(job('light as well'), LIGHT),
    ]
    await settle()
    expect(begun()).toEqual(['half of the memory', 'the other half'])
    await end('half of the memory')
    expect(begun().slice(2)).toEqual(['no memory left'])
    await end('the other half')
    expect(begun().slice(3), 'three threads are not four').toEqual([])
    await end('no memory left')
    expect(begun().slice(3)).toEqual(['all threads'])
    await end('all threads')
    expect(begun().slice(4)).toEqual(['more than there is'])
    expect(gate.load()).toEqual({ running: 1, waiting: 2, behind: 0 })
    await end('more than there is')
    expect(begun().slice(5)).toEqual(['light', 'light as well'])
    await end('light')
    await end('light as well')
    await Promise.all(all)
  })

  it('passes over whoever has gone by his turn, and counts him no more when the line is full', async () => {
    const gate = openGate(slots(1), 2, full)
    const { job, end, begun } = jobs()
    const gone = new Set<string>()
    const come = (name: string) => gate.run(job(name), LIGHT, () => gone.has(name))
    const first = come('first')
    const leaving = come('leaving').catch((error: Error) => error.message)
    const staying = come('staying')
    await expect(come('too many')).rejects.toThrow('come back')
    gone.add('leaving')
    const late = come('late')
    expect(await leaving).toContain('come back')
    expect(gate.load()).toEqual({ running: 1, waiting: 2, behind: 0 })
    gone.add('staying')
    const ended = staying.catch((error: Error) => error.message)
    await settle()
    await end('first')
    expect(begun()).toEqual(['first', 'late'])
    expect(await ended).toContain('come back')
    await end('late')
    await Promise.all([first, late])
    expect(gate.load()).toEqual(IDLE)
  })

  it('serves behind everybody what can wait, also when they came later', async () => {
    const gate = openGate(slots(1), 2, full)
    const { job, end, begun } = jobs()
    const runs = [
      gate.runLast(job('while nobody is there'), LIGHT),
      gate.runLast(job('can wait'), LIGHT),
      gate.run(job('came later'), LIGHT),
      gate.run(job('came last'), LIGHT),
    ]
    await settle()
    expect(gate.load()).toEqual({ running: 1, waiting: 2, behind: 1 })
    for (const name of ['while nobody is there', 'came later', 'came last', 'can wait']) {
      expect(begun().at(-1)).toBe(name)
      await end(name)
    }
    await Promise.all(runs)
    expect(gate.load()).toEqual(IDLE)
  })

  it('drops what can wait where the line is full, and pushes nobody out for it', async () => {
    const gate = openGate(slots(1), 2, full)
    const { job, end } = jobs()
    const running = gate.run(job('running'), LIGHT)
    const behind = [gate.runLast(job('a'), LIGHT), gate.runLast(job('b'), LIGHT)]
    expect(await gate.runLast(job('c'), LIGHT), 'its own line is full').toBeNull()
    const people = [gate.run(job('d'), LIGHT), gate.run(job('e'), LIGHT)]
    expect(gate.load()).toEqual({ running: 1, waiting: 2, behind: 2 })
    for (const name of ['running', 'd', 'e', 'a', 'b']) {
      await settle()
      await end(name)
    }
    await Promise.all([running, ...people, ...behind])

    const again = gate.run(job('running again'), LIGHT)
    const line = [gate.run(job('f'), LIGHT), gate.run(job('g'), LIGHT)]
    expect(await gate.runLast(job('h'), LIGHT), 'the line of people is full').toBeNull()
    for (const name of ['running again', 'f', 'g']) {
      await settle()
      await end(name)
    }
    await Promise.all([again, ...line])
  })

  it('once closed, finishes what runs and serves the line, and drops what could wait', async () => {
    const gate = openGate(slots(1), 2, full)
    const { job, end } = jobs()
    const running = gate.runLast(() => job('running')().then(() => 'done'), LIGHT)
    const person = gate.run(job('person'), LIGHT)
    const waiting = gate.runLast(job('waiting'), LIGHT)
    gate.close()
    expect(await waiting).toBeNull()
    await end('running')
    expect(await running).toBe('done')
    await end('person')
    await person
    expect(await gate.runLast(job('too late'), LIGHT)).toBeNull()
    expect(gate.load()).toEqual(IDLE)
  })
})
