/** The SMTP carrier against a real server: what arrives, and what is said of what does not. */
import { describe, expect, it } from 'vitest'
import { type DeliveryFailure, type Letter, NotDelivered } from '../../src/ports/carrier.ts'
import { openMailer } from '../../src/ports/mailer/index.ts'
import { readSmtpUrl, smtpUrlProblem } from '../../src/ports/mailer/smtp-url.ts'
import { type Behaviour, smtpServer } from '../support/smtp.ts'

const FROM = { name: 'Gatehouse, "the" Door', address: 'door@id.example.com' }

const letter = (more: Partial<Letter> = {}): Letter => ({
  to: 'ada@example.com',
  subject: 'Grüße, 你好, مرحبا',
  text: 'Text: 你好',
  html: '<p>HTML: مرحبا</p>',
  messageId: '<msg_1@id.example.com>',
  writtenAt: new Date('2030-01-01T00:00:00Z'),
  ...more,
})

const mailer = async (url: string) => {
  const opened = await openMailer({ kind: 'smtp', settings: readSmtpUrl(url), from: FROM })
  if (opened === null) throw new Error('there is a mailer for every SMTP_URL')
  return opened
}

/** Carries one letter and closes. @returns why it was not taken; null if it was. */
const failureOf = async (url: string, sent = letter()) => {
  const { carry, close } = await mailer(url)
  const failure = await carry(sent).catch((error: unknown) => error)
  await close()
  if (failure === undefined) return null
  if (!(failure instanceof NotDelivered)) throw failure
  return { reason: failure.reason, code: failure.code }
}

/** Nobody listens there. */
const closedPort = async (): Promise<number> => {
  const server = await smtpServer()
  await server.close()
  return server.port
}

const first = <T>(items: readonly T[]): T => {
  const [item] = items
  if (item === undefined) throw new Error('nothing came')
  return item
}

describe('a mail over SMTP', () => {
  it('arrives whole, from the sender, with the Message-ID and the date it was given', async () => {
    const server = await smtpServer()
    expect(await failureOf(`smtp://127.0.0.1:${server.port}`)).toBeNull()
    const { mail, from, to, encrypted } = first(await server.arrived(1))
    expect({ from, to, encrypted }).toEqual({ from: 'door@id.example.com', to: ['ada@example.com'], encrypted: false })
    expect(mail.from?.value).toEqual([FROM])
    expect(mail).toMatchObject({
      subject: 'Grüße, 你好, مرحبا',
      messageId: '<msg_1@id.example.com>',
      date: new Date('2030-01-01T00:00:00Z'),
      html: '<p>HTML: مرحبا</p>',
    })
    expect(mail.text?.trim()).toBe('Text: 你好')
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it('goes over one connection after the other mail, and over no more than it may', async () => {
    const server = await smtpServer()
    const { carry, close } = await mailer(`smtp://127.0.0.1:${server.port}?maxConnections=2`)
    await Promise.all(Array.from({ length: 10 }, (_, index) => carry(letter({ messageId: `<${index}@id.example.com>` }))))
    await close()
    expect(new Set(server.received.map(({ mail }) => mail.messageId)).size).toBe(10)
    expect(server.connections()).toBe(2)
  })

  it('is encrypted by STARTTLS where the server offers it, and never goes without where that is required', async () => {
    const offering = await smtpServer({ disabledCommands: [] })
    expect(await failureOf(`smtp://127.0.0.1:${offering.port}`)).toBeNull()
    expect(offering.received[0]?.encrypted).toBe(true)
    const unchecked = '?requireTLS=true&tls.rejectUnauthorized=false'
    expect(await failureOf(`smtp://127.0.0.1:${offering.port}${unchecked}`)).toBeNull()
    expect(offering.received[1]?.encrypted).toBe(true)
    const plain = await smtpServer()
    expect(await failureOf(`smtp://127.0.0.1:${plain.port}${unchecked}`)).toMatchObject({ reason: 'NOT_ENCRYPTED' })
    expect(plain.received).toEqual([])
  })

  it('does not go to a server whose certificate is not good', async () => {
    for (const protocol of ['smtps', 'smtp']) {
      const server = await smtpServer(protocol === 'smtps' ? { secure: true } : { disabledCommands: [] })
      const url = `${protocol}://127.0.0.1:${server.port}`
      expect(await failureOf(`${url}?requireTLS=true`)).toEqual({ reason: 'NOT_ENCRYPTED', code: null })
      expect(server.received).toEqual([])
      expect(await failureOf(`${url}?requireTLS=true&tls.rejectUnauthorized=false`)).toBeNull()
      expect(server.received[0]?.encrypted).toBe(true)
    }
  })

  it('is handed over with user name and password, also where the server does not ask', async () => {
    const server = await smtpServer({ authOptional: false })
    const at = `127.0.0.1:${server.port}`
    expect(await failureOf(`smtp://gatehouse:p%40ss%20word@${at}`)).toBeNull()
    expect(server.received[0]?.user).toBe('gatehouse')
    expect(await failureOf(`smtp://gatehouse:wrong@${at}`)).toMatchObject({ reason: 'NOT_AUTHENTICATED', code: 535 })
    expect(await failureOf(`smtp://${at}`)).toMatchObject({ reason: expect.stringMatching(/REJECTED|NOT_AUTHENTICATED/) })
    expect(server.received).toHaveLength(1)
  })

  it.each<[string, Behaviour, { reason: DeliveryFailure; code: number | null }]>([
    ['its recipient is refused for good', { recipient: () => 550 }, { reason: 'REFUSED', code: 550 }],
    ['its recipient is refused for now', { recipient: () => 450 }, { reason: 'REJECTED', code: 450 }],
    ['its content is refused, even for good', { data: () => 554 }, { reason: 'REJECTED', code: 554 }],
    ['the connection drops after DATA', { dropAfterData: true }, { reason: 'CUT_OFF', code: null }],
    ['the server is too slow', { slowness: 2_000 }, { reason: 'TIMED_OUT', code: null }],
  ])('is said to have failed when %s', async (_what, behaviour, failure) => {
    const server = await smtpServer()
    server.behave(behaviour)
    expect(await failureOf(`smtp://127.0.0.1:${server.port}?socketTimeout=500`)).toEqual(failure)
  })

  it.each([
    [554, '5.7.1 Relay access denied'],
    [550, '5.7.26 This mail is unauthenticated'],
    [530, '5.7.0 Authentication required'],
  ])('is tried again when a server refuses us, and not the recipient: %i %s', async (responseCode, message) => {
    const server = await smtpServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error(message), { responseCode })),
    })
    expect(await failureOf(`smtp://127.0.0.1:${server.port}`)).toEqual({ reason: 'REJECTED', code: responseCode })
  })

  it('is said to have failed when nobody is there, or nobody greets', async () => {
    expect(await failureOf(`smtp://127.0.0.1:${await closedPort()}`)).toEqual({ reason: 'UNREACHABLE', code: null })
    expect(await failureOf('smtp://nowhere.invalid?connectionTimeout=2000')).toEqual({ reason: 'UNREACHABLE', code: null })
    const mute = await smtpServer({ onConnect: () => undefined })
    expect(await failureOf(`smtp://127.0.0.1:${mute.port}?greetingTimeout=200`)).toEqual({ reason: 'TIMED_OUT', code: null })
  })

  it('carries nothing that was typed into a header or to a second recipient', async () => {
    const server = await smtpServer()
    const subject = 'Hello\r\nBcc: eve@example.com\r\n\r\nbody'
    expect(await failureOf(`smtp://127.0.0.1:${server.port}`, letter({ subject }))).toBeNull()
    const { mail } = first(server.received)
    expect([mail.subject, mail.bcc, mail.headers.get('bcc'), mail.text?.trim()]).toEqual([
      'Hello Bcc: eve@example.com  body',
      undefined,
      undefined,
      'Text: 你好',
    ])
    await failureOf(`smtp://127.0.0.1:${server.port}`, letter({ to: 'ada@example.com, eve@example.com' }))
    for (const { to } of server.received) expect(to).toHaveLength(1)
    expect(server.received.map(({ to }) => to[0])).not.toContain('eve@example.com')
  })
})

