import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { linkIn, linksOf, mailsTo, tokenOf } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { askToChange } from '../../support/passwords.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ realLimits: true, env: { ...smtpEnv(smtp.port), TRUSTED_PROXIES: '127.0.0.1/32' } })

const WRONG = 'not the password'
const MINUTE = 60

/** Each test comes from networks of its own, so that none shuts out another. */
let networks = 0
const newIp = (): string => `2001:db8:${(++networks).toString(16)}::1`
const browser = (ip = newIp()): TestClient => app.browser({ headers: { 'x-forwarded-for': ip } })

const person = async (input: Record<string, unknown> = {}) => {
  const who = browser()
  const email = newEmail()
  const { account } = await app.signUp(who, { email, ...input })
  return { browser: who, email, account }
}

const SIGN_IN = 'signInWithPassword(input: $input) { __typename ... on UserError { code } }'

/** What an answer comes to: the code of its refusal, of its error, or its type. */
const told = (answer: { data: Record<string, { __typename: string; code?: string } | null>; errors?: unknown[] }): string => {
  const [refusal] = (answer.errors ?? []) as { extensions: { code: string } }[]
  const result = Object.values(answer.data ?? {})[0]
  return refusal?.extensions.code ?? result?.code ?? result?.__typename ?? 'nothing'
}

const trySignIn = async (who: TestClient, email: string, password: string) =>
  who.gql(`mutation ($input: SignInWithPasswordInput!) { ${SIGN_IN} }`, { input: { email, password } })

const guess = async (email: string, who = browser(), password = WRONG): Promise<string> =>
  told(await trySignIn(who, email, password))

/** So many, one after the other, each from somewhere else. */
const guesses = async (email: string, count: number): Promise<readonly string[]> => {
  const answers: string[] = []
  while (answers.length < count) answers.push(await guess(email))
  return answers
}

const WRONGS = Array<string>(10).fill('INVALID_CREDENTIALS')

const retryAfter = (answer: Awaited<ReturnType<typeof trySignIn>>): unknown => answer.errors?.[0]?.extensions.retryAfterSeconds

const eventsOf = async (accountId: string, type: string) => {
  await app.app.tick()
  const operator = await app.key('EVENTS_READ')
  const query = `query ($filter: EventFilter!) { events(filter: $filter) { nodes { type outcome details } } }`
  return (await operator.gql(query, { filter: { accountId, types: [type] } })).data.events.nodes
}

