/** When, how and from where, in the reader's language: dates, countries and devices. What is not known is said to be unknown. */
import { LRUCache } from 'lru-cache'
import type { Words } from './catalogue.ts'
import type { DeviceWords, MessageData, Place } from './kinds.ts'
import type { FactName } from './mails.ts'
import { fill, type Parts } from './message.ts'
import { typedIp, typedWords } from './typed.ts'

const DATE = {
  weekday: 'long',
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
} as const

/** Making them takes longer than all they do. */
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: 500 })

const formatFor = (region: string, timeZone: string): Intl.DateTimeFormat => {
  const key = `${region} ${timeZone}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat(region, { ...DATE, timeZone })
  formats.set(key, format)
  return format
}

const moment = (at: Date, timeZone: string, region: string): string => {
  try {
    return formatFor(region, timeZone).format(at)
  } catch {
    return formatFor(region, 'UTC').format(at) // no time zone anybody knows
  }
}

const countryOf = (code: string, locale: string): string | null => {
  try {
    return new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' }).of(code) ?? null
  } catch {
    return null
  }
}

const deviceParts = (device: DeviceWords | null, words: Words): Parts | null => {
  const [client, machine] = [typedWords(device?.client ?? null), typedWords(device?.machine ?? null)]
  if (client !== null && machine !== null) return fill(words.text('common', 'clientOnMachine'), { client, machine })
  const known = client ?? machine
  return known === null ? null : [known]
}

const placeParts = (place: Place | null, words: Words): Parts | null => {
  const country = place === null ? null : countryOf(place.countryCode, words.locale)
  if (country === null) return null
  const city = typedWords(place?.city ?? null)
  return city === null ? [country] : fill(words.text('common', 'cityInCountry'), { city, country: { typed: country } })
}

/** What the facts are read from; a kind has the fields whose facts it lists. */
export type FactData = Pick<MessageData['session-alert'], 'name'> & Partial<MessageData['session-alert']>

/** How each fact is written; null where it is not known. */
const FACTS: Readonly<Record<FactName, (data: FactData, words: Words) => Parts | null>> = {
  at: ({ at, timeZone }, { region }) => (at === undefined ? null : [moment(at, timeZone ?? 'UTC', region)]),
  device: ({ device }, words) => deviceParts(device ?? null, words),
  place: ({ place }, words) => placeParts(place ?? null, words),
  ip: ({ ip }) => {
    const typed = typedIp(ip ?? null)
    return typed === null ? null : [typed]
  },
  method: ({ method }, words) => (method === undefined ? null : fill(words.text('methods', method))),
}

export type Fact = Readonly<{ label: Parts; value: Parts }>

/** @returns a fact with its label. */
export const factOf = (name: FactName, data: FactData, words: Words): Fact => ({
  label: fill(words.text('common', name)),
  value: FACTS[name](data, words) ?? fill(words.text('common', 'unknown')),
})
