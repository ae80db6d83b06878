/**
 * What a user agent says of client, system and device. Parsing is slow (up to tens of milliseconds for a hostile
 * string), so it happens only where the answer is read, and for the mail about a new session: capped, cached, loaded on
 * first use.
 */
import { createRequire } from 'node:module'
import { LRUCache } from 'lru-cache'
import { SIZES } from '../../policy/bounds.ts'

export type ClientInfo = Readonly<{
  type: string | null
  name: string | null
  version: string | null
  engine: string | null
  osName: string | null
  osVersion: string | null
  deviceType: string | null
  deviceBrand: string | null
  deviceModel: string | null
}>

/** @param userAgent as sent; null gives a client of which nothing is known. */
export type ParseUserAgent = (userAgent: string | null) => ClientInfo

const UNKNOWN: ClientInfo = {
  type: null,
  name: null,
  version: null,
  engine: null,
  osName: null,
  osVersion: null,
  deviceType: null,
  deviceBrand: null,
  deviceModel: null,
}

const CACHE_SIZE = 5_000

/** What is used of the detector: a CommonJS package whose own types describe a module's default export. */
type Detector = Readonly<{
  detect: (userAgent: string) => Record<'client' | 'os' | 'device', Readonly<Record<string, string | undefined>>>
}>

const loadDetector = (): Detector => {
  const Detector: new (options: object) => Detector = createRequire(import.meta.url)('node-device-detector')
  return new Detector({ clientIndexes: true, deviceIndexes: true, osIndexes: true, maxUserAgentSize: SIZES.userAgent })
}

const text = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value)

export const openUserAgents = (): ParseUserAgent => {
  const cache = new LRUCache<string, ClientInfo>({ max: CACHE_SIZE })
  let detector: Detector | null = null
  return (userAgent) => {
    if (userAgent === null || userAgent === '') return UNKNOWN
    const capped = userAgent.slice(0, SIZES.userAgent)
    const cached = cache.get(capped)
    if (cached !== undefined) return cached
    detector ??= loadDetector()
    const { client, os, device } = detector.detect(capped)
    const info: ClientInfo = {
      type: text(client.type),
      name: text(client.name),
      version: text(client.version),
      engine: text(client.engine),
      osName: text(os.name),
      osVersion: text(os.version),
      deviceType: text(device.type),
      deviceBrand: text(device.brand),
      deviceModel: text(device.model),
    }
    cache.set(capped, info)
    return info
  }
}

/** A short name for a device: "Chrome on GNU/Linux", "Mobile Safari on iPhone", "curl", "Unknown device". */
export const deviceLabel = (client: ClientInfo): string => {
  const machine = client.deviceModel ?? client.osName
  if (client.name !== null) return machine === null ? client.name : `${client.name} on ${machine}`
  return machine ?? 'Unknown device'
}