describe('wrong passwords', () => {
  it('are ten in a quarter of an hour; then the right one is refused too, until the first has left the window', async () => {
    const { email } = await person()
    expect(await guess(email)).toBe('INVALID_CREDENTIALS')
    app.clock.advance(7 * MINUTE + 13)
    expect(await guesses(email, 9)).toEqual(WRONGS.slice(1))
    for (const password of [WRONG, PASSWORD]) {
      const answer = await trySignIn(browser(), email, password)
      expect([told(answer), retryAfter(answer)]).toEqual(['RATE_LIMITED', 8 * MINUTE - 13])
    }
    app.clock.advance(8 * MINUTE - 14)
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
    app.clock.advance(1)
    expect(await guess(email)).toBe('INVALID_CREDENTIALS')
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
    app.clock.advance(7 * MINUTE + 13)
    expect(await guess(email, browser(), PASSWORD)).toBe('SignInPayload')
    expect(await guesses(email, 10)).toEqual(WRONGS) // forgiven by the success
  })

  it('are answered alike, byte for byte, for an address that nobody has', async () => {
    const [{ email }, nobody] = [await person(), newEmail()]
    const answersOf = async (address: string): Promise<readonly string[]> => {
      const answers: string[] = []
      while (answers.length < 13) {
        const variables = { input: { email: address, password: answers.length === 12 ? PASSWORD : WRONG } }
        const response = await browser().post({ query: `mutation ($input: SignInWithPasswordInput!) { ${SIGN_IN} }`, variables })
        const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
        answers.push(JSON.stringify([response.status, headers, await response.text()]))
      }
      return answers
    }
    const known = await answersOf(email)
    expect(known.at(-1)).toContain('RATE_LIMITED')
    expect(await answersOf(nobody)).toEqual(known)
  })

  it('count once for each field of a document, whatever it is called, before any hash is made', async () => {
    const who = browser()
    const { email } = await person()
    const aliased = (emails: readonly string[]): string =>
      `mutation { ${emails.map((address, index) => `a${index}: signInWithPassword(input: { email: "${address}", password: "${WRONG}" }) { __typename }`).join(' ')} }`
    const ask = async (emails: readonly string[]): Promise<number> => {
      const { data } = await who.gql(aliased(emails))
      return Object.values(data).filter((result) => result !== null).length
    }
    expect((await who.gql(aliased(Array(100).fill(email)))).data).toBeUndefined() // refused unread: none of these was an attempt
    let seen = 0
    for (const batch of [15, 15, 15, 15, 15, 15, 10]) seen += await ask(Array(batch).fill(email))
    expect(seen).toBe(10) // of a hundred at one account
    for (const batch of [15, 15, 15, 15, 15, 15, 10]) seen += await ask(Array.from({ length: batch }, newEmail))
    expect(seen).toBe(50) // of a hundred more at as many, from one network
    expect(await guess(newEmail(), who)).toBe('RATE_LIMITED')
    expect(await guess(newEmail())).toBe('INVALID_CREDENTIALS')
  })

  it('of one network are fifty, wherever in it they come from, and a success elsewhere forgives none of them', async () => {
    const network = `2001:db8:aa${++networks}:12`
    const from = (host: number) => browser(`${network}${(host % 200).toString(16).padStart(2, '0')}::${host}`)
    const { email } = await person()
    for (let host = 0; host < 49; host++) expect(await guess(newEmail(), from(host))).toBe('INVALID_CREDENTIALS')
    expect(await guess(email, from(49), PASSWORD)).toBe('SignInPayload')
    expect(await guess(newEmail(), from(50))).toBe('INVALID_CREDENTIALS')
    const answer = await trySignIn(from(51), newEmail(), WRONG)
    expect([told(answer), retryAfter(answer)]).toEqual(['RATE_LIMITED', 15 * MINUTE])
    expect(await guess(email, from(52), PASSWORD)).toBe('RATE_LIMITED')
    expect(await guess(email, browser(), PASSWORD)).toBe('SignInPayload')
  })

  it('shut out nobody on a device that the account knows, which has ten for itself and forgives no others', async () => {
    const { email, browser: own, account } = await person()
    expect(await guesses(email, 11)).toEqual([...WRONGS, 'RATE_LIMITED'])
    expect(await guess(email, own, PASSWORD)).toBe('SignInPayload')
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
    for (const answer of WRONGS) expect(await guess(email, own)).toBe(answer)
    expect(await guess(email, own, PASSWORD)).toBe('RATE_LIMITED')
    const locks = await eventsOf(account.id, 'account.locked')
    expect(locks.map(({ details }: { details: { deviceId: string | null } }) => details.deviceId)).toEqual([
      expect.stringMatching(/^dev_/),
      null,
    ])
    // the key of another's device, and one that was never confirmed, count as none
    const other = await person()
    expect(await guess(email, other.browser, PASSWORD)).toBe('RATE_LIMITED')
    app.clock.advance(15 * MINUTE)
    const stranger = browser()
    expect(await guess(email, stranger, PASSWORD)).toBe('SignInPayload')
    await guesses(email, 10)
    expect(await guess(email, stranger, PASSWORD)).toBe('RATE_LIMITED')
  })

  it('are no others: whatever else stands in the way of the right one is no failure', async () => {
    const { email, account } = await person()
    const data = { passwordResetRequired: true }
    await app.app.db.read.account.update({ where: { id: account.id }, data })
    for (let time = 0; time < 11; time++) expect(await guess(email, browser(), PASSWORD)).toBe('PASSWORD_RESET_REQUIRED')
    await app.app.db.read.account.update({ where: { id: account.id }, data: { passwordResetRequired: false } })
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
    for (let time = 0; time < 11; time++) expect(await guess(email, browser(), PASSWORD)).toBe('SESSION_LIMIT_REACHED')
    await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' }, signIn: { methods: ['MAGIC_LINK'] } })
    for (let time = 0; time < 11; time++) expect(await guess(email)).toBe('METHOD_DISABLED')
    await app.settings({ signIn: { methods: ['PASSWORD'] } })
    expect(await guesses(email, 1)).toEqual(['INVALID_CREDENTIALS'])
  })

  it('come to ten of fifty at once, and fifty right ones at once all pass', async () => {
    const [{ email }, right] = [await person(), await person()]
    const from = Array.from({ length: 50 }, () => browser())
    const all = await Promise.all(from.map((who) => guess(email, who)))
    expect(all.filter((answer) => answer === 'INVALID_CREDENTIALS')).toHaveLength(10)
    expect(all.filter((answer) => answer === 'RATE_LIMITED')).toHaveLength(40)
    const good = await Promise.all(from.map((who) => guess(right.email, who, PASSWORD)))
    expect(good).toEqual(Array(50).fill('SignInPayload'))
  })
})

