import { describe, expect, it } from 'vitest'
import { normalisePhone } from '../../src/policy/phones.ts'

describe('a phone number', () => {
  it.each([
    ['+14155552671', '+14155552671'],
    [' +1 (415) 555-2671 ', '+14155552671'],
    ['+44 20 7031 3000', '+442070313000'],
    ['+49.30.901820', '+4930901820'],
    ['+86 131 2345 6789', '+8613123456789'],
    ['+800 1234 5678', '+80012345678'],
  ])('%j becomes %j', (typed, number) => {
    expect(normalisePhone(typed)).toBe(number)
    expect(normalisePhone(number)).toBe(number)
  })

  it.each([
    '',
    '+',
    '14155552671',
    '(415) 555-2671',
    '0044 20 7031 3000',
    '+1415555',
    '+141555526711111',
    '+999 123 456 789',
    '+1 415 555 2671 ext. 5',
    'tel:+14155552671',
    'call +14155552671',
    '+14155552671 or +14155552672',
    '+1415555\u00002671',
    `+${'1'.repeat(1_000)}`,
  ])('%j is none', (typed) => expect(normalisePhone(typed)).toBeNull())
})
