/** Every number that users rely on, once. The schema's descriptions and the tests read this table. */

const DAY = 86_400

/** Settings with a number: the least, the most and the default. Seconds where the name says so. */
export const SETTING_BOUNDS = {
  'sessions.limit': { min: 1, max: 100, default: 10 },
  'sessions.lifetimeSeconds': { min: 60, max: 365 * DAY, default: 30 * DAY },
  'sessions.idleTimeoutSeconds': { min: 60, max: 365 * DAY, default: 14 * DAY },
  'passwords.minLength': { min: 8, max: 64, default: 8 },
  'passwords.historyLength': { min: 0, max: 20, default: 0 },
  'passwords.hashing.memoryKiB': { min: 7_168, max: 2_097_152, default: 19_456 },
  'passwords.hashing.iterations': { min: 1, max: 16, default: 2 },
  'passwords.hashing.parallelism': { min: 1, max: 16, default: 1 },
  'signIn.reauthenticationMaxAgeSeconds': { min: 60, max: DAY, default: 600 },
} as const

export type BoundedSetting = keyof typeof SETTING_BOUNDS

/** Sizes of what people type. Characters are Unicode code points. */
export const SIZES = {
  name: 128,
  email: 254,
  /** As it is typed; E.164 itself has at most 15 digits. */
  phone: 40,
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
  blockReason: 255,
  externalId: 255,
  scopes: 16,
  /** Of one membership. */
  roles: 20,
  role: 36,
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

/** Asking others whether a password is known from breaches. */
export const BREACH_CHECK = {
  /** For an answer of the range protocol. */
  timeoutMs: 2_000,
  /** Questions of one node that are under way at a time; one more is not asked, and so not answered. */
  concurrent: 32,
  /** The longest answer that is read; the usual one has some 40,000 bytes. */
  answerBytes: 1_048_576,
  /** When it is worth coming back after nobody could say. */
  retryAfterSeconds: 30,
  /** Good passwords that a filter file takes for breached, unless it is made otherwise: 1 in 10,000. */
  falsePositives: 0.0001,
} as const

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
  /** As long an address that was replaced is kept for its account. */
  undoLink: 3 * DAY,
  pendingSignUp: DAY,
  adminLink: DAY,
  alertLink: 7 * DAY,
  invitationLink: 7 * DAY,
  messageDelivery: DAY,
  messageRecord: 30 * DAY,
} as const

/** `lastActiveAt` is exact to this many seconds and costs at most one write in that time. */
export const ACTIVITY_PRECISION_SECONDS = 60

/** Argon2id's parameters until operators change them: a choice of the OWASP Password Storage Cheat Sheet. */
export const HASHING = {
  memoryKiB: SETTING_BOUNDS['passwords.hashing.memoryKiB'].default,
  iterations: SETTING_BOUNDS['passwords.hashing.iterations'].default,
  parallelism: SETTING_BOUNDS['passwords.hashing.parallelism'].default,
} as const

/**
 * The weakest pairs that the OWASP Password Storage Cheat Sheet accepts for Argon2id: with so many passes at least so much
 * memory. More lanes make up for nothing. The last row holds for more passes as well.
 */
export const WEAKEST_HASHING = [
  { iterations: 1, memoryKiB: 47_104 },
  { iterations: 2, memoryKiB: 19_456 },
  { iterations: 3, memoryKiB: 12_288 },
  { iterations: 4, memoryKiB: 9_216 },
  { iterations: 5, memoryKiB: 7_168 },
] as const

/** Hashes that may wait for their turn before a node says SERVICE_UNAVAILABLE. So many more may stand behind them, for nobody. */
export const HASH_QUEUE = 64

/**
 * No sooner than this is answered, in milliseconds, what asks for a mail to an address: rows for somebody and rows for nobody do not cost
 * quite the same, and that must not tell who has an account. Longer than the work takes but on a busy machine; nobody notices it.
 */
export const QUIET_MS = 50

/** Attempts that may wait for others on the same account or address before a node says SERVICE_UNAVAILABLE. */
export const ATTEMPT_QUEUE = 64

/** What one import may bring, and what its hashes may cost: a row beyond it is refused, by its parameters, unhashed. */
export const IMPORTS = {
  /** In one call; a file is read in as many at a time. */
  accounts: 1_000,
  /** Of one row of a file; a longer one is refused unread. */
  rowBytes: 1_048_576,
  /** Of the rows of a file that are taken in together. */
  batchBytes: 8_388_608,
  /** Longest text that says anything about a hash. */
  hashCharacters: 4_096,
  saltBytes: 1_024,
  /** Shortest and longest derived key. */
  keyBytes: { min: 16, max: 1_024 },
  /** What verifying one hash may take. */
  memoryBytes: 1_073_741_824,
  milliseconds: 2_000,
} as const

/**
 * What a unit of each algorithm takes, in nanoseconds of one core, rounded up: measured on the machine of docs/performance.md
 * and fixed, so that every node judges a file alike, busy or not.
 */
export const HASH_UNIT_NANOSECONDS = {
  /** One KiB, one pass. */
  argon2: 600,
  /** One of the 2^cost rounds. */
  bcrypt: 60_000,
  /** One block of 128 bytes: N × r × p. */
  scrypt: 400,
  /** One iteration for one block of output, whatever the digest. */
  pbkdf2: 1_200,
  /** One of the 2^n rounds of MD5. */
  phpass: 1_800,
} as const

/** Hashes that run at once take together at most this part of the memory: a quarter. A single one that takes more runs alone. */
export const HASHING_SHARE = 4

/** What `gatehouse calibrate` aims for and tries, unless it is told otherwise. */
export const CALIBRATION = {
  targetMs: { min: 1, max: 10_000, default: 250 },
  /** The second choice that RFC 9106 recommends: much for guessing machines, bearable for a server. */
  memoryKiB: 65_536,
} as const

/** What one document, request, socket and address may ask for. */
export const TRANSPORT_LIMITS = {
  bodyBytes: 102_400,
  /** For a key that may write accounts: imports come in thousands. */
  importBodyBytes: 2_097_152,
  /** For the button of a page that acts on a link; a password of 1,024 characters fits in. */
  formBytes: 16_384,
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
  /** Balancers keep a connection that nothing happens on for up to 60: it must not be we who close it under their request. */
  keepAliveSeconds: 65,
  /** For who still sends what is refused already: an answer that meets a closed connection is lost. */
  lingerSeconds: 2,
  shutdownSeconds: 10,
} as const

/** @returns "60 to 31,536,000 (default 2,592,000)", for descriptions and messages. */
export const describeBounds = (name: BoundedSetting): string => {
  const { min, max, default: usual } = SETTING_BOUNDS[name]
  const text = (value: number) => value.toLocaleString('en-US')
  return `${text(min)} to ${text(max)} (default ${text(usual)})`
}
