/** Attempts at two nodes at once, counted in Redis, and in PostgreSQL where there is no Redis. */
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, type TestApp, testApp } from '../../support/app.ts'

const WRONG = 'not the password'

const SIGN_IN = 'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }'

const STORES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['Redis', {}],
  ['PostgreSQL', { REDIS_URL: '' }],
]

describe.each(STORES)('at two nodes that count in %s', async (store, env) => {
  const here = await testApp({ realLimits: true, env: { TRUSTED_PROXIES: '127.0.0.1/32', ...env } })
  const there = await here.node()
  let hosts = 0

  const tryAt = async (node: TestApp, email: string, password: string): Promise<string> => {
    const who = node.browser({ headers: { 'x-forwarded-for': `203.0.${store.length}.${++hosts}` } })
    const { data, errors } = await who.gql(SIGN_IN, { input: { email, password } })
    return errors?.[0]?.extensions.code ?? data.signInWithPassword.__typename
  }

  /** Fifty at once, on the one node and the other. */
  const storm = (email: string, password: string): Promise<string[]> =>
    Promise.all(Array.from({ length: 50 }, (_, index) => tryAt(index % 2 === 0 ? here : there, email, password)))

  const count = (answers: readonly string[], answer: string): number => answers.filter((one) => one === answer).length

  it('fifty guesses at once are ten, and the next one none, for an account and for nobody', { timeout: 60_000 }, async () => {
    const { email } = await here.person()
    for (const address of [email, newEmail()]) {
      const answers = await storm(address, WRONG)
      expect([count(answers, 'InvalidCredentialsError'), count(answers, 'RATE_LIMITED')]).toEqual([10, 40])
      for (const node of [here, there]) expect(await tryAt(node, address, PASSWORD)).toBe('RATE_LIMITED')
    }
    await here.app.tick()
    const query = '{ events(filter: { types: ["account.locked"] }) { nodes { type } } }'
    expect((await (await here.key('EVENTS_READ')).gql(query)).data.events.nodes).toHaveLength(2) // once each
  })

  it('fifty right ones at once all pass', async () => {
    hosts = 100
    const { email } = await here.person()
    expect(count(await storm(email, PASSWORD), 'SignInPayload')).toBe(50)
  })

  it('windows move with the clock, and a lock that one lifts is lifted for the other', async () => {
    hosts = 200
    const { email } = await here.person()
    for (let time = 0; time < 10; time++) expect(await tryAt(here, email, WRONG)).toBe('InvalidCredentialsError')
    expect(await tryAt(there, email, PASSWORD)).toBe('RATE_LIMITED')
    here.clock.advance(900)
    expect(await tryAt(there, email, PASSWORD)).toBe('SignInPayload')
  })

  it('who reads the store learns neither address nor network', async () => {
    const email = newEmail()
    await tryAt(here, email, WRONG)
    const held: string[] = []
    if (store === 'Redis') {
      const redis = new Redis(process.env.REDIS_URL ?? '')
      const { name } = await here.app.db.read.installation.findFirstOrThrow()
      const keys = (await redis.keys(`gatehouse:${name}:a:*`)).toSorted()
      held.push(...keys)
      for (const key of keys) held.push(...(await redis.zrange(key, '0', '-1')))
      redis.disconnect()
    } else held.push(...(await here.app.db.read.attemptBucket.findMany()).map((bucket) => JSON.stringify(bucket)))
    expect(held.length).toBeGreaterThan(1)
    expect(held.join('\n')).not.toMatch(/@|example|203\.0\.|acc_|dev_/)
  })
})