describe('SMTP_URL', () => {
  it('asks for encryption unless the server is this machine, or it is told not to', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '[::1]', 'mail.localhost'])
      expect(readSmtpUrl(`smtp://${host}`), host).toMatchObject({ requireTLS: false, verify: false, port: 587 })
    for (const host of ['mail.example.com', '10.0.0.1', '[2001:db8::1]'])
      expect(readSmtpUrl(`smtp://${host}`), host).toMatchObject({ requireTLS: true, verify: true, port: 587 })
    expect(readSmtpUrl('smtps://localhost')).toMatchObject({ secure: true, requireTLS: true, verify: true, port: 465 })
    expect(readSmtpUrl('smtps://localhost?requireTLS=false')).toMatchObject({ secure: true, requireTLS: true, verify: true })
    expect(readSmtpUrl('smtp://mail.example.com:2525?requireTLS=false')).toMatchObject({ requireTLS: false, port: 2525 })
    expect(readSmtpUrl('smtp://localhost?requireTLS=true')).toMatchObject({ requireTLS: true, verify: true })
  })

  it('reads user, password and options', () => {
    expect(readSmtpUrl('smtp://ada%40example.com:p%2Fw@host?name=id.example.com&maxConnections=9&socketTimeout=1000')).toEqual({
      host: 'host',
      port: 587,
      secure: false,
      requireTLS: true,
      verify: true,
      user: 'ada@example.com',
      password: 'p/w',
      name: 'id.example.com',
      maxConnections: 9,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 1_000,
    })
  })

  it.each([
    'http://host',
    'smtp:',
    'smtp://',
    'host:25',
    'smtp://host/path',
    'smtp://user@host',
    'smtp://:password@host',
    'smtp://user:%ZZ@host',
    'smtp://host?pool=true',
    'smtp://host?requireTLS=yes',
    'smtp://host?socketTimeout=0',
    'smtp://host?maxConnections=101',
    'smtp://host?name=two%20words',
  ])('does not take %s', (url) => expect(smtpUrlProblem(url)).toEqual(expect.any(String)))
})
