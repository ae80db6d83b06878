import { describe, expect, it } from 'vitest'
import { newEmail, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const update = async (who: TestClient, input: Record<string, unknown>) =>
  who.gql(
    `mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename
      ... on UpdateAccountAsOperatorPayload { account { id name email emailVerified labels sessionLimit } }
      ... on InvalidInputError { fields { path } } ... on UserError { code } } }`,
    { input },
  )

const result = async (who: TestClient, input: Record<string, unknown>) => (await update(who, input)).data.updateAccountAsOperator

const code = async (who: TestClient, input: Record<string, unknown>) => (await update(who, input)).errors?.[0]?.extensions.code

describe('updateAccountAsOperator', () => {
  it('changes what is named, leaves the rest and clears with null', async () => {
    const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')
    const { account } = await app.person({ name: 'Ada' })
    const email = newEmail()
    const changed = await result(operator, {
      accountId: account.id,
      email: email.toUpperCase(),
      emailVerified: true,
      labels: ['vip', 'vip'],
    })
    expect(changed.account).toEqual({
      id: account.id,
      name: 'Ada',
      email,
      emailVerified: true,
      labels: ['vip'],
      sessionLimit: null,
    })
    const cleared = await result(operator, { accountId: account.id, name: null, labels: null, sessionLimit: 7 })
    expect(cleared.account).toMatchObject({ name: null, email, emailVerified: true, labels: [], sessionLimit: 7 })
  })

  it('takes a new address for unproven unless it is said to be proven', async () => {
    const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')
    const { account } = await app.person()
    await result(operator, { accountId: account.id, emailVerified: true })
    const moved = await result(operator, { accountId: account.id, email: newEmail() })
    expect(moved.account.emailVerified).toBe(false)
  })

  it('is seen by the account’s next request, whichever copy there was', async () => {
    const operator = await app.key('ACCOUNTS_WRITE')
    const { browser, account } = await app.person()
    for (const name of ['One', 'Two', 'Three']) {
      await result(operator, { accountId: account.id, name })
      expect((await browser.gql('{ account { name } }')).data.account).toEqual({ name })
    }
  })

  it('ends the surplus at once when the account’s own limit is lowered, and lets it differ from the setting both ways', async () => {
    const operator = await app.key('ACCOUNTS_WRITE')
    const person = await app.person()
    for (let i = 0; i < 3; i++) await app.signIn(app.browser(), person.email)
    await result(operator, { accountId: person.account.id, sessionLimit: 2 })
    const sessions = await app.app.db.read.session.findMany({
      where: { accountId: person.account.id },
      orderBy: { createdAt: 'asc' },
    })
    expect(sessions.map((session) => session.endReason)).toEqual(['LIMIT_REACHED', 'LIMIT_REACHED', null, null])
    await app.signIn(app.browser(), person.email)
    expect(await app.app.db.read.session.count({ where: { accountId: person.account.id, endedAt: null } })).toBe(2)
    await app.settings({ sessions: { limit: 1 } })
    expect(await app.app.db.read.session.count({ where: { accountId: person.account.id, endedAt: null } })).toBe(2)
    await app.settings({ sessions: { limit: 10 } })
  })

  it('makes the next sign-in go through recovery, and takes it back', async () => {
    const operator = await app.key('ACCOUNTS_WRITE')
    const { account, email } = await app.person()
    await result(operator, { accountId: account.id, requirePasswordReset: true })
    expect((await app.trySignIn(app.browser(), { email })).__typename).toBe('PasswordResetRequiredError')
    await result(operator, { accountId: account.id, requirePasswordReset: false })
    expect((await app.trySignIn(app.browser(), { email })).__typename).toBe('SignInPayload')
  })

  it('names every field that is not acceptable, and changes nothing then', async () => {
    const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')
    const { account, email } = await app.person()
    const refused = await result(operator, {
      accountId: account.id,
      name: 'x'.repeat(129),
      email: 'nobody',
      labels: ['', 'x'.repeat(37)],
      sessionLimit: 101,
    })
    expect(refused.fields.map((field: { path: string }) => field.path)).toEqual([
      'input.name',
      'input.email',
      'input.labels',
      'input.sessionLimit',
    ])
    expect((await result(operator, { accountId: account.id, sessionLimit: 0 })).__typename).toBe('InvalidInputError')
    expect((await result(operator, { accountId: account.id })).account).toMatchObject({ email, sessionLimit: null })
  })

  it('refuses an address that is taken', async () => {
    const operator = await app.key('ACCOUNTS_WRITE')
    const [one, other] = [await app.person(), await app.person()]
    expect(await result(operator, { accountId: one.account.id, email: other.email })).toEqual({
      __typename: 'EmailTakenError',
      code: 'EMAIL_TAKEN',
    })
  })

  it('lets no key reach an operator or make one, but an administrator with fresh proof', async () => {
    const key = await app.key('ACCOUNTS_WRITE')
    const [admin, person] = [await app.admin(), await app.person()]
    expect(await code(key, { accountId: admin.account.id, name: 'x' })).toBe('FORBIDDEN')
    expect(await code(key, { accountId: admin.account.id, labels: [] })).toBe('FORBIDDEN')
    expect(await code(key, { accountId: person.account.id, labels: ['admin'] })).toBe('FORBIDDEN')
    expect((await result(admin.browser, { accountId: person.account.id, labels: ['admin'] })).account.labels).toEqual(['admin'])
    app.clock.advance(601)
    expect(await code(admin.browser, { accountId: person.account.id, labels: [] })).toBe('REAUTHENTICATION_REQUIRED')
  })

  it('is not for owners, other keys or guests, and finds nobody who is not there', async () => {
    const person = await app.person()
    expect(await code(person.browser, { accountId: person.account.id, sessionLimit: 100 })).toBe('FORBIDDEN')
    expect(await code(app.browser(), { accountId: person.account.id })).toBe('UNAUTHENTICATED')
    expect(await code(await app.key('ACCOUNTS_READ'), { accountId: person.account.id })).toBe('FORBIDDEN')
    expect(await code(await app.key('ACCOUNTS_WRITE'), { accountId: `acc_${'0'.repeat(26)}` })).toBe('NOT_FOUND')
  })

  it('gives and takes a phone number in its one form, unproven unless it is said to be proven', async () => {
    const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')
    const { browser, account } = await app.person()
    const phone = async (input: Record<string, unknown>) => {
      await result(operator, { accountId: account.id, ...input })
      const { data } = await browser.gql('{ account { phone phoneVerified } }')
      return [data.account.phone, data.account.phoneVerified]
    }
    expect(await phone({})).toEqual([null, false])
    expect(await phone({ phone: ' +1 (415) 555-2671 ' })).toEqual(['+14155552671', false])
    expect(await phone({ phoneVerified: true })).toEqual(['+14155552671', true])
    expect(await phone({ phone: '+1 415 555 2671', name: 'Same' })).toEqual(['+14155552671', true])
    expect(await phone({ phone: '+49 30 901820' })).toEqual(['+4930901820', false])
    expect(await phone({ phone: '+44 20 7031 3000', phoneVerified: true })).toEqual(['+442070313000', true])
    const found = await operator.gql('{ accounts(filter: { phone: "+44 2070 313000" }) { nodes { id } } }')
    expect(found.data.accounts.nodes).toEqual([{ id: account.id }])
    expect((await operator.gql('{ accounts(filter: { phone: "2070313000" }) { totalCount } }')).data.accounts.totalCount).toBe(0)
    expect(await phone({ phone: null })).toEqual([null, false])
  })

  it('refuses a phone number that somebody has, that has no country, or that is none', async () => {
    const operator = await app.key('ACCOUNTS_WRITE')
    const [one, other] = [await app.person(), await app.person()]
    await result(operator, { accountId: one.account.id, phone: '+33 1 70 18 99 00' })
    expect(await result(operator, { accountId: other.account.id, phone: '+33170189900' })).toEqual({
      __typename: 'PhoneTakenError',
      code: 'PHONE_TAKEN',
    })
    for (const phone of [
      '0170189900',
      '+331701',
      '+33 1 70 18 99 00 ext 5',
      '+999123456789',
      'a',
      '',
      `+${'1'.repeat(60)}`,
      '+\u0000',
    ])
      expect((await result(operator, { accountId: other.account.id, phone })).fields, phone).toEqual([{ path: 'input.phone' }])
  })
})
