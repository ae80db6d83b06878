/** Every mail in every language, through a real SMTP server, read back by a parser that knows nothing of us. */
import { describe, expect, it } from 'vitest'
import { CATALOGUES } from '../../../src/features/message/texts/catalogue.ts'
import { compose } from '../../../src/features/message/texts/compose.ts'
import type { MessageKind } from '../../../src/features/message/texts/kinds.ts'
import { testApp } from '../../support/app.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'
import { SAMPLES } from './texts/samples.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

describe.each(Object.keys(CATALOGUES))('the mails in %s', (locale) => {
  it.each(Object.keys(SAMPLES) as MessageKind[])('%s arrives as it was written', async (kind) => {
    const to = `${kind}.${locale}@example.com`
    await app.app.db.transaction((tx) => app.app.messages.enqueue(tx, { kind, to, locale, data: SAMPLES[kind], accountId: null }))
    await app.app.delivered()
    const [received, ...more] = smtp.received.filter((mail) => mail.to.includes(to))
    expect(more).toEqual([])
    const { subject, text, html } = compose(kind, locale, SAMPLES[kind])
    expect(received?.mail.subject).toBe(subject)
    expect(received?.mail.text?.trimEnd()).toBe(text.trimEnd())
    expect(String(received?.mail.html).trimEnd()).toBe(html.trimEnd())
    for (const line of received?.raw.split('\r\n') ?? []) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998) // RFC 5322, 2.1.1
  })
})
