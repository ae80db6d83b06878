/** What holds of the policy of passwords for anything: by chance, and by the clock. The examples stand in files of their own. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDictionary } from '../../src/policy/dictionary.ts'
import { foldCase } from '../../src/policy/folding.ts'
import { normalisePassword } from '../../src/policy/passwords.ts'
import { type Person, personalSourcesIn, personalTokensOf } from '../../src/policy/personal.ts'
import { strengthOf } from '../../src/policy/strength.ts'
import { quickest } from '../support/quickest.ts'

const NOBODY: Person = { name: null, email: null, phone: null }

/** What of the person a password holds. */
const heldIn = (password: string, person: Partial<Person>) =>
  personalSourcesIn(password, personalTokensOf([{ ...NOBODY, ...person }]))

const strengthAlone = (password: string) => strengthOf(password, openDictionary(['password', 'dragon']), [])
const powerOf = (password: string) => strengthAlone(password).power
const scoreOf = (password: string) => strengthAlone(password).score

describe('a password', () => {
  it('is normal once it was normalised', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => normalisePassword(normalisePassword(text)) === normalisePassword(text),
      ),
    )
  })
})

describe('a dictionary', () => {
  it('answers as a map would, for any list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 2 }), { maxLength: 60 }),
        fc.array(fc.string(), { maxLength: 5 }),
        (entries, others) => {
          const { rankOf, size } = openDictionary(entries)
          const folded = [...new Set(entries.map(foldCase))]
          expect(size).toBe(folded.length)
          expect(folded.map(rankOf)).toEqual(folded.map((_, index) => index + 1))
          for (const text of others.map(foldCase))
            expect(rankOf(text)).toBe(folded.includes(text) ? folded.indexOf(text) + 1 : null)
        },
      ),
    )
  })
})

describe('personal data', () => {
  it('are always found when they are in it, whatever stands around them and between', () => {
    const part = fc.stringMatching(/^[a-z]{2,8}$/)
    const separator = fc.constantFrom('', '.', '-', ' ', '_', '!')
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), separator, fc.string(), fc.string(), (parts, between, a, b) => {
        // what stands next to it may be a mark, which belongs to the letter before it
        const password = `${a.replace(/\p{M}/gu, '')} ${parts.join(between).toUpperCase()} ${b.replace(/\p{M}/gu, '')}`
        return heldIn(password, { name: parts.join(' ') }).includes('name')
      }),
    )
  })

  it('refuse fewer than 1 of 10,000 random passwords', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const people = fc.sample(
      fc.record({
        name: fc.array(fc.stringMatching(/^[A-Z][a-z]{1,9}$/), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' ')),
        email: fc
          .tuple(fc.stringMatching(/^[a-z]{3,9}\.[a-z]{3,9}$/), fc.stringMatching(/^[a-z]{4,9}$/))
          .map(([a, b]) => `${a}@${b}.com`),
        phone: fc.stringMatching(/^\+49151[0-9]{8}$/),
      }),
      { numRuns: 1_000, seed: 20 },
    )
    let refused = 0
    for (const person of people) {
      const tokens = personalTokensOf([person])
      for (let n = 0; n < 50; n++) {
        const password = [...randomBytes(16)].map((byte) => alphabet.charAt(byte & 63)).join('')
        if (personalSourcesIn(password, tokens).length > 0) refused++
      }
    }
    // 50,000 of them: fewer than five, and by chance about one
    expect(refused).toBeLessThan(5)
  })

  it('cost little, at the longest name and the longest password', () => {
    const person = { name: 'ab '.repeat(42), email: `${'a.b'.repeat(21)}@${'c-d'.repeat(20)}.com`, phone: `+${'1'.repeat(15)}` }
    const password = 'ab'.repeat(128)
    expect(quickest(50, () => personalSourcesIn(password, personalTokensOf([person, person])))).toBeLessThan(5)
  })
})

describe('the strength of a password', () => {
  it('never falls as characters are added that nothing explains, and is never negative', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        const power = powerOf(text)
        return power >= 0 && powerOf(`${text}\u{1f511}`) >= power - 1e-9 && scoreOf(text) >= 0 && scoreOf(text) <= 4
      }),
    )
  })

  it('costs little, whatever is asked', () => {
    const hostile = ['a'.repeat(1_024), 'ab'.repeat(512), '12345678901234567890'.repeat(50), 'ﷺ'.repeat(1_024)]
    for (const password of hostile)
      expect(
        quickest(10, () => void powerOf(password)),
        password.slice(0, 9),
      ).toBeLessThan(25)
  })
})
