import { describe, expect, it } from 'vitest'
import { QUIET_MS } from '../../../src/policy/bounds.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { linkIn, linksOf, mailsTo, tokenOf } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const PAGE = 'https://app.example.com/recover'
const app = await testApp({ env: { ...smtpEnv(smtp.port), ALLOWED_REDIRECTS: `${PAGE},http://localhost:3000/x` } })

const NEW = 'another horse battery'
const VOID = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' }

/** The whole answer, as text: what a stranger could compare. */
const post = (email: string, redirectUrl = PAGE): Promise<Response> => {
  const query = `mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) {
    __typename ... on RequestPasswordRecoveryPayload { sentTo expiresAt } ... on InvalidInputError { fields { path } } } }`
  return app.browser().post({ query, variables: { input: { email, redirectUrl } } })
}

const ask = async (email: string, redirectUrl = PAGE): Promise<string> => (await post(email, redirectUrl)).text()

const asked = async (email: string, redirectUrl = PAGE) => JSON.parse(await ask(email, redirectUrl)).data.requestPasswordRecovery

const recover = async (token: string, newPassword = NEW) =>
  (
    await app.browser().gql(
      `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) {
        __typename ... on RecoverPasswordPayload { endedSessions } ... on UserError { code } } }`,
      { input: { token, newPassword } },
    )
  ).data.recoverPassword

const verified = async (id: string): Promise<boolean> =>
  (await app.app.db.read.account.findUniqueOrThrow({ where: { id } })).emailVerifiedAt !== null

/** Everything that was asked for has left. */
const settled = (): Promise<void> => app.app.delivered()

/** Asks so often and gives the tokens in order. */
const links = async (email: string, count: number): Promise<readonly string[]> => {
  const tokens: string[] = []
  for (let sent = mailsTo(smtp, email).length + 1; tokens.length < count; sent++) {
    await ask(email)
    tokens.push(tokenOf(await linkIn(smtp, email, sent)))
    app.clock.advance(1)
  }
  return tokens
}

describe('requestPasswordRecovery', () => {
  it('sends a link of an hour to the page that was named, and the link sets a password', async () => {
    const { email } = await app.person({ name: 'Ada' })
    const answer = await asked(` ${email.toUpperCase()} `, `${PAGE}?lang=de&token=theirs`)
    const expiresAt = new Date(app.clock.now().getTime() + 3_600_000).toISOString()
    expect(answer).toEqual({ __typename: 'RequestPasswordRecoveryPayload', sentTo: email, expiresAt })
    const link = await linkIn(smtp, email)
    expect(`${link.origin}${link.pathname}`).toBe(PAGE)
    expect(link.searchParams.get('lang')).toBe('de')
    expect(link.searchParams.getAll('token')).toHaveLength(1)
    expect(await recover(tokenOf(link))).toEqual({ __typename: 'RecoverPasswordPayload', endedSessions: 1 })
    expect(await recover(tokenOf(link))).toEqual(VOID)
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })

  it('answers byte for byte the same, headers and all, for nobody’s address and for a blocked account, and mails neither', async () => {
    const { email } = await app.person()
    const blocked = await app.person()
    await app.app.db.read.account.update({ where: { id: blocked.account.id }, data: { blockedAt: app.clock.now() } })
    const nobody = newEmail()
    const answers: string[] = []
    for (const address of [email, nobody, blocked.email]) {
      const response = await post(address)
      const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
      answers.push(JSON.stringify([response.status, headers, await response.text()]).replace(address, 'ADDRESS'))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('RequestPasswordRecoveryPayload')
    await linkIn(smtp, email)
    await settled()
    expect([...mailsTo(smtp, nobody), ...mailsTo(smtp, blocked.email)]).toEqual([])
  })

  it('answers no sooner than after 50 ms, whoever has the address, whatever the answer is: what it took tells nothing', async () => {
    const took = async (email: string, page?: string): Promise<number> => {
      const began = performance.now()
      await post(email, page)
      return performance.now() - began
    }
    const { email } = await app.person()
    const all = [await took(email), await took(newEmail()), await took('nobody'), await took(email, 'https://evil.example/')]
    expect(Math.min(...all)).toBeGreaterThan(QUIET_MS - 2) // timers are rounded
  })

  it('says in the log that it was asked for, for owner and operators, and never which address', async () => {
    const { account, browser, email } = await app.person()
    const nobody = newEmail()
    await ask(email)
    await ask(nobody)
    await app.app.tick()
    const operator = await app.key('EVENTS_READ')
    const { nodes } = (
      await operator.gql(
        '{ events(filter: { types: ["password.recovery-requested"] }, first: 2) { nodes { type outcome subject { id } details } } }',
      )
    ).data.events
    expect(nodes.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['REFUSED', 'SUCCEEDED'])
    expect(JSON.stringify(nodes)).not.toMatch(/@/)
    const own = await browser.gql('{ account { events(first: 1) { nodes { type } } } }')
    expect(own.data.account.events.nodes).toEqual([{ type: 'password.recovery-requested' }])
    expect(account.email).toBe(email)
  })

  it.each([
    'https://app.example.com/recover/',
    'https://app.example.com/Recover',
    'https://app.example.com:8443/recover',
    'http://app.example.com/recover',
    'https://app.example.com.evil.example/recover',
    'https://app.example.com@evil.example/recover',
    'https://user@app.example.com/recover',
    'https://app.example.com/recover#here',
    'https://app.example.com\\@evil.example/recover',
    '//app.example.com/recover',
    '/recover',
    'javascript:alert(1)',
    `${PAGE}?${'x'.repeat(2_048)}`,
    '',
  ])('leads nowhere but to the listed pages: %s', async (redirectUrl) => {
    const { email } = await app.person()
    expect(await asked(email, redirectUrl)).toEqual({ __typename: 'InvalidInputError', fields: [{ path: 'input.redirectUrl' }] })
  })

  it('names every field that is wrong, whoever has the address', async () => {
    expect((await asked('nobody', 'nowhere')).fields).toEqual([{ path: 'input.email' }, { path: 'input.redirectUrl' }])
  })

  it('leads to our own page as well, which sets the password without script', async () => {
    const { email, account } = await app.person()
    const own = `http://localhost:${new URL(app.url).port}/recover`
    await asked(email, own)
    const link = await linkIn(smtp, email)
    expect(`${link.origin}${link.pathname}`).toBe(own)
    for (const method of ['GET', 'HEAD', 'GET']) {
      const response = await fetch(`${app.url}${link.pathname}${link.search}`, { method })
      expect([response.status, response.headers.get('referrer-policy')]).toEqual([200, 'same-origin'])
    }
    expect(await verified(account.id)).toBe(false)
    const press = (origin: string) =>
      fetch(`${app.url}/recover`, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ token: tokenOf(link), password: NEW }),
      })
    expect((await press('https://evil.example')).status).toBe(403)
    expect((await press(app.url)).status).toBe(200)
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
    expect((await press(app.url)).status).toBe(410)
  })

  it('has a page to ask on, which says the same to everybody', async () => {
    const { email } = await app.person()
    expect(await (await fetch(`${app.url}/recover`)).text()).toContain('name="email"')
    const press = async (typed: string) => {
      const body = new URLSearchParams({ email: typed })
      const response = await fetch(`${app.url}/recover`, { method: 'POST', headers: { origin: app.url }, body })
      return [response.status, await response.text()]
    }
    expect(await press(email)).toEqual(await press(newEmail()))
    expect((await press('<b>'))[0]).toBe(422)
    expect((await linkIn(smtp, email)).pathname).toBe('/recover')
  })
})

