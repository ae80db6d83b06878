/** What leaves, when it is tried again, and when it is given up, against a real SMTP server. */
import { describe, expect, it } from 'vitest'
import { LEASE_SECONDS, RETRY } from '../../../src/features/message/message.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { enqueue, PRODUCTION, recovery, smtpEnv } from '../../support/messages.ts'
import { type Behaviour, smtpServer } from '../../support/smtp.ts'

/** The longest that the first wait can be. */
const FIRST_WAIT = RETRY.firstSeconds * (1 + RETRY.jitter)

const DAY = 86_400

/** Where each message stands, oldest first, as operators see it. */
const standing = async (app: TestApp): Promise<unknown[]> => {
  const operator = await app.key('MESSAGES_READ')
  const { data } = await operator.gql('{ messages(first: 100) { nodes { to status sentAt } } }')
  return data.messages.nodes
    .map(({ to, status, sentAt }: { to: string; status: string; sentAt: string | null }) => [to, status, sentAt !== null])
    .toReversed()
}

/** Tries what is due and waits until it is over. */
const work = async ({ app }: TestApp): Promise<void> => {
  await app.tick()
  await app.delivered()
}

describe('a message', () => {
  it('leaves after the commit, by itself, with the Message-ID and the time it was written', async () => {
    const server = await smtpServer()
    const app = await testApp({ env: smtpEnv(server.port) })
    const id = await enqueue(app, recovery('ada@example.com'))
    const [received] = await server.arrived(1)
    await app.app.delivered()
    expect(received?.to).toEqual(['ada@example.com'])
    expect(received?.mail).toMatchObject({
      messageId: `<${id}@id.example.com>`,
      date: app.clock.now(),
      from: { value: [{ name: 'Gatehouse', address: 'door@id.example.com' }] },
    })
    expect(received?.mail.text).toContain('https://app.example.com/recover?token=SECRET')
    expect(await standing(app)).toEqual([['ada@example.com', 'SENT', true]])
  })

  it('is dead at once if its recipient is refused for good, and others leave', async () => {
    const server = await smtpServer()
    server.behave({ recipient: (address) => (address.startsWith('gone') ? 550 : null) })
    const app = await testApp({ env: smtpEnv(server.port) })
    await enqueue(app, recovery('gone@example.com'))
    await enqueue(app, recovery('ada@example.com'))
    await server.arrived(1)
    await work(app)
    expect(await standing(app)).toEqual([
      ['gone@example.com', 'DEAD', false],
      ['ada@example.com', 'SENT', true],
    ])
    server.behave({})
    app.clock.advance(DAY)
    await work(app)
    expect(server.received).toHaveLength(1)
  })

  it('is dead after a day of trying, with ever longer waits, the last try at its very end', async () => {
    const server = await smtpServer()
    server.behave({ recipient: () => 450 })
    const app = await testApp({ env: smtpEnv(server.port) })
    await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    const due = async () => (await app.app.db.read.message.findFirstOrThrow()).dueAt
    const began = app.clock.now().getTime()
    const tries = [0]
    for (let next = await due(); next !== null; next = await due()) {
      app.clock.advance((next.getTime() - app.clock.now().getTime()) / 1000)
      await work(app)
      tries.push((app.clock.now().getTime() - began) / 1000)
    }
    expect(tries.at(-1)).toBe(DAY)
    expect(tries.length).toBeGreaterThan(25)
    expect(tries.length).toBeLessThan(45)
    expect(await standing(app)).toEqual([['ada@example.com', 'DEAD', false]])
    server.behave({})
    app.clock.advance(DAY)
    await work(app)
    expect(server.received).toEqual([])
  })

  it('is carried by nobody else while the lease lasts, and by anybody when it is over', async () => {
    const server = await smtpServer()
    const app = await testApp({ env: smtpEnv(server.port, '?socketTimeout=60000') })
    server.behave({ slowness: 60_000 })
    await enqueue(app, recovery('ada@example.com'))
    await expect.poll(server.seen).toBe(1)
    app.clock.advance(LEASE_SECONDS - 1)
    await app.app.tick()
    await enqueue(app, recovery('grace@example.com'))
    await expect.poll(server.seen).toBe(2) // whoever looked for this one has looked for the other as well
    app.clock.advance(1)
    server.behave({})
    await app.app.tick()
    const [received] = await server.arrived(1)
    expect(received?.to).toEqual(['ada@example.com'])
    await server.close() // the first try fails at last, and has no say in it any more
    await app.app.delivered()
    expect(await standing(app)).toEqual([
      ['ada@example.com', 'SENT', true],
      ['grace@example.com', 'FAILED', false],
    ])
  })

  it('that cannot be read, since its key is gone, does not leave, and is dead after a day', async () => {
    const server = await smtpServer()
    server.behave({ recipient: () => 450 })
    const app = await testApp({ env: smtpEnv(server.port) })
    const id = await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    const { message } = app.app.db.read
    await message.update({ where: { id }, data: { content: 'gone.AAAA' } })
    server.behave({})
    app.clock.advance(FIRST_WAIT)
    await work(app)
    expect(await message.findUnique({ where: { id } })).toMatchObject({ status: 'FAILED', lastFailure: 'UNREADABLE' })
    app.clock.advance(DAY)
    await work(app)
    expect(await standing(app)).toEqual([['ada@example.com', 'DEAD', false]])
    expect(server.received).toEqual([])
  })
})

