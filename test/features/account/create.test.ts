import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { linkIn, mailsTo, tokenOf } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { askToCreate, createAccount, recoverPassword } from '../../support/passwords.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

const operator = await app.key('ACCOUNTS_WRITE')

const code = (answer: { errors?: { extensions: { code?: string } }[] }) => answer.errors?.[0]?.extensions.code

/** How many sign-ins its owner was alerted of. */
const alertsOf = (accountId: string) => app.app.db.read.sessionAlert.count({ where: { accountId } })

describe('createAccount', () => {
  it('makes an account as it is described, signs nobody in and tells nobody', async () => {
    const email = newEmail()
    const made = await createAccount(operator, {
      email: email.toUpperCase(),
      name: ' Ada ',
      password: PASSWORD,
      emailVerified: true,
      phone: ' +1 (415) 555-2671 ',
      phoneVerified: true,
      labels: ['vip', 'vip'],
      locale: 'pt-br',
    })
    const account = {
      email,
      emailVerified: true,
      phone: '+14155552671',
      phoneVerified: true,
      name: 'Ada',
      locale: 'pt-BR',
      labels: ['vip'],
      hasPassword: true,
      status: 'ACTIVE',
    }
    expect(made).toEqual({ __typename: 'CreateAccountPayload', account: { id: expect.stringMatching(/^acc_/), ...account } })
    expect([...operator.jar.keys()]).toEqual([])
    const { id } = made.account
    expect(await app.app.db.read.session.count({ where: { accountId: id } })).toBe(0)
    const log = await (await app.key('EVENTS_READ')).gql(
      'query ($id: ID!) { events(first: 5, filter: { accountId: $id }) { nodes { type actor { kind } details } } }',
      { id },
    )
    expect(log.data.events.nodes).toEqual([{ type: 'account.created', actor: { kind: 'API_KEY' }, details: { by: 'OPERATOR' } }])
    await app.app.delivered()
    expect(mailsTo(smtp, email)).toEqual([])
  })

  it('makes one without anything but a name, and while nobody may sign up', async () => {
    await app.settings({ signIn: { signUpOpen: false } })
    const nothing = {
      email: null,
      emailVerified: false,
      phone: null,
      phoneVerified: false,
      name: null,
      locale: null,
      labels: [],
      hasPassword: false,
    }
    expect((await createAccount(operator, {})).account).toMatchObject(nothing)
    expect((await createAccount(operator, { name: 'Ada' })).account).toMatchObject({ ...nothing, name: 'Ada' })
    await app.settings({ signIn: { signUpOpen: true } })
  })

  it('makes one that has a phone number and no address, unproven unless it is said to be proven', async () => {
    const { account } = await createAccount(operator, { phone: '+44 20 7031 3000' })
    expect(account).toMatchObject({ email: null, phone: '+442070313000', phoneVerified: false })
  })

  it('alerts its owner of the first session already if it was made with a password: somebody else knows it', async () => {
    const email = newEmail()
    const { account } = await createAccount(operator, { email, password: PASSWORD })
    await app.signIn(app.browser(), email)
    expect(await alertsOf(account.id)).toBe(1)
    await linkIn(smtp, email)
    expect(mailsTo(smtp, email)[0]?.mail.subject).toBe('New sign-in to your account')
  })

  it('does not if its owner has set the password himself', async () => {
    const email = newEmail()
    const { account } = await createAccount(operator, { email })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('INVALID_CREDENTIALS')
    await app
      .browser()
      .gql(
        'mutation ($email: String!, $page: String!) { requestPasswordRecovery(input: { email: $email, redirectUrl: $page }) { __typename } }',
        { email, page: `http://localhost:${new URL(app.url).port}/recover` },
      )
    await recoverPassword(app.browser(), tokenOf(await linkIn(smtp, email)), PASSWORD)
    await app.signIn(app.browser(), email)
    expect(await alertsOf(account.id)).toBe(0)
  })

  it('names every field that is not acceptable, and makes nothing then', async () => {
    const before = await app.app.db.read.account.count()
    const paths = async (input: Record<string, unknown>) =>
      (await createAccount(operator, input)).fields.map(({ path }: { path: string }) => path)
    expect(
      await paths({ email: 'nobody', name: 'x'.repeat(129), locale: 'x', labels: ['', 'x'.repeat(37)], password: 'short' }),
    ).toEqual(['input.email', 'input.name', 'input.locale', 'input.labels'])
    expect(await paths({ password: PASSWORD, emailVerified: true })).toEqual(['input.emailVerified', 'input.password'])
    expect((await createAccount(operator, { email: newEmail(), password: 'kzpqmwx' })).violations).toEqual([
      { rule: 'TOO_SHORT' },
    ])
    for (const phone of ['4155552671', '+1 415 555 26', '+14155552671 ext. 5', 'nobody', ''])
      expect(await paths({ phone }), phone).toEqual(['input.phone'])
    expect(await paths({ email: newEmail(), phoneVerified: true })).toEqual(['input.phoneVerified'])
    expect(await paths({ phone: '+33 1 70 18 99 00', password: PASSWORD })).toEqual(['input.password']) // nobody signs in by both
    expect(await app.app.db.read.account.count()).toBe(before)
  })

  it('takes no password in which the phone number stands', async () => {
    const input = { email: newEmail(), phone: '+33 1 70 18 99 00', password: 'tulip 0170189900 tulip' }
    expect((await createAccount(operator, input)).violations).toEqual([{ rule: 'PERSONAL_DATA' }])
  })

  it('refuses a phone number that is taken, for one of two who take it at once', async () => {
    const [mine, free] = ['+49 30 901820', '+33 1 70 18 99 00']
    await createAccount(operator, { phone: mine })
    const before = await app.app.db.read.account.count()
    expect(await createAccount(operator, { email: newEmail(), phone: '+4930901820' })).toEqual({
      __typename: 'PhoneTakenError',
      code: 'PHONE_TAKEN',
      message: expect.stringMatching(/./),
    })
    expect(await app.app.db.read.account.count()).toBe(before)
    const both = await Promise.all([createAccount(operator, { phone: free }), createAccount(operator, { phone: free })])
    expect(both.map(({ __typename }) => __typename).toSorted()).toEqual(['CreateAccountPayload', 'PhoneTakenError'])
  })

  it('refuses an address that is taken, for one of two who take it at once', async () => {
    const [{ email }, free] = [await app.person(), newEmail()]
    expect(await createAccount(operator, { email: email.toUpperCase(), password: 'short' })).toMatchObject({
      code: 'EMAIL_TAKEN',
    })
    const both = await Promise.all([createAccount(operator, { email: free }), createAccount(operator, { email: free })])
    expect(both.map(({ __typename }) => __typename).toSorted()).toEqual(['CreateAccountPayload', 'EmailTakenError'])
  })

  it('lets no key make an operator, but an administrator with fresh proof', async () => {
    const admin = await app.admin()
    const input = () => ({ email: newEmail(), password: PASSWORD, labels: ['admin'] })
    expect(code(await askToCreate(operator, input()))).toBe('FORBIDDEN')
    expect((await createAccount(admin.browser, input())).account.labels).toEqual(['admin'])
    app.clock.advance(601)
    expect(code(await askToCreate(admin.browser, input()))).toBe('REAUTHENTICATION_REQUIRED')
    expect(code(await askToCreate(admin.browser, {}))).toBe('REAUTHENTICATION_REQUIRED')
  })

  it('is not for people, other keys or guests', async () => {
    const { browser } = await app.person()
    expect(code(await askToCreate(browser, { email: 'nobody' }))).toBe('FORBIDDEN')
    expect(code(await askToCreate(await app.key('ACCOUNTS_READ'), { email: 'nobody' }))).toBe('FORBIDDEN')
    expect(code(await askToCreate(app.browser(), { email: 'nobody' }))).toBe('UNAUTHENTICATED')
  })
})
