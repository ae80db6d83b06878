import { describe, expect, it } from 'vitest'
import { openDictionary } from '../../src/policy/dictionary.ts'
import { personalTokensOf } from '../../src/policy/personal.ts'
import { strengthOf } from '../../src/policy/strength.ts'

const LIST = Array.from({ length: 1_000 }, (_, index) => `filler${index}`)
const DICTIONARY = openDictionary(['password', 'dragon', ...LIST, 'horse', 'battery', 'correct'])
const TOKENS = personalTokensOf([{ name: 'Lovelace', email: null, phone: null }])

const powerOf = (password: string) => strengthOf(password, DICTIONARY, TOKENS).power
const scoreOf = (password: string) => strengthOf(password, DICTIONARY, TOKENS).score
const suggested = (password: string) => strengthOf(password, DICTIONARY, TOKENS).suggestions

describe('the strength of a password', () => {
  it.each([
    ['', 0, 0],
    ['k', 1, 0],
    ['ж', 2, 0],
    ['\u007f', 1, 0],
    ['\u0080', 2, 0],
    ['kzpqmwxv', 8, 3],
    ['жзйкл', 10, 4],
    ['password', Math.log10(1 * 5), 0],
    ['PassWord', Math.log10(1 * 5), 0],
    ['p@ssw0rd', Math.log10(4 * 5), 0],
    ['dragon', Math.log10(2 * 5), 0],
    ['horse', Math.log10(1_003 * 5), 1],
    ['lovelace', Math.log10(10 * 5), 0],
    ['abcdef', Math.log10(20 * 6 * 5), 0],
    ['fedcba', Math.log10(20 * 6 * 5), 0],
    ['98765', Math.log10(20 * 5 * 5), 0],
    ['qwertz', Math.log10(20 * 6 * 5), 0],
    ['zzzzzz', Math.log10(10 * 6 * 5), 0],
    ['1987', Math.log10(120 * 5), 0],
    ['2031', Math.log10(120 * 5), 0],
    ['24121987', Math.log10(40_000 * 5), 1],
    ['19871224', Math.log10(40_000 * 5), 1],
    ['19870324', Math.log10(40_000 * 5), 1],
    ['24031987', Math.log10(40_000 * 5), 1],
    ['k24121987', 1 + Math.log10(40_000 * 5), 2],
    ['24121987k', Math.log10(40_000 * 5) + 1, 2],
    ['kxmkxm', 3 + Math.log10(10 * 6 * 5), 1],
    ['password2031', Math.log10(5) + Math.log10(120 * 5), 1],
    ['passwordk', Math.log10(5) + 1, 0],
  ])('%s is 10^%f guesses: score %i', (password, power, score) => {
    expect(powerOf(password)).toBeCloseTo(power, 6)
    expect(scoreOf(password)).toBe(score)
  })

  it('changes its score at 10^3, 10^6, 10^8 and 10^10 guesses', () => {
    const letters = 'kzpqmwxvjbg'
    expect([2, 3, 5, 6, 7, 8, 9, 10].map((length) => scoreOf(letters.slice(0, length)))).toEqual([0, 1, 1, 2, 2, 3, 3, 4])
  })

  it('is high for a few words in a row, and no digit instead of a letter makes a common one strong', () => {
    expect(scoreOf('correct horse battery')).toBe(4)
    expect(scoreOf('dr4g0n')).toBe(0)
    expect(scoreOf('pa$$w0rd!')).toBe(0)
  })

  it.each(['0leasti', 'o1easti', 'ol3asti', 'ole4sti', 'ole@sti', 'olea5ti', 'olea$ti', 'oleas7i', 'oleast!'])(
    'sees through what stands for a letter: %s',
    (disguised) => {
      expect(strengthOf(disguised, openDictionary(['oleasti']), []).power).toBeCloseTo(Math.log10(4 * 5), 6)
    },
  )

  it('is that of the cheapest way to know a piece; of two that are as cheap, the first in the table is named', () => {
    const [horse, seventh] = ['horse', 'filler7'].map((name) => personalTokensOf([{ name, email: null, phone: null }]))
    expect(strengthOf('horse', DICTIONARY, horse ?? []).power).toBeCloseTo(Math.log10(10 * 5), 6) // not 1,003
    expect(DICTIONARY.rankOf('filler7')).toBe(10)
    expect(strengthOf('filler7', DICTIONARY, seventh ?? []).suggestions[0]).toContain('common passwords')
  })

  it('takes pieces of at least 3 characters: shorter ones are tried sooner than known', () => {
    const dictionary = openDictionary(['zx', 'zxk'])
    expect(strengthOf('zx', dictionary, []).power).toBeCloseTo(2, 6)
    expect(strengthOf('zxk', dictionary, []).power).toBeCloseTo(Math.log10(2 * 5), 6)
  })

  it('takes pieces of at most 24 characters, from the first 64', () => {
    expect(powerOf('z'.repeat(24))).toBeCloseTo(Math.log10(10 * 24 * 5), 6)
    expect(powerOf('z'.repeat(64))).toBe(powerOf('z'.repeat(256)))
    expect(powerOf('z'.repeat(64))).toBeGreaterThan(powerOf('z'.repeat(63)))
  })

  it('comes with a suggestion for each weakness, and with none from score 3 on', () => {
    const longer = 'Add another word or two: length helps most.'
    expect(suggested('k')).toEqual([longer])
    expect(suggested('password')).toEqual([expect.stringContaining('common passwords'), longer])
    expect(suggested('lovelace')).toEqual([expect.stringContaining('your name'), longer])
    expect(suggested('abcdef')).toEqual([expect.stringContaining('rows'), longer])
    expect(suggested('zzzzzz')).toEqual([expect.stringContaining('twice'), longer])
    expect(suggested('1987')).toEqual([expect.stringContaining('years'), longer])
    expect(suggested('1987password')).toEqual([expect.stringContaining('common'), expect.stringContaining('years'), longer])
    expect(suggested('kzpqmwx')).toEqual([longer])
    expect(suggested('kzpqmwxv')).toEqual([])
  })
})