describe('of recovery links', () => {
  it('the newest three to an address are good', async () => {
    const { email } = await app.person()
    const [first = '', second = ''] = await links(email, 4)
    expect(await recover(first)).toEqual(VOID)
    expect((await recover(second)).__typename).toBe('RecoverPasswordPayload')
  })

  it('one that is used makes the others void', async () => {
    const { email } = await app.person()
    const [first = '', , third = ''] = await links(email, 3)
    expect((await recover(third)).__typename).toBe('RecoverPasswordPayload')
    expect(await recover(first)).toEqual(VOID)
  })

  it('none is good after its hour', async () => {
    const { email } = await app.person()
    const [inTime = ''] = await links(email, 1)
    app.clock.advance(3_597)
    const late = await app.person()
    const [token = ''] = await links(late.email, 1)
    expect((await recover(inTime)).__typename).toBe('RecoverPasswordPayload')
    app.clock.advance(3_600)
    expect(await recover(token)).toEqual(VOID)
  })

  it('none is good once the account is blocked, or has another address', async () => {
    const [blocked, moved] = [await app.person(), await app.person()]
    const [one = ''] = await links(blocked.email, 1)
    const [two = ''] = await links(moved.email, 1)
    await app.app.db.read.account.update({ where: { id: blocked.account.id }, data: { blockedAt: app.clock.now() } })
    expect(await recover(one)).toEqual(VOID)
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      {
        input: { accountId: moved.account.id, email: newEmail() },
      },
    )
    expect(await recover(two)).toEqual(VOID)
  })
})

describe('a recovery by mail', () => {
  it('is the first proof of the address: who registered it keeps neither password, session nor known device', async () => {
    const email = newEmail()
    const squatter = await app.person({ email })
    const [token = ''] = await links(email, 1)
    expect(await recover(token)).toEqual({ __typename: 'RecoverPasswordPayload', endedSessions: 1 })
    expect(await verified(squatter.account.id)).toBe(true)
    expect((await squatter.browser.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'PASSWORD_CHANGED',
    })
    expect((await app.trySignIn(squatter.browser, { email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS')
    const owner = app.browser()
    await app.signIn(owner, email, { password: NEW })
    expect((await owner.gql('{ account { emailVerified devices { isCurrent } } }')).data.account).toEqual({
      emailVerified: true,
      devices: [{ isCurrent: true }],
    })
  })

  it('is told to the owner, with when and from where and a way to object', async () => {
    const { email } = await app.person({ name: 'Ada' })
    const [token = ''] = await links(email, 1)
    await recover(token)
    const link = await linkIn(smtp, email, 2)
    expect([link.pathname, link.search]).toEqual(['/recover', ''])
    const notice = mailsTo(smtp, email)[1]
    expect(notice?.mail.subject).toBe('Your password was changed')
    expect(notice?.mail.text).toContain('127.0.0.1')
    expect(notice?.raw).not.toContain(token)
    expect(notice === undefined ? [] : linksOf(notice)).toHaveLength(1)
  })

  it('by the command line’s link proves no address, and is told to nobody', async () => {
    const { account, email } = await app.person()
    expect((await recover(await app.app.operators.createAdmin(email))).__typename).toBe('RecoverPasswordPayload')
    expect(await verified(account.id)).toBe(false)
    await settled()
    expect(mailsTo(smtp, email)).toEqual([])
  })

  it('works once of twenty at the same moment', async () => {
    const { email } = await app.person()
    const [token = ''] = await links(email, 1)
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => recover(token, `number ${index} of twenty`)))
    expect(results.filter(({ __typename }) => __typename === 'RecoverPasswordPayload')).toHaveLength(1)
    expect(results.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
  })
})
