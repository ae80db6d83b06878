/**
 * What the operator knows: addresses, secrets, ports. Read from the environment once, checked whole, frozen. Every
 * problem is listed at once by variable name, never by value.
 */
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { isLoopbackHost } from './http/origins.ts'
import { TRANSPORT_LIMITS } from './policy/bounds.ts'
import { isRedirectEntry } from './policy/redirects.ts'
import type { BreachedConfig } from './ports/breached/index.ts'
import type { CopiesConfig } from './ports/copies/index.ts'
import type { DatabaseConfig } from './ports/db/index.ts'
import type { LimiterConfig } from './ports/limiter/index.ts'
import { LOG_LEVELS, type LogLevel } from './ports/log.ts'
import type { MailerConfig } from './ports/mailer/index.ts'
import { readSender, readSmtpUrl, smtpUrlProblem } from './ports/mailer/smtp-url.ts'

export type CookieSameSite = 'lax' | 'strict' | 'none'

export type Config = Readonly<{
  production: boolean
  host: string | null
  port: number
  /** Where people reach the server; null: http://localhost:<port>. */
  publicUrl: URL | null
  database: DatabaseConfig
  redisUrl: string | null
  dataDir: string
  allowedOrigins: readonly string[]
  allowedRedirects: readonly string[]
  /** CIDR ranges of the proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[]
  cookieSameSite: CookieSameSite
  /** The first one writes, all of them read. */
  encryptionKeys: readonly Readonly<{ id: string; key: Buffer }>[]
  /** The same for hashes of passwords; null is none. */
  passwordPeppers: readonly (Readonly<{ id: string; key: Buffer }> | null)[]
  mailer: MailerConfig
  geoDatabase: string | null
  /** Who knows which passwords are known from breaches. */
  breached: BreachedConfig
  /** The folder of the operator's own texts for mails and pages. */
  mailTexts: string | null
  graphiql: boolean
  introspection: boolean
  devClock: boolean
  maxSocketsPerIp: number
  logLevel: LogLevel
}>

/** One problem of the environment: which variable, and what it should have been. */
export type ConfigProblem = Readonly<{ variable: string; problem: string }>

export class BadConfiguration extends Error {
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, problem }) => `${variable}: ${problem}`).join('\n'))
    this.name = 'BadConfiguration'
    this.problems = problems
  }
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

const flag = z.stringbool({ error: 'must be true or false' })

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })

/** What `/range/` is appended to: no query, no fragment, and no password, which would be sent along in clear. */
const isBase = (text: string): boolean => {
  const { search, hash, username, password } = new URL(text)
  return `${search}${hash}${username}${password}` === ''
}

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text) || ipaddr.isValid(text)

const KEY_ENTRY = 'each entry must be id:base64 of 32 bytes'

/** @returns null for what is no such entry. */
const readKey = (text: string, ids: RegExp): Readonly<{ id: string; key: Buffer }> | null => {
  const at = text.indexOf(':')
  const [id, key] = [text.slice(0, Math.max(0, at)), Buffer.from(text.slice(at + 1), 'base64')]
  return ids.test(id) && key.length === 32 ? { id, key } : null
}

const encryptionKey = z.string().transform((text, context) => {
  const key = readKey(text, /./)
  if (key === null) context.addIssue({ code: 'custom', message: KEY_ENTRY })
  return key ?? z.NEVER
})

/** None in front lets all nodes learn a first pepper before any of them writes with it, and lets the last one be given up. */
const NO_PEPPER = 'none'

const pepper = z.string().transform((text, context) => {
  const key = readKey(text, /^[\w.-]{1,32}$/)
  if (key !== null || text === NO_PEPPER) return key
  const ids = 'with an id of 1 to 32 letters, digits, dots, hyphens and underscores'
  context.addIssue({ code: 'custom', message: `${KEY_ENTRY}, ${ids}, or the word ${NO_PEPPER}` })
  return z.NEVER
})

