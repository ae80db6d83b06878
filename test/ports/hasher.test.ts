import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { DomainError } from '../../src/kernel/errors.ts'
import { HASH_QUEUE } from '../../src/policy/bounds.ts'
import { referenceArgon2, rustArgon2 } from '../../src/ports/hasher/argon2.ts'
import { openGate } from '../../src/ports/hasher/gate.ts'
import { openHasher } from '../../src/ports/hasher/index.ts'
import { argon2Contract } from './hasher.contract.ts'

const CHEAP = { memoryKiB: 8, iterations: 1, parallelism: 1 }

argon2Contract('@node-rs/argon2', rustArgon2)
argon2Contract('argon2', referenceArgon2)

describe('the two bindings of Argon2', () => {
  it('make the same hash, and each verifies the other’s', async () => {
    const [rust, reference] = [await rustArgon2(), await referenceArgon2()]
    for (const parameters of [CHEAP, { memoryKiB: 64, iterations: 2, parallelism: 2 }]) {
      const salt = randomBytes(16)
      const [a, b] = [await rust.hash('password', salt, parameters), await reference.hash('password', salt, parameters)]
      expect(a).toBe(b)
      expect([await rust.verify(b, 'password'), await reference.verify(a, 'password')]).toEqual([true, true])
      expect([await rust.verify(b, 'Password'), await reference.verify(a, 'Password')]).toEqual([false, false])
    }
  })
})

describe('the hasher', () => {
  it('salts with 16 bytes of the random source, another for each hash', async () => {
    const hasher = await openHasher(randomBytes, 2, CHEAP)
    const hashes = await Promise.all(Array.from({ length: 20 }, () => hasher.hash('password')))
    const salts = hashes.map((encoded) => Buffer.from(encoded.split('$')[4] ?? '', 'base64'))
    expect(salts.every((salt) => salt.length === 16)).toBe(true)
    expect(new Set(hashes).size).toBe(20)
    for (const encoded of hashes.slice(0, 3)) expect(await hasher.verify(encoded, 'password')).toBe(true)
  })

  it('runs at full price as the policy says, and verifies what an older price made', async () => {
    const hasher = await openHasher(randomBytes, 1)
    const encoded = await hasher.hash('password')
    expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await hasher.verify(encoded, 'password')).toBe(true)
    expect(await hasher.verify(encoded, 'passwort')).toBe(false)
    const cheap = await openHasher(randomBytes, 1, CHEAP)
    expect(await hasher.verify(await cheap.hash('password'), 'password')).toBe(true)
  })

  it('answers false where there is no hash, after as much work, even for the password of the dummy', async () => {
    const fixed = (bytes: number) => Buffer.alloc(bytes, 1)
    const hasher = await openHasher(fixed, 1, CHEAP)
    const verifying = hasher.verify(null, fixed(32).toString('hex'))
    expect(hasher.load()).toEqual({ running: 1, waiting: 0 })
    expect(await verifying).toBe(false)
    expect(await hasher.verify('not a hash', 'password')).toBe(false)
  })

  it('lets 64 wait, and tells the next one when to come back', async () => {
    const hasher = await openHasher(randomBytes, 1, CHEAP)
    const accepted = Array.from({ length: 1 + HASH_QUEUE }, () => hasher.hash('password'))
    expect(hasher.load()).toEqual({ running: 1, waiting: HASH_QUEUE })
    const refusal = await hasher.verify(null, 'password').catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(DomainError)
    expect(refusal).toMatchObject({ code: 'SERVICE_UNAVAILABLE', data: { retryAfterSeconds: expect.any(Number) } })
    expect((refusal as DomainError).data.retryAfterSeconds).toBeGreaterThanOrEqual(1) // its class was just proven
    expect(new Set(await Promise.all(accepted)).size).toBe(1 + HASH_QUEUE)
    expect(hasher.load()).toEqual({ running: 0, waiting: 0 })
    expect(await hasher.verify(await hasher.hash('password'), 'password')).toBe(true)
  })
})

describe('the gate', () => {
  /** Jobs that end when they are told to. */
  const jobs = () => {
    const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
    let running = 0
    let most = 0
    const job = (): Promise<void> => {
      most = Math.max(most, ++running)
      return new Promise<void>((resolve, reject) => ends.push({ resolve, reject })).finally(() => running--)
    }
    return { ends, job, most: () => most }
  }

  const full = (retryAfterSeconds: number) => new Error(`come back in ${retryAfterSeconds}`)
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('lets in as many at once as it has slots, and the others in order', async () => {
    const gate = openGate(3, 10, full)
    const { ends, job, most } = jobs()
    const order: number[] = []
    const all = Array.from({ length: 10 }, (_, index) => gate.run(() => job().then(() => void order.push(index))))
    await settle()
    expect(ends).toHaveLength(3)
    expect(gate.load()).toEqual({ running: 3, waiting: 7 })
    for (let next = 0; next < 10; next++) {
      ends[next]?.resolve()
      await settle()
    }
    await Promise.all(all)
    expect(most()).toBe(3)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(gate.load()).toEqual({ running: 0, waiting: 0 })
  })

  it('frees the slot of a job that fails, also of one that fails before it begins', async () => {
    const gate = openGate(1, 10, full)
    const { ends, job } = jobs()
    const failing = gate.run(job)
    const throwing = gate.run(() => {
      throw new Error('at once')
    })
    const last = gate.run(async () => 'served')
    const outcomes = Promise.allSettled([failing, throwing, last])
    await settle()
    ends[0]?.reject(new Error('broken'))
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: new Error('broken') },
      { status: 'rejected', reason: new Error('at once') },
      { status: 'fulfilled', value: 'served' },
    ])
    expect(gate.load()).toEqual({ running: 0, waiting: 0 })
  })

  it('refuses whoever finds the line full, at once, and takes the next when there is room', async () => {
    const gate = openGate(1, 2, full)
    const { ends, job } = jobs()
    const taken = [gate.run(job), gate.run(job), gate.run(job)]
    await expect(gate.run(job)).rejects.toThrow('come back in 1')
    expect(gate.load()).toEqual({ running: 1, waiting: 2 })
    await settle()
    ends[0]?.resolve()
    await taken[0]
    taken.push(gate.run(job))
    for (const next of [1, 2, 3]) {
      await settle()
      ends[next]?.resolve()
    }
    await Promise.all(taken)
    expect(gate.load()).toEqual({ running: 0, waiting: 0 })
  })
})
