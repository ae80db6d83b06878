/** Where an address is, from offline data: the bundled country data, or the operator's own database in MaxMind's format. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type CityResponse, type CountryResponse, Reader } from 'mmdb-lib'

type Place = Readonly<{ countryCode: string; city: string | null }>

/** @returns null when the address is private, unknown or not an address. */
export type Locate = (ip: string | null) => Place | null

const bundled = (): string =>
  createRequire(import.meta.url).resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb')

type Row = Partial<CityResponse & CountryResponse> & { country_code?: string }

const placeOf = (row: Row | null): Place | null => {
  const countryCode = row?.country?.iso_code ?? row?.country_code
  return countryCode === undefined ? null : { countryCode, city: row?.city?.names.en ?? null }
}

/** @param path of an .mmdb file with countries or cities; null for the bundled data. @throws if the file cannot be read. */
export const openGeo = (path: string | null): Locate => {
  const reader = new Reader<CityResponse>(readFileSync(path ?? bundled()))
  return (ip) => {
    if (ip === null || isIP(ip) === 0) return null
    const address = ipaddr.process(ip) // an IPv4 address in IPv6 clothes is an IPv4 address
    // the data gives countries for some ranges that belong to nobody, such as 192.168.0.0/16
    return address.range() === 'unicast' ? placeOf(reader.get(address.toString()) as Row | null) : null
  }
}

const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })

/** @param code ISO 3166-1 alpha-2. @returns its English name, or the code itself. */
export const countryName = (code: string): string => {
  try {
    return names.of(code) ?? code
  } catch {
    return code
  }
}