const smtpUrl = z.string().transform((text, context) => {
  const problem = smtpUrlProblem(text)
  if (problem === null) return readSmtpUrl(text)
  context.addIssue({ code: 'custom', message: problem })
  return z.NEVER
})

const sender = z.string().transform((text, context) => {
  const from = readSender(text)
  if (from === null) context.addIssue({ code: 'custom', message: 'must be an address, or a name with one: Name <address>' })
  return from ?? z.NEVER
})

const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development'),
  HOST: z.string().min(1).optional(),
  PORT: z
    .string()
    .default('4000')
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, { error: 'must be a port number from 0 to 65535' })
    .transform(Number),
  PUBLIC_URL: url('http:', 'https:').optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  ALLOWED_ORIGINS: list.default([]).refine((origins) => origins.every(isOrigin), {
    error: 'each entry must be an origin such as https://app.example.com, without a path',
  }),
  ALLOWED_REDIRECTS: list.default([]).refine((urls) => urls.every((text) => isRedirectEntry(text, isLoopbackHost)), {
    error:
      'each entry must be a page such as https://app.example.com/recover (http on this machine only), without query or fragment',
  }),
  TRUSTED_PROXIES: list.default([]).refine((ranges) => ranges.every(isCidr), {
    error: 'each entry must be an address or a CIDR range such as 10.0.0.0/8',
  }),
  COOKIE_SAME_SITE: z.enum(['lax', 'strict', 'none'], { error: 'must be lax, strict or none' }).default('lax'),
  ENCRYPTION_KEYS: list.default([]).pipe(z.array(encryptionKey)),
  PASSWORD_PEPPERS: list
    .default([])
    .pipe(z.array(pepper))
    .refine((peppers) => new Set(peppers.map((one) => one?.id)).size === peppers.length, {
      error: 'no two entries may have the same id',
    }),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: sender.optional(),
  GEO_DATABASE: z.string().min(1).optional(),
  BREACHED_FILTER: z.string().min(1).optional(),
  BREACHED_RANGE_URL: url('http:', 'https:')
    .refine((text) => !URL.canParse(text) || isBase(text), { error: 'must be a URL without user, query or fragment' })
    .optional(),
  MAIL_TEXTS: z.string().min(1).optional(),
  GRAPHIQL: flag.optional(),
  INTROSPECTION: flag.optional(),
  ALLOW_EMBEDDED: flag.default(false),
  DEV_CLOCK: flag.default(false),
  MAX_SOCKETS_PER_IP: z
    .string()
    .default(String(TRANSPORT_LIMITS.socketsPerIp))
    .refine((text) => /^[1-9]\d{0,6}$/.test(text), { error: 'must be a whole number from 1 to 9999999' })
    .transform(Number),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
})

type Environment = z.output<typeof environment>

/** The names of all variables; the README's table is held against them. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape)

const NEEDED_IN_PRODUCTION = ['DATABASE_URL', 'REDIS_URL', 'PUBLIC_URL', 'ENCRYPTION_KEYS'] as const

/** What the variables say together. Run on the raw text as well when some of them are wrong, so that nothing stays hidden. */
const combinedProblems = (text: NodeJS.ProcessEnv): readonly ConfigProblem[] => {
  const isSet = (name: string) => (text[name] ?? '') !== ''
  const isOn = (name: string) => flag.safeParse(text[name]).data === true
  const problems: ConfigProblem[] = []
  if (text.NODE_ENV === 'production') {
    if (!isOn('ALLOW_EMBEDDED'))
      for (const variable of NEEDED_IN_PRODUCTION)
        if (!isSet(variable)) problems.push({ variable, problem: 'is needed in production (or set ALLOW_EMBEDDED=true)' })
    if (isOn('DEV_CLOCK')) problems.push({ variable: 'DEV_CLOCK', problem: 'is refused in production' })
  }
  if (isSet('SMTP_URL') && !isSet('MAIL_FROM')) problems.push({ variable: 'MAIL_FROM', problem: 'is needed with SMTP_URL' })
  if (isSet('BREACHED_FILTER') && isSet('BREACHED_RANGE_URL'))
    problems.push({ variable: 'BREACHED_RANGE_URL', problem: 'cannot be used beside BREACHED_FILTER' })
  return problems
}

