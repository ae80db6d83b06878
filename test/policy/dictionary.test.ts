import { describe, expect, it } from 'vitest'
import { openDictionary } from '../../src/policy/dictionary.ts'

describe('a dictionary', () => {
  it('gives each entry its place, the most common first, and null to everything else', () => {
    const { rankOf, size } = openDictionary(['123456', 'Password', 'qwerty', 'PASSWORD', 'длинный', ''])
    expect(size).toBe(5)
    expect(['123456', 'password', 'qwerty', 'длинный', ''].map(rankOf)).toEqual([1, 2, 3, 4, 5])
    for (const text of ['12345', '1234567', 'asswordq', 'passwordqwerty', 'Password', 'x'.repeat(1_000)])
      expect(rankOf(text), text).toBeNull()
  })

  it('finds each of many, though some of them want the same place', () => {
    const entries = Array.from({ length: 1_000 }, (_, index) => `entry${index}`)
    expect(entries.map(openDictionary(entries).rankOf)).toEqual(entries.map((_, index) => index + 1))
  })

  it('may be empty', () => {
    const { rankOf, size } = openDictionary([])
    expect([size, rankOf(''), rankOf('x')]).toEqual([0, null, null])
  })

  it('says what it keeps in memory: the text, where each entry begins, and a table at least twice as long as the list', () => {
    expect(openDictionary(['abc', 'de', 'ABC']).bytes).toBe(5 + 4 * 4 + 8 * 4)
  })
})
