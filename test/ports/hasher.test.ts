import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { DomainError } from '../../src/kernel/errors.ts'
import { HASH_QUEUE, HASHING } from '../../src/policy/bounds.ts'
import { argon2Of, type Pepper, referenceArgon2, rustArgon2 } from '../../src/ports/hasher/argon2.ts'
import { type HashParameters, openHasher } from '../../src/ports/hasher/index.ts'
import { argon2Contract } from './hasher.contract.ts'

const CHEAP = { memoryKiB: 8, iterations: 1, parallelism: 1 }

argon2Contract('@node-rs/argon2', rustArgon2)
argon2Contract('argon2', referenceArgon2)

const pepper = (id: string): Pepper => ({ id, key: createHash('sha256').update(id).digest() })

/** What a hasher said in the log. */
const listen = () => {
  const said: string[] = []
  const say = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void said.push(`${level}: ${message} ${JSON.stringify(fields)}`)
  return { said, log: { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') } }
}

type Wish = Partial<Parameters<typeof openHasher>[0]>

/** A hasher at a price that can be changed. */
const opened = async (price: HashParameters = CHEAP, wish: Wish = {}) => {
  const inForce = { price }
  const { said, log } = listen()
  const hasher = await openHasher({
    random: randomBytes,
    log,
    parameters: async () => inForce.price,
    peppers: [],
    capacity: { threads: 1, memoryKiB: 1_048_576 },
    ...wish,
  })
  const change = (to: HashParameters): void => {
    inForce.price = to
  }
  return { ...hasher, said, change }
}

describe('the two bindings of Argon2', () => {
  it('make the same hash, with and without a pepper, and each verifies the other’s', async () => {
    const [rust, reference] = [await rustArgon2(), await referenceArgon2()]
    for (const parameters of [CHEAP, { memoryKiB: 64, iterations: 2, parallelism: 2 }])
      for (const secret of [null, pepper('a')]) {
        const salt = randomBytes(16)
        const [a, b] = [
          await rust.hash('password', salt, parameters, secret),
          await reference.hash('password', salt, parameters, secret),
        ]
        expect(a).toBe(b)
        const each = (password: string) =>
          Promise.all([rust.verify(b, password, secret?.key), reference.verify(a, password, secret?.key)])
        expect(await each('password')).toEqual([true, true])
        expect(await each('Password')).toEqual([false, false])
      }
  })
})

describe('the hasher', () => {
  it('salts with 16 bytes of the random source, another for each hash', async () => {
    const hasher = await opened()
    const hashes = await Promise.all(Array.from({ length: 20 }, () => hasher.hash('password')))
    const salts = hashes.map((encoded) => Buffer.from(encoded.split('$')[4] ?? '', 'base64'))
    expect(salts.every((salt) => salt.length === 16)).toBe(true)
    expect(new Set(hashes).size).toBe(20)
    for (const encoded of hashes.slice(0, 3)) expect(await hasher.verify(encoded, 'password')).toBe(true)
  })

  it('hashes with the parameters of the moment, and verifies what other ones made', async () => {
    const hasher = await opened(HASHING)
    const before = await hasher.hash('password')
    expect(before).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await hasher.isOutdated(before)).toBe(false)
    hasher.change({ memoryKiB: 64, iterations: 3, parallelism: 2 })
    const after = await hasher.hash('password')
    expect(after).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=2\$/)
    expect([await hasher.isOutdated(before), await hasher.isOutdated(after)]).toEqual([true, false])
    for (const encoded of [before, after])
      expect([await hasher.verify(encoded, 'password'), await hasher.verify(encoded, 'passwort')]).toEqual([true, false])
  })

  it('calls outdated whatever would be made otherwise now, and nothing else', async () => {
    const [hasher, plain] = [await opened(CHEAP, { peppers: [pepper('new'), pepper('old')] }), await opened()]
    const old = await opened(CHEAP, { peppers: [pepper('old')] })
    const own = await hasher.hash('password')
    const outdated = [await plain.hash('password'), await old.hash('password'), '', '$2b$10$', `${own}A`, own.replace('id', 'i')]
    for (const encoded of outdated) expect(await hasher.isOutdated(encoded), encoded).toBe(true)
    expect(await hasher.isOutdated(own)).toBe(false)
    const { head, length, keyids } = await hasher.form()
    expect([own.startsWith(head), own.length === length, keyids]).toEqual([true, true, ['bmV3', 'b2xk']])
  })

  it('writes with the first pepper, reads with all of them, and reads what has none', async () => {
    const made = await Promise.all(
      [[], [pepper('old')], [pepper('new'), pepper('old')]].map(async (peppers) => (await opened(CHEAP, { peppers })).hash('p')),
    )
    expect(made.map((encoded) => /keyid=(\w+)/.exec(encoded)?.[1] ?? null)).toEqual([null, 'b2xk', 'bmV3'])
    const all = await opened(CHEAP, { peppers: [pepper('new'), pepper('old')] })
    for (const encoded of made) expect([await all.verify(encoded, 'p'), await all.verify(encoded, 'q')]).toEqual([true, false])
    expect(all.load().unjudged).toBe(0)
    const none = await opened(CHEAP, { peppers: [null, pepper('new'), pepper('old')] })
    expect(await none.hash('p')).toContain('p=1$')
    expect(await Promise.all(made.map((encoded) => none.verify(encoded, 'p')))).toEqual([true, true, true])
    expect(await Promise.all(made.map(none.isOutdated))).toEqual([false, true, true])
    expect(all.said).toEqual([])
  })

  it('takes no password for right without the pepper, not even with another of the same id, and says so once for each', async () => {
    const peppered = await (await opened(CHEAP, { peppers: [pepper('old')] })).hash('password')
    const impostor = await opened(CHEAP, { peppers: [{ id: 'old', key: randomBytes(32) }] })
    expect(await impostor.verify(peppered, 'password')).toBe(false)
    const without = await opened(CHEAP, { peppers: [pepper('new')] })
    for (const password of ['password', 'password', 'wrong']) expect(await without.verify(peppered, password)).toBe(false)
    expect(without.load().unjudged).toBe(3)
    expect(without.said).toEqual(['error: a password hash needs a pepper that PASSWORD_PEPPERS does not list {"pepper":"old"}'])
  })

  it('says once when one hash takes more than all may take together', async () => {
    const hasher = await opened(CHEAP, { capacity: { threads: 4, memoryKiB: 7 } })
    for (const _ of [1, 2]) await hasher.hash('password')
    expect(hasher.said).toEqual(['warn: one password hash takes more than all may together {"memoryKiB":8,"shareKiB":7}'])
  })

  it('lets 64 wait, and tells the next one when to come back', async () => {
    const hasher = await opened()
    const accepted = Array.from({ length: 1 + HASH_QUEUE }, () => hasher.hash('password'))
    const refusal = await hasher.verify(null, 'password').catch((error: unknown) => error)
    expect(hasher.load()).toMatchObject({ running: 1, waiting: HASH_QUEUE })
    expect(refusal).toBeInstanceOf(DomainError)
    expect(refusal).toMatchObject({ code: 'SERVICE_UNAVAILABLE', data: { retryAfterSeconds: expect.any(Number) } })
    expect((refusal as DomainError).data.retryAfterSeconds).toBeGreaterThanOrEqual(1) // its class was just proven
    expect(await hasher.hashLast('password'), 'what can wait is dropped').toBeNull()
    expect(new Set(await Promise.all(accepted)).size).toBe(1 + HASH_QUEUE)
    expect(hasher.load()).toMatchObject({ running: 0, waiting: 0 })
    expect(await hasher.verify((await hasher.hashLast('password')) ?? '', 'password')).toBe(true)
  })
})