describe('whoever changes something', () => {
  it('waits for no mail server, however many mails are stuck in it', async () => {
    const server = await smtpServer()
    server.behave({ slowness: 60_000 })
    const app = await testApp({ env: smtpEnv(server.port) })
    const person = await app.person()
    for (let index = 0; index < 20; index++) await enqueue(app, recovery(`stuck${index}@example.com`))
    await expect.poll(server.seen).toBe(5) // at a time, for each node
    await enqueue(app, recovery('ada@example.com'))
    await app.signIn(app.browser(), person.email)
    expect(server.received).toEqual([]) // the server takes a minute for each
    await server.close()
    await app.close()
  })
})

describe('a sign-in', () => {
  it('is answered and alerts open pages while its mail is stuck, whatever becomes of that', async () => {
    const server = await smtpServer()
    const app = await testApp({ env: smtpEnv(server.port) })
    const { browser, email } = await app.person()
    const alerts = await app.subscribe(browser, 'subscription { sessionAlerts { session { id } } }')
    const status = async () => (await app.app.db.read.message.findFirstOrThrow({ orderBy: { id: 'desc' } })).status

    const signsIn = async (): Promise<void> => {
      app.clock.advance(1) // too little for one that failed to be tried again in between
      const { session } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
      expect((await alerts.next())?.data.sessionAlerts.session.id).toBe(session.id)
    }
    /** @returns what has become of the mail once the server is let go. */
    const meets = async (behaviour: (stuck: Promise<null>) => Behaviour): Promise<unknown> => {
      let letGo = (): void => undefined
      server.behave(
        behaviour(
          new Promise((resolve) => {
            letGo = () => resolve(null)
          }),
        ),
      )
      await signsIn()
      expect(await status()).toBe('WAITING')
      letGo()
      await app.app.delivered()
      return status()
    }

    expect(await meets((stuck) => ({ greeting: stuck }))).toBe('SENT')
    expect(await meets((stuck) => ({ data: () => stuck }))).toBe('SENT')
    expect(await meets((stuck) => ({ recipient: () => stuck.then(() => 550) }))).toBe('DEAD')
    expect(await meets((stuck) => ({ recipient: () => stuck.then(() => 450) }))).toBe('FAILED')
    expect(await meets((stuck) => ({ data: () => stuck.then(() => 554) }))).toBe('FAILED')
    expect(await meets((stuck) => ({ data: () => stuck, dropAfterData: true }))).toBe('FAILED')
    await server.close()
    await signsIn()
    await app.app.delivered()
    expect(await status()).toBe('FAILED')
  })
})

