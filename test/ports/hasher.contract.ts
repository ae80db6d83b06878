/** What every binding of Argon2 promises, so that a hash made with one is good with the other. */
import { describe, expect, it } from 'vitest'
import type { Argon2 } from '../../src/ports/hasher/index.ts'

const CHEAP = { memoryKiB: 8, iterations: 1, parallelism: 1 }
const SALT = Buffer.from('0123456789abcdef')

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

    it('takes a password of any length, the empty one too', async () => {
      const argon2 = await open()
      for (const password of ['', 'x'.repeat(4_096)])
        expect(await argon2.verify(await argon2.hash(password, SALT, CHEAP), password)).toBe(true)
    })

    it.each(['', 'password', '$argon2id$', '$argon2id$v=19$m=8,t=1,p=1$$', '$2b$10$abcdefghijklmnopqrstuv'])(
      'answers false for %j, which is no hash',
      async (encoded) => expect(await (await open()).verify(encoded, 'password')).toBe(false),
    )
  })
}
