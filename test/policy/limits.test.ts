import { describe, expect, it } from 'vitest'
import { countersOf, ipPrefix, LIMITS, type Purpose, type Trier } from '../../src/policy/limits.ts'

const rows = Object.entries(LIMITS)
const purposes = [...new Set(rows.map(([name]) => name.split('.')[0] as Purpose))] // the table's own names

const stranger: Trier = { address: 'ada@example.com', kind: 'mail', ip: '203.0.113.7', deviceId: null }
const known: Trier = { ...stranger, deviceId: 'dev_1' }

const counted = (purpose: Purpose, trier: Trier) =>
  countersOf(LIMITS, purpose, trier).map(({ name, subject, points }) => [name, subject, points])

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['2001:db8:1:2ff:ffff:ffff:ffff:ffff', '2001:db8:1:200::/56'],
    ['2001:db8:1:200::1', '2001:db8:1:200::/56'],
    ['2001:db8:1:300::1', '2001:db8:1:300::/56'],
    ['::1', '::/56'],
    ['nonsense', 'unknown'],
    [null, 'unknown'],
  ])('%s is %s', (ip, network) => expect(ipPrefix(ip)).toBe(network))
})

describe('what an attempt is counted against', () => {
  it('to sign in: the account and the network, or else the device that the account knows, alone', () => {
    expect(counted('signIn', stranger)).toEqual([
      ['signIn.account', 'ada@example.com mail', 10],
      ['signIn.ipPrefix', '203.0.113.7/32', 50],
    ])
    expect(counted('signIn', known)).toEqual([['signIn.account', 'device dev_1', 10]])
  })

  it('to have something sent: the address and kind, known devices apart, and the network in any case', () => {
    const network = ['send.ipPrefix', '203.0.113.7/32', 20]
    expect(counted('send', stranger)).toEqual([['send.address', 'ada@example.com mail', 5], network])
    expect(counted('send', known)).toEqual([['send.address', 'devices of ada@example.com mail', 5], network])
    expect(counted('send', { ...known, deviceId: 'dev_2' })).toEqual(counted('send', known))
    expect(counted('send', { ...stranger, kind: 'other' })).not.toEqual(counted('send', stranger))
  })

  it('to sign up: the network', () => expect(counted('signUp', known)).toEqual([['signUp.ipPrefix', '203.0.113.7/32', 20]]))

  it('of no kind, where there is but one', () => {
    const { kind: _, ...nothingInParticular } = stranger
    expect(counted('signIn', nothingInParticular)[0]).toEqual(['signIn.account', 'ada@example.com ', 10])
  })

  it('is always something', () => {
    for (const purpose of purposes)
      for (const trier of [stranger, known]) expect(counted(purpose, trier).length).toBeGreaterThan(0)
  })
})

describe('the table', () => {
  const said = (purpose: Purpose, trier: Trier) =>
    countersOf(LIMITS, purpose, trier).map(
      ({ subject, points, windowSeconds, counts, knownDevice, whenAway }) =>
        `${subject}: ${points} in ${windowSeconds} s, ${counts}, ${knownDevice}, ${whenAway}`,
    )
  const [address, network] = ['ada@example.com mail', '203.0.113.7/32']

  it.each<[Purpose, readonly string[], readonly string[]]>([
    [
      'signIn',
      [`${address}: 10 in 900 s, FAILURES, OWN, ALLOWANCE`, `${network}: 50 in 900 s, FAILURES, NOT_COUNTED, ALLOWANCE`],
      ['device dev_1: 10 in 900 s, FAILURES, OWN, ALLOWANCE'],
    ],
    ['earlier', [`${address}: 10 in 900 s, ALL, SAME, THIS_NODE`], [`${address}: 10 in 900 s, ALL, SAME, THIS_NODE`]],
    ['recover', [`${address}: 20 in 900 s, ALL, SAME, THIS_NODE`], [`${address}: 20 in 900 s, ALL, SAME, THIS_NODE`]],
    ['signUp', [`${network}: 20 in 3600 s, ALL, SAME, THIS_NODE`], [`${network}: 20 in 3600 s, ALL, SAME, THIS_NODE`]],
    [
      'send',
      [`${address}: 5 in 3600 s, ALL, SHARED, THIS_NODE`, `${network}: 20 in 3600 s, ALL, SAME, THIS_NODE`],
      [`devices of ${address}: 5 in 3600 s, ALL, SHARED, THIS_NODE`, `${network}: 20 in 3600 s, ALL, SAME, THIS_NODE`],
    ],
    ['lockedMail', [`${address}: 1 in 3600 s, ALL, SAME, REFUSED`], [`${address}: 1 in 3600 s, ALL, SAME, REFUSED`]],
    [
      'refusedEvent',
      [`${address}: 1 in 60 s, ALL, OWN, REFUSED`, `${network}: 10 in 60 s, ALL, NOT_COUNTED, REFUSED`],
      ['device dev_1: 1 in 60 s, ALL, OWN, REFUSED'],
    ],
  ])('says of %s as much to who is not known as it says here, and to who is', (purpose, unknown, own) => {
    expect([said(purpose, stranger), said(purpose, known)]).toEqual([unknown, own])
  })

  it('names each row by what is counted together', () => {
    const keys = { account: 'ACCOUNT', address: 'ADDRESS', ipPrefix: 'IP_PREFIX', team: 'TEAM', inviter: 'INVITER' }
    for (const [name, { key }] of rows) expect(key, name).toBe(keys[name.split('.')[1] as keyof typeof keys])
  })

  it('has one word a purpose on what counts, and on what holds while nobody can count', () => {
    for (const purpose of purposes) {
      const own = rows.filter(([name]) => name.startsWith(`${purpose}.`)).map(([, row]) => row)
      expect(new Set(own.map(({ counts, whenAway }) => `${counts} ${whenAway}`)).size).toBe(1)
    }
  })
})
