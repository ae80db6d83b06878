/** Mails as people read them: each one for an address, and the link it holds. */
import { expect } from 'vitest'
import type { Received, smtpServer } from './smtp.ts'

type Smtp = Awaited<ReturnType<typeof smtpServer>>

export const mailsTo = (smtp: Pick<Smtp, 'received'>, to: string): readonly Received[] =>
  smtp.received.filter((received) => received.to.includes(to))

/** The links of a mail's text. */
export const linksOf = ({ mail }: Received): readonly URL[] =>
  [...(mail.text ?? '').matchAll(/^https?:\/\/\S+$/gm)].map(([link]) => new URL(link))

/** Waits for so many mails to an address. @returns the first link of the last one. */
export const linkIn = async (smtp: Pick<Smtp, 'received'>, to: string, count = 1): Promise<URL> => {
  await expect.poll(() => mailsTo(smtp, to).length, { timeout: 10_000, interval: 5 }).toBe(count)
  const last = mailsTo(smtp, to).at(-1)
  const link = last === undefined ? undefined : linksOf(last)[0]
  if (link === undefined) throw new Error(`no link in the mail to ${to}`)
  return link
}

export const tokenOf = (link: URL): string => link.searchParams.get('token') ?? ''
