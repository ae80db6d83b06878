/**
 * Random histories of one account's sessions against a model that knows the rules only: what the policy is, when each
 * session was made, extended and used, and what was done to it. The clock stands still between the steps.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SignedIn, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

type Policy = { limit: number; whenLimitReached: string; lifetimeSeconds: number; idleTimeoutSeconds: number | null }

const FIRST: Policy = { limit: 3, whenLimitReached: 'END_OLDEST', lifetimeSeconds: 1_000, idleTimeoutSeconds: 300 }

/** `who` and `which` are taken modulo the sessions there are. */
const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('signIn' as const), device: fc.nat(1), byToken: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('use' as const), who: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('revoke' as const), who: fc.nat(9), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('revokeOthers' as const), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('signOut' as const), who: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('extend' as const), who: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('policy' as const),
      change: fc.record(
        {
          limit: fc.integer({ min: 1, max: 4 }),
          whenLimitReached: fc.constantFrom('END_OLDEST', 'END_LEAST_RECENTLY_USED', 'REFUSE'),
          lifetimeSeconds: fc.constantFrom(60, 200, 1_000),
          idleTimeoutSeconds: fc.constantFrom(60, 100, 300, null),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 400 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('toAnEnd' as const), who: fc.nat(9), offset: fc.integer({ min: -1, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('sweep' as const) }) },
)
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never

/** What the model knows of a session; times in milliseconds. */
type Known = {
  id: string
  /** Presents this session and nothing else. */
  client: TestClient
  byToken: boolean
  extendedAt: number
  usedAt: number
  reason: string | null
}

const now = (): number => app.clock.now().getTime()

const operator = await app.key('SETTINGS_WRITE')
const CHANGE = `mutation ($sessions: SessionPolicyInput!) {
  updateSecuritySettings(input: { sessions: $sessions }) { __typename } }`
const change = async (sessions: Partial<Policy>): Promise<void> => {
  const { data } = await operator.gql(CHANGE, { sessions })
  expect(data.updateSecuritySettings.__typename).toBe('UpdateSecuritySettingsPayload')
}

const world = async () => {
  await change(FIRST)
  const policy = { ...FIRST }
  const sessions: Known[] = []
  const browsers = [app.browser(), app.browser()]
  const { browser: first, email, session: own, account } = await app.person()

  const add = ({ session, sessionToken }: Pick<SignedIn, 'session' | 'sessionToken'>, cookie: string | undefined): void => {
    const client = sessionToken === null ? app.browser({ headers: { cookie: `gatehouse=${cookie}` } }) : app.program(sessionToken)
    sessions.push({ id: session.id, client, byToken: sessionToken !== null, extendedAt: now(), usedAt: now(), reason: null })
  }
  add({ session: own, sessionToken: null }, first.jar.get('gatehouse'))

  const ends = ({ extendedAt, usedAt }: Known) => {
    const absolute = extendedAt + policy.lifetimeSeconds * 1000
    const idle = policy.idleTimeoutSeconds === null ? Number.POSITIVE_INFINITY : usedAt + policy.idleTimeoutSeconds * 1000
    return { at: Math.min(absolute, idle), reason: idle < absolute ? 'IDLE' : 'EXPIRED' }
  }

  /** Time ends sessions by itself; from then on a longer policy does not wake them. */
  const age = (): void => {
    for (const known of sessions) if (known.reason === null && ends(known).at <= now()) known.reason = ends(known).reason
  }

  const live = (): Known[] => sessions.filter(({ reason }) => reason === null)
  const rows = () => app.app.db.read.session.findMany({ where: { accountId: account.id } })

  /** Where the rules leave a choice (which one goes at the limit), the model follows, and holds the number against the limit. */
  const follow = async (surplus: number): Promise<void> => {
    const gone = (await rows()).filter((row) => row.endReason === 'LIMIT_REACHED')
    const fresh = live().filter(({ id }) => gone.some((row) => row.id === id))
    expect(fresh.length, 'sessions ended at the limit').toBe(Math.max(0, surplus))
    for (const known of fresh) known.reason = 'LIMIT_REACHED'
  }

  return { policy, sessions, browsers, email, account, add, ends, age, live, rows, follow }
}
type World = Awaited<ReturnType<typeof world>>

const ASK = '{ account { id } signedOutReason }'

/** What the session's client is told: null if it counts. */
const refusal = async ({ client, byToken }: Known): Promise<string | null> => {
  const { data, errors } = await client.gql(ASK)
  if (byToken) return (errors?.[0]?.extensions.reason as string | undefined) ?? null // always text
  return data.account === null ? data.signedOutReason : null
}

const act = async (who: Known, field: string): Promise<void> => {
  const { errors, data } = await who.client.gql(`mutation { ${field} { __typename } }`)
  expect(errors ?? data[field.split('(')[0] ?? '']?.__typename, field).toMatch(/Payload$/)
}

