/** Every number that users rely on, once. The schema's descriptions and the tests read this table. */

const DAY = 86_400

/** Settings with a number: the least, the most and the default. Seconds where the name says so. */
export const SETTING_BOUNDS = {
  'sessions.limit': { min: 1, max: 100, default: 10 },
  'sessions.lifetimeSeconds': { min: 60, max: 365 * DAY, default: 30 * DAY },
  'sessions.idleTimeoutSeconds': { min: 60, max: 365 * DAY, default: 14 * DAY },
  'signIn.reauthenticationMaxAgeSeconds': { min: 60, max: DAY, default: 600 },
} as const

export type BoundedSetting = keyof typeof SETTING_BOUNDS

/** Sizes of what people type. Characters are Unicode code points. */
export const SIZES = {
  name: 128,
  email: 254,
  locale: 35,
  preferencesBytes: 65_535,
  /** Objects and lists inside each other. */
  preferencesDepth: 64,
  userAgent: 512,
  deviceKeyMin: 22,
  deviceKeyMax: 256,
  search: 128,
  labels: 100,
  label: 36,
  scopes: 16,
  eventTypes: 32,
  /** Longest address a link may lead to. */
  url: 2_048,
  /** Longest secret, token or cursor that is looked at. */
  secret: 512,
} as const

/** Links to one address that are good at a time: a stranger's request does not make the owner's useless. */
export const OPEN_LINKS = 3

/** Length of a password in code points after NFKC; more than `raw` before is refused unread. */
export const PASSWORD_LENGTH = { min: 8, max: 256, raw: 1_024 } as const

/** How long things live, in seconds. */
export const LIFETIMES = {
  /** Browsers cut a cookie's life at 400 days (RFC 6265bis). */
  cookieMax: 400 * DAY,
  deviceCookie: 400 * DAY,
  handoverCode: 60,
  sessionTombstone: 30 * DAY,
  accountTombstone: 30 * DAY,
  sessionLimitTicket: 300,
  deletionGrace: 14 * DAY,
  recoveryLink: 3_600,
  verificationLink: DAY,
  adminLink: DAY,
  alertLink: 7 * DAY,
  messageDelivery: DAY,
  messageRecord: 30 * DAY,
} as const

/** `lastActiveAt` is exact to this many seconds and costs at most one write in that time. */
export const ACTIVITY_PRECISION_SECONDS = 60

/** Argon2id, the OWASP Password Storage Cheat Sheet's first choice of 2024: 19 MiB, two passes, one lane. */
export const HASHING = { memoryKiB: 19_456, iterations: 2, parallelism: 1 } as const

/** Hashes that may wait for their turn before a node says SERVICE_UNAVAILABLE. */
export const HASH_QUEUE = 64

/** What one document, request, socket and address may ask for. */
export const TRANSPORT_LIMITS = {
  bodyBytes: 102_400,
  /** For a key that may write accounts: imports come in thousands. */
  importBodyBytes: 2_097_152,
  /** For the button of a page that acts on a link. */
  formBytes: 4_096,
  depth: 10,
  tokens: 1_000,
  aliases: 15,
  cost: 5_000,
  /** Those count that run, whether or not the client still waits for them. */
  operationsPerSocket: 30,
  /** What may wait for one slow reader of a stream before he is sent away to come back and resume. */
  bufferedBytes: 1_048_576,
  socketsPerIp: 100,
  pingSeconds: 30,
  connectionInitSeconds: 5,
  shutdownSeconds: 10,
} as const

/** @returns "60 to 31,536,000 (default 2,592,000)", for descriptions and messages. */
export const describeBounds = (name: BoundedSetting): string => {
  const { min, max, default: usual } = SETTING_BOUNDS[name]
  const text = (value: number) => value.toLocaleString('en-US')
  return `${text(min)} to ${text(max)} (default ${text(usual)})`
}
