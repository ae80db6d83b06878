/** Messages that a test writes itself, without the change they would tell of. */
import type { NewMessage } from '../../src/features/message/message.ts'
import type { TestApp } from './app.ts'

/** A mail with a link in it. */
export const recovery = (to: string, more: Partial<NewMessage<'password-recovery'>> = {}): NewMessage<'password-recovery'> => ({
  kind: 'password-recovery',
  to,
  locale: 'en',
  data: { name: 'Ada', url: 'https://app.example.com/recover?token=SECRET', minutes: 60 },
  accountId: null,
  ...more,
})

/** Writes one in a transaction of its own. @returns its id. */
export const enqueue = ({ app }: Pick<TestApp, 'app'>, message: NewMessage<'password-recovery'>): Promise<string> =>
  app.db.transaction((tx) => app.messages.enqueue(tx, message))

/** Whose mails leave over that port, unencrypted. */
export const smtpEnv = (port: number, options = '') => ({
  SMTP_URL: `smtp://127.0.0.1:${port}${options}`,
  MAIL_FROM: 'Gatehouse <door@id.example.com>',
})

/** What production asks for, on the engine of the run. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  ALLOW_EMBEDDED: 'true',
  PUBLIC_URL: 'https://id.example.com',
  ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 1).toString('base64')}`,
} as const