describe('a proof of somebody who is signed in', () => {
  const NEW = 'another horse battery'
  const REAUTHENTICATE = `mutation ($password: String!) { reauthenticate(input: { password: $password }) { __typename ... on UserError { code } } }`
  const reauthenticate = async (who: TestClient, password: string) => told(await who.gql(REAUTHENTICATE, { password }))
  const change = async (who: TestClient, currentPassword: string, newPassword: string) =>
    told(await askToChange(who, { currentPassword, newPassword }))

  it('is an attempt at his account like any other, whatever it is asked for', async () => {
    const { email, account } = await person()
    const elsewhere = browser()
    await app.signIn(elsewhere, email) // a device that the account does not know
    for (let time = 0; time < 4; time++) expect(await reauthenticate(elsewhere, WRONG)).toBe('INVALID_CREDENTIALS')
    for (let time = 0; time < 4; time++) expect(await change(elsewhere, WRONG, NEW)).toBe('INVALID_CREDENTIALS')
    expect(await guesses(email, 3)).toEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', 'RATE_LIMITED'])
    expect(await reauthenticate(elsewhere, PASSWORD)).toBe('RATE_LIMITED')
    expect(await change(elsewhere, PASSWORD, NEW)).toBe('RATE_LIMITED')
    expect(await eventsOf(account.id, 'account.locked')).toHaveLength(1)
    app.clock.advance(15 * MINUTE)
    await app.signIn(elsewhere, email) // the proof has grown old
    expect(await change(elsewhere, PASSWORD, NEW)).toBe('ChangePasswordPayload')
  })

  it('that is right forgives the failures before it', async () => {
    const { email } = await person()
    const elsewhere = browser()
    await app.signIn(elsewhere, email)
    await guesses(email, 9)
    expect(await reauthenticate(elsewhere, PASSWORD)).toBe('ReauthenticatePayload')
    expect(await guesses(email, 10)).toEqual(WRONGS)
  })

  it('on a device that the account knows counts for that alone: while others knock, the owner can change his password', async () => {
    const { email, browser: own, account } = await person()
    await guesses(email, 10)
    expect(await reauthenticate(own, PASSWORD)).toBe('ReauthenticatePayload')
    expect(await change(own, PASSWORD, NEW)).toBe('ChangePasswordPayload')
    expect(await guess(email, browser(), NEW)).toBe('RATE_LIMITED') // it forgave the device's failures and no others
    for (const answer of WRONGS) expect(await reauthenticate(own, WRONG)).toBe(answer)
    expect(await change(own, NEW, PASSWORD)).toBe('RATE_LIMITED')
    const locks: { details: { deviceId: string | null } }[] = await eventsOf(account.id, 'account.locked')
    expect(locks.map(({ details }) => details.deviceId)).toEqual([expect.stringMatching(/^dev_/), null])
    const { browser: stranger, email: other } = await person()
    await guesses(other, 10)
    stranger.jar.set('gatehouse-device', own.jar.get('gatehouse-device') ?? '') // another's device is none of the account's
    expect(await reauthenticate(stranger, PASSWORD)).toBe('RATE_LIMITED')
  })
})

describe('what tells which passwords an account had', () => {
  const WEAK = Array<string>(10).fill('WEAK_PASSWORD')

  it('costs an attempt, and is not told where none is left: in a change', async () => {
    const { email } = await person()
    const elsewhere = browser()
    await app.signIn(elsewhere, email)
    const tries: string[] = []
    for (let time = 0; time < 12; time++)
      tries.push(told(await askToChange(elsewhere, { currentPassword: PASSWORD, newPassword: PASSWORD })))
    expect(tries).toEqual([...WEAK, 'RATE_LIMITED', 'RATE_LIMITED']) // although the proof before each of them was right
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
  })

  it('costs an attempt, and is not told where none is left: by a link, which stays good for another password', async () => {
    const { email } = await person()
    const token = await app.app.operators.createAdmin(email)
    const recover = async (newPassword: string) => {
      const document =
        'mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename ... on UserError { code } } }'
      return told(await browser().gql(document, { input: { token, newPassword } }))
    }
    const tries: string[] = []
    for (let time = 0; time < 12; time++) tries.push(await recover(PASSWORD))
    expect(tries).toEqual([...WEAK, 'RATE_LIMITED', 'RATE_LIMITED'])
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
    expect(await recover('short')).toBe('WEAK_PASSWORD') // what tells nothing costs nothing
    expect(await recover('another horse battery')).toBe('RecoverPasswordPayload')
  })
})

