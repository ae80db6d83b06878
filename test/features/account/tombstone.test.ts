import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp({ env: { TRUSTED_PROXIES: '127.0.0.1/32' } })

const DAY = 86_400

const remove = async (who: TestClient, input: Record<string, unknown> = {}): Promise<void> => {
  const answer = await who.gql('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename } }', {
    input: { immediately: true, ...input },
  })
  expect(answer.data.deleteAccount).toEqual({ __typename: 'DeleteAccountPayload' })
}

/** Another browser with the same cookie, which hears nothing of what happens to it. */
const staleCopyOf = (browser: TestClient) =>
  app.browser({ headers: { cookie: `gatehouse=${browser.jar.get('gatehouse') ?? ''}` } })

const reasonOf = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

/** Every row of every table, but for the log, which keeps personal data apart by itself, and mails on their way. */
const dump = async (): Promise<string> => {
  const tables = await app.app.db.read.$queryRaw<{ name: string }[]>`
    SELECT table_name::text AS "name" FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('events', 'messages')`
  const rows = await Promise.all(
    tables.map(({ name }) => app.app.db.read.$queryRawUnsafe(`SELECT to_jsonb(t)::text AS "row" FROM "${name}" t`)),
  )
  return JSON.stringify(rows)
}

const rowsOf = async (accountId: string) => {
  const { account, session } = app.app.db.read
  return { account: await account.count({ where: { id: accountId } }), sessions: await session.count({ where: { accountId } }) }
}

describe('the sessions of a deleted account', () => {
  it('tell who listens why they ended, and close with 4401', async () => {
    const { browser, session, email } = await app.person()
    const phone = app.browser()
    const { session: other } = await app.signIn(phone, email)
    const query = 'subscription { sessionEnded { id endReason endedAt ip userAgent location { countryCode } } }'
    const [own, another] = [await app.subscribe(browser, query), await app.subscribe(phone, query)]
    await remove(browser)
    const endedAt = app.clock.now().toISOString()
    const left = { endReason: 'ACCOUNT_DELETED', endedAt, ip: null, userAgent: null, location: null }
    for (const [subscription, id] of [
      [own, session.id],
      [another, other.id],
    ] as const) {
      let last = await subscription.next()
      if (last?.data.sessionEnded.id !== id) last = await subscription.next() // the other's end, if that was first
      expect(last).toEqual({ data: { sessionEnded: { id, ...left } } })
      expect(await subscription.next()).toBeNull()
      await expect.poll(() => subscription.closed).toEqual([{ code: 4401, reason: 'ACCOUNT_DELETED' }])
    }
  })

  it('say to a stale cookie and to a stale header why they ended', async () => {
    const { browser, email } = await app.person()
    const earlier = app.browser()
    await app.signIn(earlier, email)
    const [stale, staleEarlier] = [staleCopyOf(browser), staleCopyOf(earlier)]
    const { sessionToken } = await app.signIn(app.browser(), email, { transport: 'TOKEN' })
    await earlier.gql('mutation { signOut(input: {}) { __typename } }')
    await remove(browser)
    expect(await reasonOf(stale)).toEqual({ account: null, signedOutReason: 'ACCOUNT_DELETED' })
    expect(await reasonOf(staleEarlier)).toEqual({ account: null, signedOutReason: 'SIGNED_OUT' })
    expect((await app.program(sessionToken ?? '').gql('{ account { id } }')).errors?.[0]?.extensions).toEqual({
      code: 'UNAUTHENTICATED',
      reason: 'ACCOUNT_DELETED',
    })
  })

  it('have ended by their time if that was over before, even if nobody had written it down', async () => {
    const { browser, account } = await app.person()
    const stale = staleCopyOf(browser)
    app.clock.advance(14 * DAY)
    await remove(await app.key('ACCOUNTS_WRITE'), { accountId: account.id })
    expect(await reasonOf(stale)).toEqual({ account: null, signedOutReason: 'IDLE' })
    expect(await app.app.db.read.session.count({ where: { accountId: account.id, endedAt: null } })).toBe(0)
  })

  it('go after 30 days, and the account’s empty row with them', async () => {
    const [now, later] = [await app.person(), await app.person()]
    const [stale, staleLater] = [staleCopyOf(now.browser), staleCopyOf(later.browser)]
    await remove(now.browser)
    await remove(later.browser, { immediately: false })
    app.clock.advance(LIFETIMES.accountTombstone)
    await app.app.tick()
    expect(await rowsOf(now.account.id)).toEqual({ account: 1, sessions: 1 })
    expect(await reasonOf(stale)).toEqual({ account: null, signedOutReason: 'ACCOUNT_DELETED' })
    app.clock.advance(DAY)
    await app.app.tick()
    expect(await rowsOf(now.account.id)).toEqual({ account: 0, sessions: 0 })
    expect(await reasonOf(stale)).toEqual({ account: null, signedOutReason: null })
    // ended when it was asked for, deleted by the first sweep after the grace
    expect(await rowsOf(later.account.id)).toEqual({ account: 1, sessions: 0 })
    expect(await reasonOf(staleLater)).toEqual({ account: null, signedOutReason: null })
    app.clock.advance(LIFETIMES.accountTombstone)
    await app.app.tick()
    expect(await rowsOf(later.account.id)).toEqual({ account: 0, sessions: 0 })
  })
})

