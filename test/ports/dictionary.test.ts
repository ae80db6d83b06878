import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { foldCase } from '../../src/policy/folding.ts'
import { checkedLines, readDictionary } from '../../src/ports/dictionary/index.ts'
import { quickest } from '../support/quickest.ts'

const read = (path: string): string => readFileSync(createRequire(import.meta.url).resolve(path), 'utf8')
const MOST = read('common-password/lib/10k most common.txt')
const MORE: readonly string[] = JSON.parse(read('@zxcvbn-ts/language-common/src/passwords.json'))

const dictionary = readDictionary()

describe('the common passwords', () => {
  it('are all 10,000 of SecLists’ list, in its order, in any case', () => {
    const lines = checkedLines(MOST)
    expect(lines).toHaveLength(10_000)
    expect(lines.map((line) => dictionary.rankOf(foldCase(line)))).toEqual(lines.map((_, index) => index + 1))
    expect(lines.map((line) => dictionary.rankOf(foldCase(line.toUpperCase())))).toEqual(lines.map((_, index) => index + 1))
  })

  it('have at least 10,000 that a password of 8 characters or more can match', () => {
    const folded = new Set([...checkedLines(MOST), ...MORE].map(foldCase))
    const long = [...folded].filter((entry) => [...entry].length >= 8)
    expect(long.length).toBeGreaterThanOrEqual(10_000)
    expect(long.filter((entry) => dictionary.rankOf(entry) === null)).toEqual([])
    expect(dictionary.size).toBe(folded.size)
  })

  it('leave passphrases and random passwords alone', () => {
    for (const password of ['correct horse battery', 'another horse battery', 'p8Jw-2xQv_Rr0d'])
      expect(dictionary.rankOf(foldCase(password)), password).toBeNull()
  })

  it('are refused as a whole if they are not the list they should be', () => {
    expect(() => checkedLines(MOST.replace('dragon', 'dr4gon'))).toThrow('not the one it should be')
    expect(() => checkedLines(MOST.slice(0, -20))).toThrow('not the one it should be')
    expect(checkedLines('a\r\nb\n', createHash('sha256').update('a\nb\n').digest('hex'))).toEqual(['a', 'b'])
  })

  it('are found in less than 50 µs, and take less than 8 MiB', () => {
    const asked = ['password', 'PASSWORD', 'x'.repeat(256), 'ж'.repeat(256), ...MORE.slice(-50)]
    const microseconds = 1_000 * quickest(50, () => asked.forEach((password) => void dictionary.rankOf(foldCase(password))))
    expect(microseconds / asked.length).toBeLessThan(50)
    expect(dictionary.bytes).toBeLessThan(8 * 1_048_576)
  })
})
