import { describe, expect, it } from 'vitest'
import { domainNameOf } from '../../src/policy/mail-providers.ts'
import { type Person, personalSourcesIn, personalTokensOf } from '../../src/policy/personal.ts'

const NOBODY: Person = { name: null, email: null, phone: null }

/** What of the person a password holds. */
const heldIn = (password: string, person: Partial<Person>) =>
  personalSourcesIn(password, personalTokensOf([{ ...NOBODY, ...person }]))

const tokensOf = (person: Partial<Person>) => personalTokensOf([{ ...NOBODY, ...person }]).map(({ token }) => token)

describe('a name in a password', () => {
  it.each([
    ['Ada Lovelace', 'lovelace'],
    ['Ada Lovelace', 'xLOVELACEx'],
    ['Ada Lovelace', 'l.o.v.e.l.a.c.e'],
    ['Ada Lovelace', 'love lace 1'],
    ['Ada Lovelace', 'Lövelàce99'],
    ['Al Bo', 'albo-2024-x'],
    ['Al Bo', 'my Al Bo pass'],
    ['Al Bo', 'xxAL_BOxx'],
    ['Müller', 'muller123'],
    ['Muller', 'Müller123'],
    ['Jean-Luc', 'jeanjean!'],
    ['Jo-Ann', 'joann4ever'],
    ['Straßer', 'STRASSER'],
    ['Владимир', 'владимир1'],
    ['Μαρία Παπά', 'ΠΑΠΆπαπά'],
    ['नेहा शर्मा', 'mynameisनेहा'],
    ['محمد', 'مُحَمَّد99'],
    ['山田太郎', '山田太郎pass'],
    ['R2D2 unit', 'r2d2r2d2'],
  ])('%s is found in %s', (name, password) => {
    expect(heldIn(password, { name })).toEqual(['name'])
  })

  it.each([
    ['Ada', 'ada1815ada'],
    ['A', 'aaaaaaaaaaaa'],
    ['A B C', 'abcabcabcabc'],
    ['Al Bo', 'boal-al-bx'],
    ['Lovelace', 'lovelac3'],
    ['Lovelace', 'ecalevol'],
    ['🙂🙂🙂🙂🙂', '🙂🙂🙂🙂🙂🙂🙂🙂'],
    ['- . -', '- . -- . -'],
    ['김민준', '김민준김민준'],
    ['', 'anything at all'],
  ])('%s is not found in %s', (name, password) => {
    expect(heldIn(password, { name })).toEqual([])
  })

  it('counts from four characters on, each word and all of them joined', () => {
    expect(tokensOf({ name: 'Al Bo' })).toEqual(['albo'])
    expect(tokensOf({ name: 'Al Bo Li' })).toEqual(['alboli'])
    expect(tokensOf({ name: 'Anna Bo' })).toEqual(['anna', 'annabo'])
    expect(tokensOf({ name: 'Anna' })).toEqual(['anna'])
    expect(tokensOf({ name: '𝒜da' })).toEqual([])
    expect(tokensOf({ name: '😀' })).toEqual([])
  })
})