describe('what a person typed', () => {
  it('reaches no header', async () => {
    const server = await smtpServer()
    const app = await testApp({ env: smtpEnv(server.port) })
    const typed = 'EVIL\r\nBcc: eve@example.com\r\nX-Evil: EVIL\r\n\r\nEVIL'
    const occasion = { at: app.clock.now(), timeZone: 'UTC', place: { city: typed, countryCode: 'DE' }, ip: typed }
    const device = { client: typed, machine: typed }
    await app.app.db.transaction(async (tx) => {
      const common = { to: 'ada@example.com', locale: typed, accountId: null }
      const url = 'https://app.example.com/?token=EVIL'
      const { enqueue: write } = app.app.messages
      await write(tx, { ...common, kind: 'password-recovery', data: { name: typed, url, minutes: 60 } })
      await write(tx, { ...common, kind: 'password-changed', data: { name: typed, ...occasion, device, recoverUrl: url } })
      await write(tx, {
        ...common,
        kind: 'session-alert',
        data: { name: typed, ...occasion, device, method: 'PASSWORD', isNewDevice: true, wasMeUrl: url, wasNotMeUrl: url },
      })
      await write(tx, {
        ...common,
        kind: 'email-changed',
        data: { name: typed, at: app.clock.now(), timeZone: 'UTC', newEmailMasked: typed, undoUrl: url, undoHours: 72 },
      })
    })
    await server.arrived(4)
    await app.app.delivered()
    for (const { raw, to, mail } of server.received) {
      const head = raw.slice(0, raw.indexOf('\r\n\r\n'))
      expect(head).not.toMatch(/EVIL|eve@example/i)
      expect([...mail.headers.keys()].toSorted()).toEqual([
        'auto-submitted',
        'content-type',
        'date',
        'from',
        'message-id',
        'mime-version',
        'subject',
        'to',
        'x-auto-response-suppress',
      ])
      expect(to).toEqual(['ada@example.com'])
    }
  })
})

describe('in production', () => {
  it('nobody reads what a message says, and its words are gone when it has left or is dead', async () => {
    const server = await smtpServer()
    server.behave({ recipient: (address) => (address.startsWith('gone') ? 550 : address.startsWith('later') ? 450 : null) })
    const app = await testApp({ env: { ...PRODUCTION, ...smtpEnv(server.port) } })
    const operator = await app.key('MESSAGES_READ')
    for (const to of ['ada@example.com', 'gone@example.com', 'later@example.com']) await enqueue(app, recovery(to))
    await server.arrived(1)
    await app.app.delivered()
    expect(server.received[0]?.mail.text).toContain('token=SECRET')
    const { data } = await operator.gql('{ messages { nodes { to status subject text html } } }')
    const hidden = { subject: null, text: null, html: null }
    expect(data.messages.nodes).toEqual([
      { to: 'later@example.com', status: 'FAILED', ...hidden },
      { to: 'gone@example.com', status: 'DEAD', ...hidden },
      { to: 'ada@example.com', status: 'SENT', ...hidden },
    ])
    const stored = await app.app.db.read.message.findMany({ orderBy: { id: 'asc' } })
    expect(stored.map(({ content }) => content)).toEqual([null, null, expect.stringMatching(/^a\./)])
    expect(JSON.stringify(stored.map(({ dueAt: _, ...rest }) => rest))).not.toContain('SECRET')
  })

  it('a message waits where there is no mail server, for operators to see, and is dead after a day', async () => {
    const app = await testApp({ env: PRODUCTION })
    await enqueue(app, recovery('ada@example.com'))
    await work(app)
    expect(await standing(app)).toEqual([['ada@example.com', 'WAITING', false]])
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
    app.clock.advance(DAY - 1)
    await work(app)
    expect(await standing(app)).toEqual([['ada@example.com', 'WAITING', false]])
    app.clock.advance(1)
    await work(app)
    expect(await standing(app)).toEqual([['ada@example.com', 'DEAD', false]])
    expect((await app.app.db.read.message.findFirstOrThrow()).content).toBeNull()
  })
})

describe('an account that is deleted', () => {
  it('takes its old messages with it, and not those that have still to leave', async () => {
    const server = await smtpServer()
    server.behave({ recipient: (address) => (address.startsWith('later') ? 450 : null) })
    const app = await testApp({ env: smtpEnv(server.port) })
    const person = await app.person()
    const accountId = person.account.id
    await enqueue(app, recovery(person.email, { accountId }))
    await enqueue(app, recovery('later@example.com', { accountId }))
    await enqueue(app, recovery('other@example.com'))
    await server.arrived(2)
    await app.app.delivered()
    const deleted = await person.browser.gql('mutation { deleteAccount(input: { immediately: true }) { __typename } }')
    expect(deleted.data.deleteAccount.__typename).toBe('DeleteAccountPayload')
    expect(await standing(app)).toEqual([
      ['later@example.com', 'FAILED', false],
      ['other@example.com', 'SENT', true],
    ])
    server.behave({})
    app.clock.advance(FIRST_WAIT)
    await work(app)
    expect(await standing(app)).toContainEqual(['later@example.com', 'SENT', true])
  })
})