describe('the cost of a wrong password', () => {
  const PRICE = { memoryKiB: 19_456, iterations: 2, parallelism: 1 }

  /** A hasher whose time is counted in memory times passes instead of taken. */
  const counted = async (peppers: readonly Pepper[] = []) => {
    let time = 0
    const argon2 = argon2Of('counted', async (password, { memoryKiB, iterations, salt }) => {
      time += memoryKiB * iterations
      return createHash('sha256').update(salt).update(password).digest()
    })
    const hasher = await opened(PRICE, { argon2, now: () => time, peppers })
    const cost = async (encoded: string | null, password: string): Promise<number> => {
      const before = time
      await hasher.verify(encoded, password)
      return time - before
    }
    /** Made elsewhere, at another price. */
    const madeAt = async (price: HashParameters): Promise<string> => (await opened(price, { argon2 })).hash('password')
    return { ...hasher, cost, madeAt }
  }

  const WHOLE = PRICE.memoryKiB * PRICE.iterations

  it('is that of one hash at the present price, whatever is stored, if anything is', async () => {
    const [hasher, elsewhere] = [await counted(), await counted([pepper('unknown')])]
    const current = await hasher.hash('password')
    expect(await hasher.cost(current, 'wrong')).toBe(WHOLE)
    for (const nothing of [null, '', 'not a hash', '$2b$10$abcdefghijklmnopqrstuv', await elsewhere.hash('password')])
      expect(await hasher.cost(nothing, 'password'), String(nothing)).toBe(WHOLE)
    for (const cheaper of [
      CHEAP,
      { memoryKiB: 19_456, iterations: 1, parallelism: 1 },
      { memoryKiB: 9_728, iterations: 2, parallelism: 1 },
      { memoryKiB: 12_288, iterations: 3, parallelism: 1 },
      { memoryKiB: 7_168, iterations: 5, parallelism: 4 },
    ])
      expect((await hasher.cost(await hasher.madeAt(cheaper), 'wrong')) / WHOLE, JSON.stringify(cheaper)).toBeCloseTo(1, 3)
  })

  it('is no more for a hash that is dearer than the present price, and none is added for the right password', async () => {
    const hasher = await counted()
    await hasher.hash('password')
    const dear = await hasher.madeAt({ memoryKiB: 65_536, iterations: 3, parallelism: 1 })
    expect(await hasher.cost(dear, 'wrong')).toBe(65_536 * 3)
    expect(await hasher.cost(await hasher.madeAt(CHEAP), 'password')).toBe(8)
  })

  it('is that of a whole hash and the stored one while no other has been made at that price', async () => {
    const hasher = await counted()
    const cheap = await hasher.madeAt(CHEAP)
    expect(await hasher.cost(cheap, 'wrong')).toBe(8 + WHOLE)
    expect((await hasher.cost(cheap, 'wrong')) / WHOLE).toBeCloseTo(1, 3)
  })

  it('is the dummy’s also for the password of the dummy', async () => {
    const hasher = await opened(CHEAP, { random: (bytes) => Buffer.alloc(bytes, 1) })
    for (const password of ['', '01'.repeat(32)]) expect(await hasher.verify(null, password)).toBe(false)
  })
})