describe('an address in a password', () => {
  it('is its local part, by words and whole, and the name of its domain', () => {
    expect(tokensOf({ email: 'ada.lovelace+news@mail.analytical-engine.co.uk' })).toEqual([
      'lovelace',
      'news',
      'adalovelacenews',
      'analytical',
      'engine',
      'analyticalengine',
    ])
    expect(tokensOf({ email: 'a.l.b.o@acme.com' })).toEqual(['albo', 'acme'])
    expect(tokensOf({ email: 'ada1815@x.org' })).toEqual(['ada1815'])
    expect(heldIn('Ada.1815!', { email: 'ada1815@x.org' })).toEqual(['email'])
    expect(heldIn('bücherwurm', { email: 'a@xn--bcher-kva.example' })).toEqual(['email'])
    expect(heldIn('my-acme-pass', { email: 'x@acme.com' })).toEqual(['email'])
    expect(heldIn('something else', { email: 'x@acme.com' })).toEqual([])
  })

  it('may be half typed, or no address at all', () => {
    expect(tokensOf({ email: 'lovelace' })).toEqual(['lovelace'])
    expect(tokensOf({ email: 'ada.lovelace' })).toEqual(['lovelace', 'adalovelace'])
    expect(tokensOf({ email: '@acme.com' })).toEqual(['acme'])
    expect(tokensOf({ email: 'lovelace@GMAIL.[' })).toEqual(['lovelace']) // no domain yet, and a provider all the same
    expect(tokensOf({ email: 'lovelace@' })).toEqual(['lovelace'])
    expect(tokensOf({ email: 'lovelace@ANALYT' })).toEqual(['lovelace'])
    expect(tokensOf({ email: '@@\u0000 [' })).toEqual([])
    expect(tokensOf({ email: 'lovelace@Engines.Example' })).toEqual(['lovelace', 'engines'])
  })

  it.each([
    ['acme.com', 'acme'],
    ['mail.acme.com', 'acme'],
    ['a.b.c.acme.co.uk', 'acme'],
    ['acme.co.uk', 'acme'],
    ['acme.uk', 'acme'],
    ['co.uk', 'co'],
    ['acme.com.br', 'acme'],
    ['uni.ac.jp', 'uni'],
    ['shop.acme.de', 'acme'],
    ['co.acme.com', 'acme'],
    ['mail.co.info', 'co'],
    ['localhost', null],
    ['', null],
    ['gmail.com', null],
    ['mail.yahoo.co.uk', null],
    ['orange.fr', null],
    ['orange.com', 'orange'],
    ['mail.free.fr', null],
    ['free.example', 'free'],
    ['t-online.de', null],
  ])('the name of %s is %s', (domain, name) => {
    expect(domainNameOf(domain)).toBe(name)
  })

  it('at a public provider is the local part alone', () => {
    expect(heldIn('gmail-outlook-yahoo', { email: 'x@gmail.com' })).toEqual([])
    expect(heldIn('lovelace gmail', { email: 'lovelace@gmail.com' })).toEqual(['email'])
  })
})

describe('a phone number in a password', () => {
  it.each([
    ['+4915112345678', ['4915112345678', '15112345678']],
    ['+12125550123', ['12125550123', '2125550123']],
    ['+79161234567', ['79161234567', '9161234567']],
    ['+35315551234', ['35315551234', '15551234']],
    ['+8201012345678', ['8201012345678', '01012345678']],
    ['004915112345678', ['4915112345678', '15112345678']],
    [' +49 (151) 123-45 678', ['4915112345678', '15112345678']],
    ['0151 12345678', ['015112345678', '15112345678']],
    ['0151 0012345', ['01510012345', '1510012345']],
    ['15 1001', ['151001']],
    ['＋49１５１12345678', ['4915112345678', '15112345678']],
    ['+49', []],
    ['123', []],
    ['+491234', ['491234', '1234']],
    ['12345', ['12345']],
    ['not a number', []],
  ])('%s is %j', (phone, tokens) => {
    expect(tokensOf({ phone })).toEqual(tokens)
  })

  it.each([
    [1, '1 7'],
    [2, '20 27 30 34 36 39 40 41 43 49 51 58 60 66 81 82 84 86 90 95 98'],
    [3, '212 291 350 374 380 420 423 501 592 670 808 852 886 961 971 996'],
  ])('loses %i digits of the countries %s', (digits, codes) => {
    for (const code of codes.split(' ')) {
      const number = `${code}555012345`
      expect(tokensOf({ phone: `+${number}` })).toEqual([number, number.slice(digits)])
    }
  })

  it('is found with and without its country, however it is written', () => {
    const phone = '+4915112345678'
    for (const password of ['4915112345678', '0151/12345678', 'call 151-123 456 78', '+49 151 12345678'])
      expect(heldIn(password, { phone }), password).toEqual(['phone'])
    expect(heldIn('15112345679', { phone })).toEqual([])
  })
})

describe('personal data', () => {
  it('of several persons count together, and each source is named once, in one order', () => {
    const tokens = personalTokensOf([
      { name: 'Grace Hopper', email: 'hopper@navy.example', phone: null },
      { name: 'Hopper', email: null, phone: '+12125550123' },
    ])
    expect(personalSourcesIn('2125550123 hopper', tokens)).toEqual(['name', 'email', 'phone'])
    expect(personalSourcesIn('2125550123', tokens)).toEqual(['phone'])
    expect(personalSourcesIn('something', tokens)).toEqual([])
  })
})