describe('a locked account', () => {
  it('is in the log, with each failure, and once a minute that somebody was refused', async () => {
    const { email, account } = await person()
    await guesses(email, 14)
    app.clock.advance(MINUTE)
    await guesses(email, 3)
    expect(await eventsOf(account.id, 'account.locked')).toEqual([
      { type: 'account.locked', outcome: 'REFUSED', details: { deviceId: null } },
    ])
    const codes = (await eventsOf(account.id, 'sign-in.failed')).map(({ details }: { details: { code: string } }) => details.code)
    expect(codes.toSorted()).toEqual([...WRONGS, 'RATE_LIMITED', 'RATE_LIMITED'])
  })

  it('is told to its owner, once an hour, with when and from where, and to nobody else', async () => {
    const [{ email }, nobody, blocked] = [await person({ name: 'Ada' }), newEmail(), await person()]
    await app.app.db.read.account.update({ where: { id: blocked.account.id }, data: { blockedAt: app.clock.now() } })
    for (const address of [email, nobody, blocked.email]) await guesses(address, 10)
    const link = await linkIn(smtp, email)
    expect([link.pathname, link.search]).toEqual(['/recover', ''])
    const [mail] = mailsTo(smtp, email)
    expect(mail?.mail.subject).toBe('Too many failed sign-ins to your account')
    expect(mail?.mail.text).toContain('IP address: 2001:db8:')
    expect(mail === undefined ? [] : linksOf(mail)).toHaveLength(1)
    app.clock.advance(15 * MINUTE)
    await guesses(email, 10) // locked again within the hour
    await app.app.delivered()
    expect([email, nobody, blocked.email].map((address) => mailsTo(smtp, address).length)).toEqual([1, 0, 0])
    app.clock.advance(45 * MINUTE)
    await guesses(email, 10)
    await linkIn(smtp, email, 2)
  })

  it('is open again at once when an operator unlocks it, for every device, and it is in the log', async () => {
    const { email, browser: own, account } = await person()
    await guesses(email, 10)
    for (const answer of WRONGS) expect(await guess(email, own)).toBe(answer)
    const unlock = (who: TestClient, accountId = account.id) =>
      who.gql(
        'mutation ($input: UnlockAccountInput!) { unlockAccount(input: $input) { ... on UnlockAccountPayload { account { id } } } }',
        { input: { accountId } },
      )
    const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')
    expect(told(await unlock(own))).toBe('FORBIDDEN')
    expect(told(await unlock(await app.key('SESSIONS_WRITE')))).toBe('FORBIDDEN')
    expect(told(await unlock(operator, `acc_${'0'.repeat(26)}`))).toBe('NOT_FOUND')
    const admin = await app.admin()
    expect(told(await unlock(operator, admin.account.id))).toBe('FORBIDDEN')
    expect(await guess(email, browser(), PASSWORD)).toBe('RATE_LIMITED')
    expect((await unlock(operator)).data.unlockAccount).toEqual({ account: { id: account.id } })
    expect(await guess(email, own)).toBe('INVALID_CREDENTIALS')
    expect(await guess(email, browser(), PASSWORD)).toBe('SignInPayload')
    expect(await eventsOf(account.id, 'account.unlocked')).toEqual([
      { type: 'account.unlocked', outcome: 'SUCCEEDED', details: { by: 'OPERATOR' } },
    ])
  })

  it('is open again when its owner recovers it, which a lock does not stop', async () => {
    const { email, account } = await person()
    await guesses(email, 10)
    const token = await app.app.operators.createAdmin(email)
    const recovered = await browser().gql(
      'mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }',
      { input: { token, newPassword: 'another horse battery' } },
    )
    expect(told(recovered)).toBe('RecoverPasswordPayload')
    expect(await guess(email, browser(), 'another horse battery')).toBe('SignInPayload')
    expect(await eventsOf(account.id, 'account.unlocked')).toMatchObject([{ details: { by: 'RECOVERY' } }])
  })
})