const breachedOf = ({ BREACHED_FILTER: path, BREACHED_RANGE_URL: range }: Environment): BreachedConfig => {
  if (path !== undefined) return { kind: 'filter', path }
  return range === undefined ? { kind: 'none' } : { kind: 'range', url: range }
}

const mailerOf = ({ SMTP_URL: settings, MAIL_FROM: from, NODE_ENV: mode }: Environment): MailerConfig => {
  if (settings !== undefined && from !== undefined) return { kind: 'smtp', settings, from }
  return { kind: mode === 'production' ? 'none' : 'mailbox' }
}

const toConfig = (env: Environment): Config => {
  const production = env.NODE_ENV === 'production'
  const database: DatabaseConfig =
    env.DATABASE_URL === undefined ? { kind: 'embedded', folder: env.DATA_DIR } : { kind: 'postgres', url: env.DATABASE_URL }
  return Object.freeze({
    production,
    host: env.HOST ?? null,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL === undefined ? null : new URL(env.PUBLIC_URL),
    database,
    redisUrl: env.REDIS_URL ?? null,
    dataDir: env.DATA_DIR,
    allowedOrigins: env.ALLOWED_ORIGINS,
    allowedRedirects: env.ALLOWED_REDIRECTS,
    trustedProxies: env.TRUSTED_PROXIES,
    cookieSameSite: env.COOKIE_SAME_SITE,
    encryptionKeys: env.ENCRYPTION_KEYS,
    passwordPeppers: env.PASSWORD_PEPPERS,
    mailer: mailerOf(env),
    geoDatabase: env.GEO_DATABASE ?? null,
    breached: breachedOf(env),
    mailTexts: env.MAIL_TEXTS ?? null,
    graphiql: env.GRAPHIQL ?? !production,
    introspection: env.INTROSPECTION ?? !production,
    devClock: env.DEV_CLOCK,
    maxSocketsPerIp: env.MAX_SOCKETS_PER_IP,
    logLevel: env.LOG_LEVEL,
  })
}

/**
 * @param env usually process.env; empty variables count as not set.
 * @throws BadConfiguration with every problem.
 */
export const parseConfig = (env: NodeJS.ProcessEnv): Config => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => ({ variable: String(issue.path[0]), problem: issue.message })),
    ...combinedProblems(given),
  ]
  if (!parsed.success || problems.length > 0) throw new BadConfiguration(problems)
  return toConfig(parsed.data)
}

/** Several nodes may share a database: only Redis, or being alone, makes copies of sessions safe. @param name the installation's. */
export const copiesConfig = ({ redisUrl, database }: Config, name: string): CopiesConfig => {
  if (redisUrl !== null) return { kind: 'redis', url: redisUrl, prefix: `gatehouse:${name}` }
  return { kind: database.kind === 'embedded' ? 'embedded' : 'none' }
}

/** The same for attempts: what nodes without Redis share is their PostgreSQL. */
export const limiterConfig = ({ redisUrl, database }: Config, name: string): LimiterConfig =>
  redisUrl === null ? { kind: database.kind } : { kind: 'redis', url: redisUrl, prefix: `gatehouse:${name}` }

/** What stands behind the @ of a Message-ID. */
export const messageDomain = ({ mailer, publicUrl }: Config): string =>
  mailer.kind === 'smtp'
    ? mailer.from.address.slice(mailer.from.address.lastIndexOf('@') + 1)
    : (publicUrl?.hostname ?? 'localhost')

/** Where people reach the server. @param port the one it listens on. */
export const publicOrigin = (config: Config, port: number): string => config.publicUrl?.origin ?? `http://localhost:${port}`
