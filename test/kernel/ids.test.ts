import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ID_PREFIXES, idMaker, isIdOf, type Noun, nounOf } from '../../src/kernel/ids.ts'
import { testClock } from '../support/clock.ts'

const nouns = Object.keys(ID_PREFIXES) as Noun[] // the table's own keys

describe('an id', () => {
  it('is the prefix of its noun and 26 characters, made of the time and the random source', () => {
    const makeId = idMaker(testClock('2030-01-01T00:00:00.000Z'), (bytes) => Buffer.alloc(bytes, 0xff))
    expect(makeId('Session')).toBe('ses_01Q3DCBD00FZZZZZZZZZZZZZZZ')
    expect(idMaker(testClock('1970-01-01T00:00:00.000Z'), (bytes) => Buffer.alloc(bytes))('Account')).toBe(
      `acc_${'0'.repeat(26)}`,
    )
  })

  it('names its noun and no other, whatever the time and the randomness', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...nouns),
        fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (noun, at, bytes) => {
          const id = idMaker(testClock(at.toISOString()), () => Buffer.from(bytes))(noun)
          expect(nounOf(id)).toBe(noun)
          for (const other of nouns) expect(isIdOf(other, id)).toBe(other === noun)
        },
      ),
    )
  })

  it('sorts by the time it was made at', () => {
    const clock = testClock()
    const makeId = idMaker(clock, randomBytes)
    const made = Array.from({ length: 200 }, () => {
      clock.advance(0.001)
      return makeId('Event')
    })
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(200)
  })

  it('grows within a millisecond, so that what was made in order sorts in order', () => {
    const makeId = idMaker(testClock(), randomBytes)
    const made = Array.from({ length: 1_000 }, () => makeId('Event'))
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(1_000)
  })

  it('cannot be guessed from the one before it', () => {
    const pair = () => {
      const makeId = idMaker(testClock(), randomBytes)
      return [makeId('Session'), makeId('Session')].map((id) => id.slice(-8))
    }
    const pairs = Array.from({ length: 100 }, pair)
    expect(new Set(pairs.flat()).size).toBe(200)
  })

  const good = 'ses_01J3DCBD00FZZZZZZZZZZZZZZZ'
  it.each([
    '',
    'ses_',
    'ses',
    good.slice(0, -1),
    `${good}0`,
    ` ${good}`,
    `${good}\n`,
    good.toLowerCase(),
    good.replace('ses', 'SES'),
    good.replace('ses', 'xyz'),
    good.replace('_', '-'),
    good.replace('J', 'I'),
    good.replace('J', 'U'),
    good.replace('J', 'é'),
    `${good.slice(0, 29)}\u0000`,
    'constructor',
    '__proto__',
  ])('is not %j', (text) => {
    expect(nounOf(text)).toBeNull()
    for (const noun of nouns) expect(isIdOf(noun, text)).toBe(false)
  })
})
