/** Two changes of one password that are both proven before either is made; and what another node says the moment after. */
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../../support/app.ts'
import { type TestClient, testClient } from '../../support/client.ts'
import { askToChange } from '../../support/passwords.ts'

const here = await testApp()
const there = await here.node()

/** The same browser, at the other node. */
const onTheOther = (browser: TestClient): TestClient => {
  const copy = testClient(there.url)
  for (const [name, value] of browser.jar) copy.jar.set(name, value)
  return copy
}

const outcomeOf = (answer: Awaited<ReturnType<typeof askToChange>>): string =>
  answer.data?.changePassword?.__typename ?? String(answer.errors?.[0]?.extensions.code)

/** Holds an account while `begin` begins; lets go once so many wait for it, and `meanwhile` is done. */
const whileHeld = async <T>(
  accountId: string,
  waiting: number,
  begin: () => Promise<T>,
  meanwhile: (holder: pg.Client) => Promise<unknown> = async () => undefined,
): Promise<T> => {
  const url = here.database.env.DATABASE_URL
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId])
    const begun = begin()
    const blocked = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`
    await expect.poll(async () => (await holder.query(blocked)).rows[0].count, { timeout: 10_000 }).toBe(waiting)
    await meanwhile(holder)
    await holder.query('COMMIT')
    return await begun
  } finally {
    await holder.end()
  }
}

describe('two changes of a password at once', () => {
  it.each([
    ['in one session', true],
    ['in two sessions that both stay', false],
  ])('%s: one wins, and the current password of the other is wrong by then', async (_where, same) => {
    const { browser, account, email } = await here.person()
    const other = same ? onTheOther(browser) : there.browser()
    if (!same) await there.signIn(other, email)
    const [first, second] = ['the first of them', 'the second of them']
    const both = await whileHeld(account.id, 2, () =>
      Promise.all([
        askToChange(browser, { newPassword: first, endOtherSessions: false }),
        askToChange(other, { newPassword: second, endOtherSessions: false }),
      ]),
    )
    const outcomes = both.map(outcomeOf)
    expect(outcomes.toSorted()).toEqual(['ChangePasswordPayload', 'InvalidCredentialsError'])
    const won = outcomes[0] === 'ChangePasswordPayload' ? first : second
    for (const password of [PASSWORD, first, second])
      expect((await here.trySignIn(here.browser(), { email, password })).__typename === 'SignInPayload').toBe(password === won)
  })
})

describe('a change of a password', () => {
  it('is not refused because the hash is made anew meanwhile: it is the same password', async () => {
    const [{ browser, account, email }, twin] = [await here.person(), await here.person()] // who has the same password
    const rehash = 'UPDATE passwords SET hash = (SELECT hash FROM passwords WHERE account_id = $2) WHERE account_id = $1'
    const changed = await whileHeld(
      account.id,
      1,
      () => askToChange(browser, { newPassword: 'another horse battery' }),
      (holder) => holder.query(rehash, [account.id, twin.account.id]),
    )
    expect(outcomeOf(changed)).toBe('ChangePasswordPayload')
    expect((await here.trySignIn(here.browser(), { email, password: 'another horse battery' })).__typename).toBe('SignInPayload')
  })
})

describe('on another node, a changed password', () => {
  it('ends other sessions and the old token from the answer on', async () => {
    const { browser, account, email } = await here.person()
    const other = here.browser()
    await here.signIn(other, email)
    const [old, elsewhere] = [onTheOther(browser), onTheOther(other)]
    const WHO = '{ account { id } signedOutReason }'
    for (const who of [old, elsewhere]) expect((await who.gql(WHO)).data.account).toEqual({ id: account.id }) // copies are there
    const socket = await there.subscribe(elsewhere, 'subscription { sessionAlerts { id } }')
    await askToChange(browser, { newPassword: 'another horse battery' })
    expect((await old.gql(WHO)).data).toEqual({ account: null, signedOutReason: null })
    expect((await elsewhere.gql(WHO)).data).toEqual({ account: null, signedOutReason: 'PASSWORD_CHANGED' })
    expect((await onTheOther(browser).gql(WHO)).data.account).toEqual({ id: account.id })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'PASSWORD_CHANGED' }])
  })
})
