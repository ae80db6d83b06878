/**
 * What SMTP_URL says: `smtp://user:password@host:port?option=value` (encrypted by STARTTLS) or `smtps://…` (encrypted from
 * the start). Options are nodemailer's, as far as they are listed here; an unknown one is an error, never a silence.
 */
import ipaddr from 'ipaddr.js'
import { SIZES } from '../../policy/bounds.ts'
import { normaliseEmail, textProblem } from '../../policy/text.ts'
import type { Sender } from './index.ts'

export type SmtpSettings = Readonly<{
  host: string
  port: number
  /** Encrypted from the start. */
  secure: boolean
  /** Nothing is said over a connection that is not encrypted. */
  requireTLS: boolean
  /** Whether the certificate has to be good. */
  verify: boolean
  user: string | null
  password: string
  /** What it calls itself; null: the machine's name. */
  name: string | null
  maxConnections: number
  connectionTimeout: number
  greetingTimeout: number
  socketTimeout: number
}>

/** Options that are numbers: the least, the most and the default. Times in milliseconds. */
const NUMBERS = {
  maxConnections: { min: 1, max: 100, default: 5 },
  connectionTimeout: { min: 100, max: 60_000, default: 10_000 },
  greetingTimeout: { min: 100, max: 60_000, default: 10_000 },
  socketTimeout: { min: 100, max: 60_000, default: 30_000 },
} as const

const FLAGS = ['requireTLS', 'tls.rejectUnauthorized'] as const

const WORDS = ['name'] as const

const OPTIONS: readonly string[] = [...Object.keys(NUMBERS), ...FLAGS, ...WORDS]

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?$/i

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')

const parsed = (text: string): URL | null => {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  return url.protocol === 'smtp:' || url.protocol === 'smtps:' ? url : null
}

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

type NumberName = keyof typeof NUMBERS

const numberOption = (options: URLSearchParams, name: NumberName): number => Number(options.get(name) ?? NUMBERS[name].default)

const optionProblem = (name: string, value: string): string | null => {
  if (!OPTIONS.includes(name)) return `knows the options ${OPTIONS.join(', ')} only`
  if (FLAGS.some((flag) => flag === name)) return /^(true|false)$/.test(value) ? null : `option ${name} must be true or false`
  if (WORDS.some((word) => word === name)) return HOST_NAME.test(value) ? null : `option ${name} must be a host name`
  const { min, max } = NUMBERS[name as NumberName] // what is left of OPTIONS
  const isWithin = /^\d{1,6}$/.test(value) && Number(value) >= min && Number(value) <= max
  return isWithin ? null : `option ${name} must be from ${min} to ${max}`
}

/** What is wrong with it, never with its value; null if nothing is. */
export const smtpUrlProblem = (text: string): string | null => {
  const url = parsed(text)
  if (url === null || url.hostname === '') return 'must be a URL that starts with smtp:// or smtps:// and names a host'
  if (url.pathname.length > 1 || url.hash !== '') return 'must have no path'
  if (decoded(url.username) === null || decoded(url.password) === null)
    return 'must have its user name and password percent-encoded'
  if ((url.username === '') !== (url.password === '')) return 'must have both a user name and a password, or neither'
  const problems = [...url.searchParams].map(([name, value]) => optionProblem(name, value))
  return problems.find((problem) => problem !== null) ?? null
}

/** @param text one that has no problem. */
export const readSmtpUrl = (text: string): SmtpSettings => {
  const url = new URL(text)
  const [host, options] = [url.hostname.replace(/^\[(.*)\]$/, '$1'), url.searchParams]
  const secure = url.protocol === 'smtps:'
  const flag = (name: (typeof FLAGS)[number], usual: boolean) => (options.has(name) ? options.get(name) === 'true' : usual)
  const requireTLS = secure || flag('requireTLS', !isLoopback(host))
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS,
    // where encryption may be left out, whoever stands between leaves it out: a certificate proves nothing there
    verify: flag('tls.rejectUnauthorized', requireTLS),
    user: decoded(url.username) || null,
    password: decoded(url.password) ?? '',
    name: options.get('name'),
    maxConnections: numberOption(options, 'maxConnections'),
    connectionTimeout: numberOption(options, 'connectionTimeout'),
    greetingTimeout: numberOption(options, 'greetingTimeout'),
    socketTimeout: numberOption(options, 'socketTimeout'),
  }
}

/** Reads `address` or `Name <address>`, the name bare or in double quotes; null for anything else. */
export const readSender = (text: string): Sender | null => {
  const [, quoted, bare, inside] = /^(?:"([^"\\]*)"|([^"<>]*?))\s*<([^<>]+)>$/.exec(text.trim()) ?? []
  const name = (quoted ?? bare ?? '').trim()
  const address = normaliseEmail(inside ?? text)
  return address === null || textProblem(name, SIZES.name) !== null ? null : { name, address }
}