describe('a deleted account', () => {
  it('leaves its address free at once, for another account', async () => {
    const { browser, account, email } = await app.person({ name: 'First' })
    const stale = staleCopyOf(browser)
    await remove(browser)
    const unknown = { __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS' }
    expect(await app.trySignIn(app.browser(), { email })).toMatchObject(unknown)
    const second = await app.person({ email })
    expect(second.account.id).not.toBe(account.id)
    expect((await second.browser.gql('{ account { email name sessions { totalCount } } }')).data.account).toEqual({
      email,
      name: null,
      sessions: { totalCount: 1 },
    })
    expect((await reasonOf(stale)).signedOutReason).toBe('ACCOUNT_DELETED')
    expect(await rowsOf(account.id)).toEqual({ account: 1, sessions: 1 })
  })

  it('is shown to nobody: no list, no node, no filter, no count', async () => {
    const { browser, account, session, email } = await app.person()
    const { browser: neighbour } = await app.person()
    const operator = await app.key('ACCOUNTS_READ', 'SESSIONS_READ')
    const ask = async () =>
      (
        await operator.gql(
          `query ($account: ID!, $session: ID!, $email: String!) {
            account: node(id: $account) { id } session: node(id: $session) { id }
            accounts { totalCount nodes { id } } byEmail: accounts(filter: { email: $email }) { totalCount }
            bySearch: accounts(filter: { search: $email }) { totalCount }
            live: sessions { totalCount }
            all: sessions(filter: { accountId: $account, live: null }) { totalCount nodes { id } }
            ended: sessions(filter: { accountId: $account, live: false }) { totalCount nodes { id } }
            deleted: sessions(filter: { endReason: [ACCOUNT_DELETED] }) { nodes { id } }
          }`,
          { account: account.id, session: session.id, email },
        )
      ).data
    const before = await ask()
    expect(before.account).toEqual({ id: account.id })
    expect(before.all.nodes).toEqual([{ id: session.id }])
    await remove(browser)
    const none = { totalCount: 0, nodes: [] }
    expect(await ask()).toEqual({
      account: null,
      session: null,
      accounts: {
        totalCount: before.accounts.totalCount - 1,
        nodes: before.accounts.nodes.filter(({ id }: { id: string }) => id !== account.id),
      },
      byEmail: { totalCount: 0 },
      bySearch: { totalCount: 0 },
      live: { totalCount: before.live.totalCount - 1 },
      all: none,
      ended: none,
      deleted: { nodes: [] },
    })
    expect((await neighbour.gql('query ($id: ID!) { node(id: $id) { id } }', { id: account.id })).data.node).toBeNull()
  })

  it.each([
    ['deleteAccount', 'DeleteAccountInput', (account: string) => ({ accountId: account })],
    ['deleteAccount', 'DeleteAccountInput', (account: string) => ({ accountId: account, immediately: true })],
    ['updateAccountAsOperator', 'UpdateAccountAsOperatorInput', (account: string) => ({ accountId: account, name: 'Back' })],
    ['revokeOtherSessions', 'RevokeOtherSessionsInput', (account: string) => ({ accountId: account })],
    ['revokeSession', 'RevokeSessionInput', (_: string, session: string) => ({ sessionId: session })],
  ])('is NOT_FOUND to operators: %s', async (field, type, input) => {
    const { browser, account, session } = await app.person()
    await remove(browser)
    const operator = await app.key('ACCOUNTS_WRITE', 'SESSIONS_WRITE')
    const document = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`
    const { data, errors } = await operator.gql(document, { input: input(account.id, session.id) })
    expect(data[field]).toBeNull()
    expect(errors?.[0]?.extensions).toEqual({ code: 'NOT_FOUND' })
  })

  it('leaves nothing personal in any row, and a log that can be proven', async () => {
    const personal = {
      email: 'gone.for.good@example.org',
      name: 'Quirina Vanished',
      locale: 'pt-BR',
      userAgent: 'vanishing-browser/7.7',
      ip: '203.0.113.77',
      preference: 'hers-alone',
      label: 'ones-own',
    }
    const { email, name, locale } = personal
    const from = (ip: string) => app.browser({ userAgent: personal.userAgent, headers: { 'x-forwarded-for': ip } })
    const browser = from(personal.ip)
    const { account } = await app.signUp(browser, { email, name, locale })
    await app.signIn(from('8.8.8.8'), email)
    await browser.gql('mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { __typename } }', {
      input: { preferences: { note: personal.preference } },
    })
    await app.app.db.read.account.update({ where: { id: account.id }, data: { labels: [personal.label] } })

    const before = await dump()
    for (const word of Object.values(personal)) expect(before).toContain(word)
    expect(before).toContain(String.raw`\"country_code\": \"US`)
    const { session, device, sessionAlert, password, oneTimeToken } = app.app.db.read
    const where = { accountId: account.id }
    expect(await device.count({ where })).toBe(2)
    expect(await password.count({ where })).toBe(1)

    await remove(browser)
    const after = await dump()
    for (const word of Object.values(personal)) expect(after).not.toContain(word)
    expect(after).not.toContain(String.raw`\"country_code\": \"US`)
    for (const table of [device, sessionAlert, password, oneTimeToken])
      expect(await (table as typeof device).count({ where })).toBe(0)
    expect(await session.count({ where: { ...where, deviceId: null, endReason: 'ACCOUNT_DELETED' } })).toBe(2)
    await app.app.tick()
    expect((await app.app.verification.verify()).problems).toEqual([])
  })
})