/** Time passes as it does: what is due is written when it is due, not long after. */
const pass = async ({ rows, sessions, age, policy }: World, seconds: number): Promise<void> => {
  const until = now() + seconds * 1000
  for (;;) {
    const patience = Math.min(60, (policy.idleTimeoutSeconds ?? 1_000) - 5) * 1000
    const due = (await rows())
      .filter((row) => row.endedAt === null)
      .filter((row) => sessions.some(({ id, usedAt }) => id === row.id && usedAt > row.lastActiveAt.getTime()))
      .map((row) => Math.max(row.lastActiveAt.getTime() + patience, now() + 1_000))
    const next = Math.min(until, ...due)
    app.clock.advance((next - now()) / 1000)
    age()
    if (next === until) return
    await app.app.tick()
  }
}

const take = async (step: Step, here: World): Promise<void> => {
  const { sessions, policy, live } = here
  const pick = (index: number): Known => sessions[index % sessions.length] as Known // there is always the first one
  if (step.act === 'advance') return pass(here, step.seconds)
  if (step.act === 'sweep') return app.app.tick()
  if (step.act === 'toAnEnd') {
    const known = pick(step.who)
    const seconds = Math.floor((here.ends(known).at - now()) / 1000) + step.offset
    return known.reason === null && seconds > 0 ? pass(here, seconds) : undefined
  }
  if (step.act === 'signIn') {
    const browser = step.byToken ? app.program() : (here.browsers[step.device] as TestClient)
    const presented = browser.jar.get('gatehouse')
    const replaced = live().find(({ client }) => client.headers().cookie === `gatehouse=${presented}`)
    const input = { email: here.email, ...(step.byToken ? { transport: 'TOKEN' } : {}) }
    const answer = await app.trySignIn(browser, input)
    const surplus = live().length - (replaced === undefined ? 0 : 1) + 1 - policy.limit
    if (policy.whenLimitReached === 'REFUSE' && surplus > 0) {
      expect(answer).toMatchObject({ __typename: 'SessionLimitReachedError', limit: policy.limit })
      if (replaced !== undefined && (await refusal(replaced)) !== null) replaced.reason = 'REPLACED'
      else if (replaced !== undefined) replaced.usedAt = now()
      return
    }
    expect(answer.__typename).toBe('SignInPayload')
    if (replaced !== undefined) replaced.reason = 'REPLACED'
    await here.follow(surplus)
    return here.add(answer, browser.jar.get('gatehouse'))
  }
  if (step.act === 'policy') {
    Object.assign(policy, step.change)
    await change(step.change)
    here.age()
    return here.follow(live().length - policy.limit)
  }
  const who = pick(step.who)
  expect(await refusal(who), `whether ${who.id} counts`).toBe(who.reason)
  if (who.reason !== null) return
  who.usedAt = now()
  if (step.act === 'signOut') {
    await act(who, 'signOut(input: {})')
    who.reason = 'SIGNED_OUT'
  }
  if (step.act === 'revoke') {
    const which = pick(step.which)
    await act(who, `revokeSession(input: { sessionId: "${which.id}" })`)
    which.reason ??= 'REVOKED_BY_ACCOUNT'
  }
  if (step.act === 'revokeOthers') {
    await act(who, 'revokeOtherSessions(input: {})')
    for (const other of live()) if (other !== who) other.reason = 'REVOKED_BY_ACCOUNT'
  }
  if (step.act === 'extend') {
    await act(who, 'extendSession(input: {})')
    who.extendedAt = now()
  }
}

const check = async ({ sessions, policy, account, rows }: World): Promise<void> => {
  const [found, events] = [
    await rows(),
    await app.app.db.read.event.findMany({ where: { accountId: account.id, type: 'session.ended' } }),
  ]
  const at = app.clock.now()
  const counting = found.filter(
    (row) => row.endedAt === null && row.expiresAt > at && (row.idleExpiresAt === null || row.idleExpiresAt > at),
  )
  expect(counting.length, 'live sessions in the database').toBeLessThanOrEqual(policy.limit)
  expect(found.map(({ id }) => id).toSorted()).toEqual(sessions.map(({ id }) => id).toSorted())
  for (const known of sessions) {
    const row = found.find(({ id }) => id === known.id)
    const told = events.filter(({ subjectId }) => subjectId === known.id).map(({ details }) => details)
    const isByTime = known.reason === 'EXPIRED' || known.reason === 'IDLE'
    if (row?.endedAt === null && (known.reason === null || isByTime)) expect(told).toEqual([])
    else {
      expect(row?.endReason, `the reason of ${known.id}`).toBe(known.reason)
      expect(told).toEqual([{ sessionId: known.id, reason: known.reason }])
    }
    if (known.reason !== null) expect(await refusal(known), `what ${known.id} is told`).toBe(known.reason)
  }
}

describe('the sessions of an account, whatever happens to them', () => {
  it('are never too many, never live past their times or dead before, and end once, for one reason, with one event', {
    timeout: 120_000,
  }, async () => {
    let histories = 0
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 30, size: 'max' }), async (steps) => {
        const here = await world()
        for (const step of steps) {
          await take(step, here)
          await check(here)
        }
        for (const known of here.live()) expect(await refusal(known), `whether ${known.id} counts in the end`).toBeNull()
        app.clock.advance(2_000)
        here.age()
        await app.app.tick()
        await check(here)
        expect((await here.rows()).filter(({ endedAt }) => endedAt === null)).toEqual([])
        histories++
      }),
      { numRuns: 30, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    )
    expect(histories).toBeGreaterThan(2) // a machine too slow for more proves nothing
  })
})
