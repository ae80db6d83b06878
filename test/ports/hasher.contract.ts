/** What every binding of Argon2 promises, so that a hash made with one is good with the other. */
import { describe, expect, it } from 'vitest'
import type { Argon2 } from '../../src/ports/hasher/argon2.ts'

const CHEAP = { memoryKiB: 8, iterations: 1, parallelism: 1 }
const SALT = Buffer.from('0123456789abcdef')
const PEPPER = { id: '2026-11', key: Buffer.alloc(32, 7) }

/** Of the test of the reference implementation (phc-winner-argon2, src/test.c). */
const FOREIGN = [
  '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
  '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY',
]

export const argon2Contract = (name: string, open: () => Promise<Argon2>): void => {
  describe(`Argon2 as ${name}`, () => {
    it('gives a PHC string with its parameters in the order m, t, p', async () => {
      const argon2 = await open()
      const encoded = await argon2.hash('password', SALT, { memoryKiB: 64, iterations: 3, parallelism: 2 })
      expect(encoded).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=2\$MDEyMzQ1Njc4OWFiY2RlZg\$[A-Za-z0-9+/]{43}$/)
      expect(argon2.name).toBe(name)
    })

    it('verifies what it hashed and nothing else', async () => {
      const argon2 = await open()
      const encoded = await argon2.hash('pässwörd 😀', SALT, CHEAP)
      expect(await argon2.verify(encoded, 'pässwörd 😀')).toBe(true)
      for (const wrong of ['', 'pässwörd', 'pässwörd 😀 ', 'Pässwörd 😀', encoded])
        expect(await argon2.verify(encoded, wrong)).toBe(false)
      expect(await argon2.hash('pässwörd 😀', SALT, CHEAP)).toBe(encoded)
      expect(await argon2.hash('pässwörd 😀', Buffer.from('fedcba9876543210'), CHEAP)).not.toBe(encoded)
    })

    it('puts the id of a pepper behind m, t, p and its key into the hash', async () => {
      const argon2 = await open()
      const [plain, peppered] = [await argon2.hash('p', SALT, CHEAP), await argon2.hash('p', SALT, CHEAP, PEPPER)]
      expect(peppered).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1,keyid=MjAyNi0xMQ\$MDEyMzQ1Njc4OWFiY2RlZg\$[A-Za-z0-9+/]{43}$/)
      expect(peppered.slice(-43)).not.toBe(plain.slice(-43))
      expect(await argon2.verify(peppered, 'p', PEPPER.key)).toBe(true)
      expect(await argon2.verify(peppered, 'q', PEPPER.key)).toBe(false)
      expect(await argon2.verify(peppered, 'p')).toBe(false)
      expect(await argon2.verify(peppered, 'p', Buffer.alloc(32, 8))).toBe(false)
      expect(await argon2.verify(plain, 'p', PEPPER.key)).toBe(false)
    })

    it('takes a password of any length, the empty one too', async () => {
      const argon2 = await open()
      for (const password of ['', 'x'.repeat(4_096)])
        expect(await argon2.verify(await argon2.hash(password, SALT, CHEAP), password)).toBe(true)
    })

    it.each(FOREIGN)('verifies %s, of the reference implementation', async (encoded) => {
      const argon2 = await open()
      expect(await argon2.verify(encoded, 'password')).toBe(true)
      expect(await argon2.verify(encoded, 'passwort')).toBe(false)
    })

    it.each(['', 'password', '$argon2id$', '$argon2id$v=19$m=8,t=1,p=1$$', '$2b$10$abcdefghijklmnopqrstuv'])(
      'answers false for %j, which is no hash',
      async (encoded) => expect(await (await open()).verify(encoded, 'password')).toBe(false),
    )
  })
}