describe('mails that somebody asks for', () => {
  const recovery = async (who: TestClient, email: string) =>
    who.gql(
      `mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename ... on UserError { code } } }`,
      { input: { email, redirectUrl: `http://localhost:${new URL(app.url).port}/recover` } },
    )

  it('are five an hour to an address, whether it is an account’s or not, and five more for its known devices', async () => {
    const [{ email, browser: own }, nobody] = [await person(), newEmail()]
    for (const address of [email, nobody])
      for (let time = 0; time < 5; time++) expect(told(await recovery(browser(), address))).toBe('RequestPasswordRecoveryPayload')
    await app.app.delivered() // before their leases are over
    app.clock.advance(59 * MINUTE)
    for (const address of [email, nobody]) {
      const answer = await recovery(browser(), address)
      expect([told(answer), answer.errors?.[0]?.extensions.retryAfterSeconds]).toEqual(['RATE_LIMITED', MINUTE])
    }
    for (let time = 0; time < 5; time++) expect(told(await recovery(own, email))).toBe('RequestPasswordRecoveryPayload')
    expect(told(await recovery(own, email))).toBe('RATE_LIMITED')
    await app.app.delivered()
    app.clock.advance(MINUTE)
    expect(told(await recovery(browser(), email))).toBe('RequestPasswordRecoveryPayload')
    await app.app.delivered()
    expect([mailsTo(smtp, email).length, mailsTo(smtp, nobody).length]).toEqual([11, 0])
  })

  it('are twenty an hour from a network, on our own page too', async () => {
    const ip = newIp()
    for (let time = 0; time < 20; time++)
      expect(told(await recovery(browser(ip), newEmail()))).toBe('RequestPasswordRecoveryPayload')
    expect(told(await recovery(browser(ip), newEmail()))).toBe('RATE_LIMITED')
    const body = new URLSearchParams({ email: newEmail(), locale: 'de' })
    const page = await browser(ip).fetch('/recover', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([page.status, page.headers.get('retry-after')]).toEqual([429, '3600'])
    expect(await page.text()).toMatch(/lang="de"[\s\S]*Bitte versuchen Sie es in 60 Minuten noch einmal\./)
  })

  it('of another kind have points of their own, and what is not sent costs none', async () => {
    const { email, browser: own } = await person()
    for (let time = 0; time < 5; time++) await recovery(own, email)
    const send = async () =>
      told(
        await own.gql(
          'mutation ($url: String!) { sendEmailVerification(input: { redirectUrl: $url }) { __typename ... on UserError { code } } }',
          { url: `http://localhost:${new URL(app.url).port}/email/verify` },
        ),
      )
    for (let time = 0; time < 5; time++) expect(await send()).toBe('SendEmailVerificationPayload')
    expect(await send()).toBe('RATE_LIMITED')
    await app.app.delivered()
    const token = tokenOf(linksOf(mailsTo(smtp, email).at(-1) ?? fail())[0] ?? new URL('none:'))
    await own.gql('mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }', { token })
    for (let time = 0; time < 3; time++) expect(await send()).toBe('INVALID_INPUT')
  })
})

const fail = (): never => {
  throw new Error('there is no mail')
}

describe('sign-ups', () => {
  it('are twenty an hour from a network, whatever comes of them', async () => {
    const who = browser()
    const { email } = await person()
    const signUp = (input: Record<string, unknown>) =>
      who.gql(`mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on UserError { code } } }`, {
        input: { email: newEmail(), password: PASSWORD, ...input },
      })
    expect(told(await signUp({ email }))).toBe('EMAIL_TAKEN')
    expect(told(await signUp({ password: 'short' }))).toBe('WEAK_PASSWORD')
    for (let time = 0; time < 3; time++) expect(told(await signUp({ email: 'nobody' }))).toBe('INVALID_INPUT') // costs nothing
    app.clock.advance(30 * MINUTE)
    for (let time = 0; time < 18; time++) expect(told(await signUp({}))).toBe('SignInPayload')
    const answer = await signUp({})
    expect([told(answer), answer.errors?.[0]?.extensions.retryAfterSeconds]).toEqual(['RATE_LIMITED', 30 * MINUTE])
    app.clock.advance(30 * MINUTE)
    expect(told(await signUp({}))).toBe('SignInPayload')
  })
})
