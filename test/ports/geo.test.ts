import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { countryName, openGeo } from '../../src/ports/geo/index.ts'

const locate = openGeo(null)

describe('the place of an address', () => {
  it.each([
    ['8.8.8.8', 'US'],
    ['193.0.6.139', 'NL'],
    ['133.11.0.1', 'JP'],
    ['200.160.2.3', 'BR'],
    ['196.216.2.1', 'ZA'],
    ['2001:4860:4860::8888', 'US'],
    ['2001:67c:2e8::1', 'NL'],
    ['2001:4860:0:0:0:0:0:8888', 'US'],
    ['::ffff:193.0.6.139', 'NL'],
  ])('of %s is %s', (ip, countryCode) => expect(locate(ip)).toEqual({ countryCode, city: null }))

  it.each([
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    '2001:db8::1',
    '::ffff:192.168.1.1',
  ])('of %s, which belongs to nobody in public, is null', (ip) => expect(locate(ip)).toBeNull())

  it.each([
    null,
    '',
    'nonsense',
    '1.2.3',
    '0x8.8.8.8',
    '8.8.8.8:80',
    ' 8.8.8.8',
    '999.1.1.1',
    '8.8.8.8/32',
    '[::1]',
    'a'.repeat(8_000),
  ])('of %j, which is no address, is null', (ip) => expect(locate(ip)).toBeNull())

  it('comes from the operator’s own database if there is one', () => {
    const path = createRequire(import.meta.url).resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb')
    expect(openGeo(path)('193.0.6.139')).toEqual({ countryCode: 'NL', city: null })
    expect(() => openGeo('/nowhere/places.mmdb')).toThrow('ENOENT')
    expect(() => openGeo(import.meta.filename)).toThrow()
  })
})

describe('the name of a country', () => {
  it('is English, or the code itself', () => {
    expect(['DE', 'NL', 'ZZ', 'XX', '', 'nonsense'].map(countryName)).toEqual([
      'Germany',
      'Netherlands',
      'Unknown Region',
      'XX',
      '',
      'nonsense',
    ])
  })
})
