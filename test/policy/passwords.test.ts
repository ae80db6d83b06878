import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAbsurdlyLong, normalisePassword, suggestionsFor, violationsOf } from '../../src/policy/passwords.ts'

const rulesOf = (password: string) => violationsOf(password).map(({ rule }) => rule)

describe('a password', () => {
  it.each([
    [7, ['TOO_SHORT']],
    [8, []],
    [256, []],
    [257, ['TOO_LONG']],
  ])('of %i characters breaks %j', (length, rules) => {
    expect(rulesOf('x'.repeat(length))).toEqual(rules)
  })

  it('is counted in code points, not in bytes or halves of a character', () => {
    expect(rulesOf('😀'.repeat(7))).toEqual(['TOO_SHORT'])
    expect(rulesOf('😀'.repeat(8))).toEqual([])
    expect(rulesOf('😀'.repeat(256))).toEqual([])
    expect(rulesOf('😀'.repeat(257))).toEqual(['TOO_LONG'])
  })

  it('is counted after NFKC: composed and decomposed are the same, a ligature is its letters', () => {
    expect(normalisePassword('e\u0301')).toBe('é')
    expect(rulesOf('e\u0301'.repeat(7))).toEqual(['TOO_SHORT'])
    expect(rulesOf('ﬃ'.repeat(3))).toEqual([])
    expect(rulesOf('ﷺ'.repeat(15))).toEqual(['TOO_LONG'])
  })

  it('needs no kind of character and refuses none', () => {
    for (const password of ['aaaaaaaa', '        ', '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000', 'пароль-пароль'])
      expect(rulesOf(password), JSON.stringify(password)).toEqual([])
  })

  it('is refused unread past 1,024 characters as typed', () => {
    expect(isAbsurdlyLong('x'.repeat(1_024))).toBe(false)
    expect(isAbsurdlyLong('😀'.repeat(1_024))).toBe(false)
    expect(isAbsurdlyLong('x'.repeat(1_025))).toBe(true)
    expect(isAbsurdlyLong('😀'.repeat(1_025))).toBe(true)
    expect(rulesOf('x'.repeat(1_000_000))).toEqual(['TOO_LONG'])
  })

  it('is normal once it was normalised', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => normalisePassword(normalisePassword(text)) === normalisePassword(text),
      ),
    )
  })

  it('comes with a sentence a rule, and a suggestion only when a rule is broken', () => {
    expect(violationsOf('short')).toEqual([{ rule: 'TOO_SHORT', message: 'Use at least 8 characters.' }])
    expect(suggestionsFor(violationsOf('short'))).toHaveLength(1)
    expect(suggestionsFor([])).toEqual([])
  })
})
