/**
 * The mailer port: mails leave over SMTP, or stay in the mailbox of a development server. A production server without
 * SMTP_URL has no mailer at all: its mails wait, so that none counts as sent that nobody has carried.
 */
import type { Carrier } from '../carrier.ts'
import { mailboxMailer } from './embedded.ts'
import type { SmtpSettings } from './smtp-url.ts'

/** Who the mails are from. */
export type Sender = Readonly<{ name: string; address: string }>

export type MailerConfig =
  | Readonly<{ kind: 'smtp'; settings: SmtpSettings; from: Sender }>
  /** Development: being stored is being sent. */
  | Readonly<{ kind: 'mailbox' }>
  | Readonly<{ kind: 'none' }>

/** Opens no connection yet. @returns null where mails cannot leave. */
export const openMailer = async (config: MailerConfig): Promise<Carrier | null> => {
  if (config.kind === 'smtp') return (await import('./smtp.ts')).smtpMailer(config.settings, config.from)
  return config.kind === 'mailbox' ? mailboxMailer() : null
}
