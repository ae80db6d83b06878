import { describe, expect, it } from 'vitest'
import { compact, foldCase, wordsOf } from '../../src/policy/folding.ts'

describe('folded text', () => {
  it('has one case and one form', () => {
    for (const text of ['Password', 'PASSWORD', 'ｐａｓｓｗｏｒｄ']) expect(foldCase(text)).toBe('password')
    expect(foldCase('É')).toBe(foldCase('e\u0301'))
    expect(foldCase('é')).not.toBe('e')
  })

  it.each([
    ['Müller', 'muller'],
    ['MU\u0308LLER', 'muller'],
    ['Ångström', 'angstrom'],
    ['Łukasz Øystein Æbelø', 'lukaszoysteinaebelo'],
    ['Đặng Þór Bjørk œuvre ß', 'dangthorbjorkoeuvress'],
    ['Straße', 'strasse'],
    ['Guðrún Ħal ĸalaallit Ŋorŋ Ŧŧ', 'gudrunhalkalaallitnorntt'],
    ['İstanbul ısı', 'istanbulisi'],
    ['ΟΔΥΣΣΕΎΣ', 'οδυσσευσ'],
    ['Ёлка', 'елка'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['김민준', '김민준'],
    ['नेहा शर्मा', 'नेहाशर्मा'],
    ['Łódź-ŁÓDŹ', 'lodzlodz'],
    ['o’Neill_3', 'oneill3'],
    ['a\u200db\u00adc', 'abc'],
    ['🙂 !?', ''],
  ])('%s is %s without accents and separators', (text, folded) => {
    expect(compact(text)).toBe(folded)
  })

  it('falls into the words that stand between what is neither letter nor digit', () => {
    expect(wordsOf('  Ana-María d’Ors, 2nd ')).toEqual(['ana', 'maria', 'd', 'ors', '2nd'])
    expect(wordsOf('!!')).toEqual([])
    expect([...compact('김민준')]).toHaveLength(3)
  })
})
