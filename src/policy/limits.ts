/**
 * How often anything may be tried: one table for everything that proves something, sends something or signs up. Pure: says
 * what an attempt counts against; `ports/limiter` counts.
 */
import ipaddr from 'ipaddr.js'

/** What is counted together. */
type LimitKey = 'ACCOUNT' | 'ADDRESS' | 'IP_PREFIX' | 'TEAM' | 'INVITER'

export type Limit = Readonly<{
  key: LimitKey
  points: number
  windowSeconds: number
  /** FAILURES: what succeeds is given back, and forgives what failed before it. ALL: whatever comes of it. */
  counts: 'FAILURES' | 'ALL'
  /**
   * What a device gets that the account knows. OWN: as many points for itself, so that the owner gets in while others are
   * locked out. SHARED: as many for all known devices of the account together. NOT_COUNTED and SAME: as they say.
   */
  knownDevice: 'OWN' | 'SHARED' | 'NOT_COUNTED' | 'SAME'
  /** While nobody can count for all nodes. THIS_NODE: each counts for itself. ALLOWANCE: a few, see there. REFUSED: none. */
  whenAway: 'ALLOWANCE' | 'THIS_NODE' | 'REFUSED'
}>

// biome-ignore format: a table is read down its columns
export const LIMITS = {
  'signIn.account':        { key: 'ACCOUNT',   points: 10, windowSeconds: 900,   counts: 'FAILURES', knownDevice: 'OWN',         whenAway: 'ALLOWANCE' },
  'signIn.ipPrefix':       { key: 'IP_PREFIX', points: 50, windowSeconds: 900,   counts: 'FAILURES', knownDevice: 'NOT_COUNTED', whenAway: 'ALLOWANCE' },
  'earlier.account':       { key: 'ACCOUNT',   points: 10, windowSeconds: 900,   counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'recover.account':       { key: 'ACCOUNT',   points: 20, windowSeconds: 900,   counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'signUp.ipPrefix':       { key: 'IP_PREFIX', points: 20, windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'send.address':          { key: 'ADDRESS',   points: 5,  windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SHARED',      whenAway: 'THIS_NODE' },
  'send.ipPrefix':         { key: 'IP_PREFIX', points: 20, windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'invite.address':        { key: 'ADDRESS',   points: 5,  windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'invite.team':           { key: 'TEAM',      points: 50, windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'invite.inviter':        { key: 'INVITER',   points: 20, windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'THIS_NODE' },
  'lockedMail.account':    { key: 'ACCOUNT',   points: 1,  windowSeconds: 3_600, counts: 'ALL',      knownDevice: 'SAME',        whenAway: 'REFUSED' },
  'refusedEvent.account':  { key: 'ACCOUNT',   points: 1,  windowSeconds: 60,    counts: 'ALL',      knownDevice: 'OWN',         whenAway: 'REFUSED' },
  'refusedEvent.ipPrefix': { key: 'IP_PREFIX', points: 10, windowSeconds: 60,    counts: 'ALL',      knownDevice: 'NOT_COUNTED', whenAway: 'REFUSED' },
} satisfies Readonly<Record<string, Limit>> // `as const` would hide it from Stryker

export type LimitName = keyof typeof LIMITS

/** What an attempt is for: the part of its limits' names before the dot. */
export type Purpose = LimitName extends `${infer Name}.${string}` ? Name : never

/** The table, or a test's with other numbers. */
export type Limits = Readonly<Record<LimitName, Limit>>

/** Attempts to sign in to an account that each node looks at while nobody can count for all of them. */
export const ALLOWANCE = { points: 5, windowSeconds: 60 } as const

/** So many leading bits of an address belong to one holder: a whole IPv4 address, and what a provider gives a household of IPv6. */
const IP_PREFIX_BITS = { ipv4: 32, ipv6: 56 } as const

/** Who tries. An address in its normal form stands for its account, whether there is one or not. */
export type Trier = Readonly<{
  /** Null: nobody in particular. */
  address: string | null
  /** What is sent, where something is: each kind has points of its own. */
  kind?: string
  /** Where somebody is invited to a team: to which, and by which account or key. */
  teamId?: string
  inviterId?: string
  ip: string | null
  /** Of the device, if the account knows it. */
  deviceId: string | null
}>

/** What an attempt is counted against. */
export type Counter = Limit & Readonly<{ name: LimitName; subject: string }>

/** @returns the network that an address belongs to; "unknown" for what is no address. */
export const ipPrefix = (ip: string | null): string => {
  if (ip === null || !ipaddr.isValid(ip)) return 'unknown'
  const address = ipaddr.process(ip)
  const bits = IP_PREFIX_BITS[address.kind()]
  const { IPv4, IPv6 } = ipaddr
  const network = (address.kind() === 'ipv4' ? IPv4 : IPv6).networkAddressFromCIDR(`${address.toString()}/${bits}`)
  return `${network.toString()}/${bits}`
}

const byAddress = ({ address, kind = '' }: Trier): string => `${address} ${kind}`

const SUBJECTS: Readonly<Record<LimitKey, (trier: Trier) => string>> = {
  ACCOUNT: byAddress,
  ADDRESS: byAddress,
  IP_PREFIX: ({ ip }) => ipPrefix(ip),
  TEAM: ({ teamId = '' }) => teamId,
  INVITER: ({ inviterId = '' }) => inviterId,
}

/** @returns what is counted together; null where this device is not counted. */
const subjectOf = ({ key, knownDevice }: Limit, trier: Trier): string | null => {
  const { deviceId } = trier
  const isKnown = deviceId !== null
  if (isKnown && knownDevice === 'NOT_COUNTED') return null
  if (isKnown && knownDevice === 'OWN') return `device ${deviceId}`
  const subject = SUBJECTS[key](trier)
  return isKnown && knownDevice === 'SHARED' ? `devices of ${subject}` : subject
}

/** What an attempt for that purpose is counted against: the account or its device first. */
export const countersOf = (limits: Limits, purpose: Purpose, trier: Trier): readonly Counter[] =>
  (Object.keys(LIMITS) as LimitName[]) // the table's own keys
    .filter((name) => name.startsWith(`${purpose}.`))
    .flatMap((name) => {
      const subject = subjectOf(limits[name], trier)
      return subject === null ? [] : [{ ...limits[name], name, subject }]
    })
