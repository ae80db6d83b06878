/** Redis is killed or paused, and with it what counts attempts for all nodes. */
import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, type TestApp, testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { ownRedis } from '../support/redis.ts'

const redis = await ownRedis()
const here = await testApp({ realLimits: true, env: { REDIS_URL: redis.url } })
const { database, clock } = here
const there = await testApp({ realLimits: true, env: { REDIS_URL: redis.url }, beside: { database, clock } })

const WRONG = 'not the password'

const trySignIn = async (who: TestClient, email: string, password: string) => {
  const { data, errors } = await who.gql(
    'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }',
    { input: { email, password } },
  )
  const { code, retryAfterSeconds } = errors?.[0]?.extensions ?? {}
  return code === undefined ? data.signInWithPassword.__typename : [code, retryAfterSeconds]
}

const at = (node: TestApp, email: string, password = PASSWORD) => trySignIn(node.browser(), email, password)

const CLOSED = ['SERVICE_UNAVAILABLE', 60]

const FAULTS = [
  { name: 'is killed', begin: redis.kill, end: redis.start },
  { name: 'is paused', begin: async () => redis.pause(), end: async () => redis.resume() },
]

describe.each(FAULTS)('while Redis $name', ({ begin, end }) => {
  it('sign-in is closed after five tries a minute an account and node; reads, sign-ups and mails go on', {
    timeout: 90_000,
  }, async () => {
    const [{ email, browser }, other] = [await here.person(), await here.person()]
    await begin()
    for (const answer of ['InvalidCredentialsError', 'InvalidCredentialsError', 'InvalidCredentialsError'])
      expect(await at(here, email, WRONG)).toBe(answer)
    for (let time = 0; time < 2; time++) expect(await at(here, email)).toBe('SignInPayload')
    for (const password of [PASSWORD, WRONG]) expect(await at(here, email, password)).toEqual(CLOSED)
    const nobody = newEmail()
    for (let time = 0; time < 5; time++) expect(await at(here, nobody)).toBe('InvalidCredentialsError')
    expect(await at(here, nobody)).toEqual(CLOSED)
    // another account, the other node, and a device that the account knows have five for themselves
    expect(await at(here, other.email)).toBe('SignInPayload')
    expect(await at(there, email)).toBe('SignInPayload')
    expect(await trySignIn(browser, email, PASSWORD)).toBe('SignInPayload')
    expect((await browser.gql('{ account { email } }')).data.account).toEqual({ email })
    expect((await there.person()).account.id).toMatch(/^acc_/)
    const recovery = await there
      .browser()
      .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
        input: { email, redirectUrl: `http://localhost:${new URL(there.url).port}/recover` },
      })
    expect(recovery.data.requestPasswordRecovery.__typename).toBe('RequestPasswordRecoveryPayload')
    const unlock = await (await here.key('ACCOUNTS_WRITE')).gql(
      'mutation ($id: ID!) { unlockAccount(input: { accountId: $id }) { __typename } }',
      { id: other.account.id },
    )
    expect(unlock.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE') // nobody may believe that it was done
    clock.advance(60)
    expect(await at(here, email)).toBe('SignInPayload')
    await end()
    const back = newEmail()
    await expect.poll(() => at(here, back, WRONG), { interval: 10 }).toEqual(['RATE_LIMITED', 900]) // all nodes are counted again
  })
})
