import { describe, expect, it } from 'vitest'
import { openDictionary } from '../../src/policy/dictionary.ts'
import {
  cappedScore,
  evidenceIn,
  isAbsurdlyLong,
  normalisePassword,
  PASSWORD_RULES,
  type PasswordPolicy,
  passwordProblem,
  suggestionsFor,
  violationsOf,
} from '../../src/policy/passwords.ts'
import { type Person, personalTokensOf } from '../../src/policy/personal.ts'

const DICTIONARY = openDictionary(['password', 'Letmein1', 'straße12'])
const POLICY: PasswordPolicy = { minLength: 8, dictionary: true, personalData: true, breached: true }
const ADA: Person = { name: 'Ada Lovelace', email: 'countess@byron.example', phone: '+447700900123' }

const evidence = (password: string, person: Person | null = null) =>
  evidenceIn(normalisePassword(password), person === null ? [] : personalTokensOf([person]), DICTIONARY)

const rulesOf = (password: string, policy: Partial<PasswordPolicy> = {}, person: Person | null = null) =>
  violationsOf(evidence(password, person), { ...POLICY, ...policy }).map(({ rule }) => rule)

/** Breaks all rules that can be broken together. */
const WORST = { length: 3, isCommon: true, holds: ['name', 'email', 'phone'], isRecent: true, isBreached: true } as const

describe('the length of a password', () => {
  it.each([
    [7, ['TOO_SHORT']],
    [8, []],
    [256, []],
    [257, ['TOO_LONG']],
  ])('of %i characters breaks %j', (length, rules) => {
    expect(rulesOf('x'.repeat(length))).toEqual(rules)
  })

  it('is held to the least that the settings ask for', () => {
    expect(rulesOf('x'.repeat(63), { minLength: 64 })).toEqual(['TOO_SHORT'])
    expect(rulesOf('x'.repeat(64), { minLength: 64 })).toEqual([])
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

  it('is refused unread past 1,024 characters as typed', () => {
    expect(isAbsurdlyLong('x'.repeat(1_024))).toBe(false)
    expect(isAbsurdlyLong('😀'.repeat(1_024))).toBe(false)
    expect(isAbsurdlyLong('x'.repeat(1_025))).toBe(true)
    expect(isAbsurdlyLong('😀'.repeat(1_025))).toBe(true)
    expect(passwordProblem('x'.repeat(1_024))).toBeNull()
    expect(passwordProblem('x'.repeat(1_025))).toBe('Must be at most 1,024 characters.')
  })
})

describe('the rules of passwords', () => {
  it('ask for no kind of character and refuse none', () => {
    for (const password of ['aaaaaaaa', '        ', '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000', 'пароль-пароль'])
      expect(rulesOf(password), JSON.stringify(password)).toEqual([])
  })

  it('find a common password in any case and form, and nothing that only resembles one', () => {
    for (const password of ['password', 'PASSWORD', 'ＰassＷord', 'letMEIN1', 'STRASSE12', 'Straße12'])
      expect(rulesOf(password), password).toEqual(password === 'STRASSE12' ? [] : ['COMMON'])
    for (const password of ['password1', 'xpassword', 'pässword', 'pass word', 'password ']) expect(rulesOf(password)).toEqual([])
  })

  it('can be switched off one by one, but for the length and the account’s own passwords', () => {
    const broken = (policy: Partial<PasswordPolicy>) => violationsOf(WORST, { ...POLICY, ...policy }).map(({ rule }) => rule)
    const all = ['TOO_SHORT', 'COMMON', 'PERSONAL_DATA', 'RECENTLY_USED', 'BREACHED']
    expect(broken({})).toEqual(all)
    expect(broken({ dictionary: false })).toEqual(all.filter((rule) => rule !== 'COMMON'))
    expect(broken({ personalData: false })).toEqual(all.filter((rule) => rule !== 'PERSONAL_DATA'))
    expect(broken({ breached: false })).toEqual(all.filter((rule) => rule !== 'BREACHED'))
    expect(broken({ dictionary: false, personalData: false, breached: false })).toEqual(['TOO_SHORT', 'RECENTLY_USED'])
  })

  it('say each what is wrong, in the words of this password and this policy', () => {
    const said = (found: Partial<Parameters<typeof violationsOf>[0]>, policy: Partial<PasswordPolicy> = {}) =>
      violationsOf({ ...evidence('unremarkable'), ...found }, { ...POLICY, ...policy }).map(({ message }) => message)
    expect(said({})).toEqual([])
    expect(said({ length: 11 }, { minLength: 12 })).toEqual(['Use at least 12 characters.'])
    expect(said({ length: 257 })).toEqual(['Use at most 256 characters.'])
    expect(said({ isCommon: true })).toEqual(['This is one of the most common passwords.'])
    expect(said({ holds: ['name'] })).toEqual(['This holds your name.'])
    expect(said({ holds: ['email', 'phone'] })).toEqual(['This holds your e-mail address and your phone number.'])
    expect(said({ holds: WORST.holds })).toEqual(['This holds your name, your e-mail address and your phone number.'])
    expect(said({ isRecent: true })).toEqual(['This account has, or had, this very password.'])
    expect(said({ isBreached: true })).toEqual(['This password is known from breaches of other services.'])
  })

  it('look at the person', () => {
    expect(rulesOf('lovelace1815', {}, ADA)).toEqual(['PERSONAL_DATA'])
    expect(rulesOf('lovelace1815')).toEqual([])
    expect(evidence('Countess Lovelace', ADA).holds).toEqual(['name', 'email'])
  })

  it('come with a suggestion each, all of them different, and with none where no rule is broken', () => {
    const suggestions = suggestionsFor(violationsOf(WORST, POLICY))
    expect(new Set(suggestions).size).toBe(5)
    for (const sentence of suggestions) expect(sentence).toMatch(/^[A-Z].+\.$/)
    expect(suggestionsFor([])).toEqual([])
    expect(suggestionsFor(violationsOf({ ...WORST, length: 300 }, POLICY))[0]).toBe('A sentence is long enough.')
    for (const meaning of Object.values(PASSWORD_RULES)) expect(meaning).toMatch(/^It .+\.$/)
  })

  it('never leave a good score to a password that breaks one', () => {
    const capped = (found: Partial<typeof WORST> | object) =>
      cappedScore(4, violationsOf({ ...evidence('unremarkable'), ...found }, POLICY))
    expect(capped({})).toBe(4)
    expect(cappedScore(2, [])).toBe(2)
    for (const found of [{ length: 7 }, { length: 257 }, { holds: ['name'] }, { isRecent: true }]) expect(capped(found)).toBe(1)
    for (const found of [{ isCommon: true }, { isBreached: true }]) expect(capped(found)).toBe(0)
    expect(capped(WORST)).toBe(0)
  })

  it('find no more than was found out: what only others know is false until they were asked', () => {
    expect(evidence('unremarkable')).toEqual({ length: 12, isCommon: false, holds: [], isRecent: false, isBreached: false })
  })
})
