/** Mails over SMTP through nodemailer: pooled, encrypted, every wait bounded, every failure classed. */
import { createTransport } from 'nodemailer'
import { type Carrier, DELIVERY_SECONDS, type DeliveryFailure, NotDelivered } from '../carrier.ts'
import type { Sender } from './index.ts'
import type { SmtpSettings } from './smtp-url.ts'

/** What nodemailer says of a failure. */
type SmtpError = Error & { code?: string; originalCode?: string; command?: string; responseCode?: number; response?: string }

/** Its codes in our words; what the server answered in words of its own is looked at apart. */
const REASONS: Readonly<Record<string, DeliveryFailure>> = {
  EDNS: 'UNREACHABLE',
  ESOCKET: 'UNREACHABLE',
  ECONNECTION: 'CUT_OFF',
  ETIMEDOUT: 'TIMED_OUT',
  EABORT: 'TIMED_OUT',
  ETLS: 'NOT_ENCRYPTED',
  EAUTH: 'NOT_AUTHENTICATED',
  ENOAUTH: 'NOT_AUTHENTICATED',
  EENVELOPE: 'REJECTED',
  EMESSAGE: 'REJECTED',
}

/** A certificate that is not good ends the connection before it is one. */
const CERTIFICATE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** Of a policy or of who we are (RFC 3463, X.7.X; RFC 4954, 530; a wrong order, 503), though it is said of the recipient. */
const OF_US = /^(?:503|530|\d{3}[ -]\d\.7\.)/

/** Only what the server says for good, and of the recipient: anything else may be our own fault, and be repaired. */
const isPermanent = ({ command, responseCode = 0, response = '' }: SmtpError): boolean =>
  command === 'RCPT TO' && responseCode >= 500 && responseCode < 600 && !OF_US.test(response)

const reasonOf = (error: SmtpError): DeliveryFailure => {
  if (isPermanent(error)) return 'REFUSED'
  if (CERTIFICATE.test(error.originalCode ?? '')) return 'NOT_ENCRYPTED'
  return REASONS[error.code ?? ''] ?? 'UNKNOWN'
}

/** Says to mail programs and to whoever answers by machine that nobody wrote this (RFC 3834). */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } as const

/** Opens connections when there is something to carry. */
export const smtpMailer = (settings: SmtpSettings, from: Sender): Carrier => {
  const { host, port, secure, requireTLS, verify, user, password, name, maxConnections } = settings
  const pool = createTransport({
    pool: true,
    host,
    port,
    secure,
    requireTLS,
    tls: { rejectUnauthorized: verify, minVersion: 'TLSv1.2' },
    ...(user === null ? {} : { auth: { user, pass: password }, forceAuth: true }),
    ...(name === null ? {} : { name }),
    maxConnections,
    maxRequeues: 0, // retrying is the dispatcher's, which writes it down
    dnsTimeout: settings.connectionTimeout,
    connectionTimeout: settings.connectionTimeout,
    greetingTimeout: settings.greetingTimeout,
    socketTimeout: settings.socketTimeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    carry: async ({ to, subject, text, html, messageId, writtenAt }) => {
      try {
        await pool.sendMail({
          from,
          to: { name: '', address: to }, // as objects: nothing in one is read as a second address
          envelope: { from: from.address, to: [{ name: '', address: to }] },
          subject,
          text,
          html,
          messageId,
          date: writtenAt,
          headers: HEADERS,
          signal: AbortSignal.timeout(DELIVERY_SECONDS * 1000),
        })
      } catch (error) {
        const failure = error as SmtpError
        throw new NotDelivered(reasonOf(failure), failure.responseCode ?? null)
      }
    },
    close: async () => pool.close({ force: true }),
  }
}
