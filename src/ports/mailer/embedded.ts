/** The mailer of a development server: a mail has arrived where it is stored, and is read at /mailbox. */
import type { Carrier } from '../carrier.ts'

export const mailboxMailer = (): Carrier => ({ carry: async () => undefined, close: async () => undefined })
