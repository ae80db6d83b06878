/** What is proven by a password before a change of it commits, and done behind it; and what another node says the moment after. */
import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../../support/app.ts'
import { type TestClient, testClient } from '../../support/client.ts'
import { holdRow, untilWaiting } from '../../support/hold.ts'
import { askToChange, recoverPassword } from '../../support/passwords.ts'

const here = await testApp({ realLimits: true })
const there = await here.node()

/** The same browser, at the other node. */
const onTheOther = (browser: TestClient): TestClient => {
  const copy = testClient(there.url)
  for (const [name, value] of browser.jar) copy.jar.set(name, value)
  return copy
}

/** The question that locks one account: what runs by itself may wait for other things meanwhile. */
const LOCKING = '%FOR NO KEY UPDATE OF "accounts"%'

const NEW = 'another horse battery'

const REAUTHENTICATE = `mutation ($password: String!) { reauthenticate(input: { password: $password }) {
  __typename ... on UserError { code message } } }`

const outcomeOf = (answer: Awaited<ReturnType<typeof askToChange>>): string =>
  answer.data?.changePassword?.__typename ?? String(answer.errors?.[0]?.extensions.code)

describe('two changes of a password at once', () => {
  it.each([
    ['in one session', true],
    ['in two sessions that both stay', false],
  ])('%s: one wins, and the current password of the other is wrong by then', async (_where, same) => {
    const { browser, account, email } = await here.person()
    const other = same ? onTheOther(browser) : there.browser()
    if (!same) await there.signIn(other, email)
    const [first, second] = ['the first of them', 'the second of them']
    const letGo = await holdRow(here, 'accounts', account.id)
    const both = [
      askToChange(browser, { newPassword: first, endOtherSessions: false }),
      askToChange(other, { newPassword: second, endOtherSessions: false }),
    ]
    await untilWaiting(here, 2, LOCKING)
    await letGo()
    const outcomes = (await Promise.all(both)).map(outcomeOf)
    expect(outcomes.toSorted()).toEqual(['ChangePasswordPayload', 'InvalidCredentialsError'])
    const won = outcomes[0] === 'ChangePasswordPayload' ? first : second
    for (const password of [PASSWORD, first, second])
      expect((await here.trySignIn(here.browser(), { email, password })).__typename === 'SignInPayload').toBe(password === won)
  })
})

type Somebody = Readonly<{ browser: TestClient; email: string }>

/** Whatever takes a password for a proof, at the other node. @returns what it answers. */
const PROOFS = {
  'a sign-in': (_: TestClient, email: string) => there.trySignIn(there.browser(), { email }),
  'a fresh proof': async (who: TestClient) => (await who.gql(REAUTHENTICATE, { password: PASSWORD })).data.reauthenticate,
  'another change': async (who: TestClient) =>
    (await askToChange(who, { newPassword: 'a third horse battery' })).data.changePassword,
}

const CHANGES = {
  'a change': async ({ browser }: Somebody) =>
    (await askToChange(browser, { newPassword: NEW, endOtherSessions: false })).data.changePassword,
  'a recovery': async ({ email }: Somebody) => recoverPassword(here.browser(), await here.app.operators.createAdmin(email), NEW),
}

const events = async (accountId: string, types: readonly string[]) =>
  (
    await (
      await here.key('EVENTS_READ', 'ACCOUNTS_READ', 'SESSIONS_READ')
    ).gql('query ($filter: EventFilter) { events(first: 20, filter: $filter) { nodes { type outcome details } } }', {
      filter: { accountId, types },
    })
  ).data.events.nodes

/** Somebody with a second session, whose account is held until a change of the password and then a proof of the old one wait for it. */
const overtaken = async (change: keyof typeof CHANGES, proof: keyof typeof PROOFS) => {
  const person = await here.person()
  const second = there.browser()
  await there.signIn(second, person.email)
  const letGo = await holdRow(here, 'accounts', person.account.id)
  const changing = CHANGES[change](person)
  await untilWaiting(here, 1, LOCKING)
  const proving = PROOFS[proof](second, person.email)
  await untilWaiting(here, 2, LOCKING)
  await letGo()
  return { ...person, changed: (await changing).__typename, proven: await proving }
}

describe('a password that was right when it was proven, and is not when its account is locked', () => {
  it.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])('opens no session: %s came first', async (change) => {
    const { account, email, changed, proven } = await overtaken(change, 'a sign-in')
    expect(changed).toMatch(/PasswordPayload$/)
    expect(proven).toEqual(await there.trySignIn(there.browser(), { email, password: 'never the password' }))
    expect(proven.__typename).toBe('InvalidCredentialsError')
    expect(await events(account.id, ['session.opened'])).toHaveLength(2) // those of before
    expect(await events(account.id, ['sign-in.failed'])).toEqual(
      Array(2).fill({
        type: 'sign-in.failed',
        outcome: 'FAILED',
        details: { method: 'PASSWORD', code: 'INVALID_CREDENTIALS' },
      }),
    )
  })

  it.each(['a fresh proof', 'another change'] as const)('proves nothing to somebody who is signed in: %s', async (proof) => {
    const { account, email, changed, proven } = await overtaken('a change', proof)
    expect(changed).toBe('ChangePasswordPayload')
    expect(proven).toEqual({
      __typename: 'InvalidCredentialsError',
      code: 'INVALID_CREDENTIALS',
      message: 'The password is wrong.',
    })
    expect(await events(account.id, ['proof.failed'])).toHaveLength(1)
    expect((await there.trySignIn(there.browser(), { email, password: NEW })).__typename).toBe('SignInPayload')
  })

  it.each(['a sign-in', 'another change'] as const)('costs an attempt like any wrong one: %s', async (proof) => {
    const { email } = await overtaken('a change', proof)
    const guess = () => there.trySignIn(there.browser(), { email, password: 'never the password' })
    for (let n = 0; n < 9; n++) expect((await guess()).__typename).toBe('InvalidCredentialsError')
    expect(await there.trySignIn(there.browser(), { email, password: NEW })).toBeNull() // the tenth was the overtaken one
  })
})

describe('the same password, whose hash is made anew while an account is held', () => {
  it.each(Object.entries(PROOFS))('is good for %s', async (_name, prove) => {
    const [{ browser, account, email }, twin] = [await here.person(), await here.person()] // who has the same password
    const letGo = await holdRow(here, 'accounts', account.id)
    const proving = prove(onTheOther(browser), email)
    await untilWaiting(here, 1, LOCKING)
    await letGo(
      `UPDATE passwords SET hash = (SELECT hash FROM passwords WHERE account_id = '${twin.account.id}') WHERE account_id = '${account.id}'`,
    )
    expect((await proving).__typename).toMatch(/Payload$/)
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
    await askToChange(browser, { newPassword: NEW })
    expect((await old.gql(WHO)).data).toEqual({ account: null, signedOutReason: null })
    expect((await elsewhere.gql(WHO)).data).toEqual({ account: null, signedOutReason: 'PASSWORD_CHANGED' })
    expect((await onTheOther(browser).gql(WHO)).data.account).toEqual({ id: account.id })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'PASSWORD_CHANGED' }])
  })
})
