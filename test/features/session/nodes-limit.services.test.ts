/** The session limit under parallel sign-ins on two nodes, judged by the database itself at each commit. */
import { describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp, testApp } from '../../support/app.ts'
import { patiently } from '../../support/patience.ts'

const LIMIT = 10
const SIGN_INS = 200

const here = await testApp()
const there = await here.node()

/**
 * Runs within each commit that touched a session, as its last statement. The lock lets one commit of an account by at a
 * time, so that two which overlap do not miss each other: whoever comes second sees what the first has left. The clock
 * of these tests stands still, so a session without an end is live.
 */
const WITNESS = [
  'CREATE TABLE witnessed (account_id text NOT NULL, live int NOT NULL)',
  `CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     PERFORM pg_advisory_xact_lock(hashtext('witness'), hashtext(NEW.account_id));
     INSERT INTO witnessed SELECT NEW.account_id, count(*) FROM sessions WHERE account_id = NEW.account_id AND ended_at IS NULL;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE ON sessions
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION witness()`,
]
for (const statement of WITNESS) await here.app.db.read.$executeRawUnsafe(statement)

/** @returns how often the witness looked at an account, and the most live sessions it saw after a commit. */
const witnessed = async (accountId: string): Promise<{ looks: number; most: number }> => {
  const [seen] = await here.app.db.read.$queryRaw<{ looks: number; most: number }[]>`
    SELECT count(*)::int AS "looks", max("live") AS "most" FROM "witnessed" WHERE "account_id" = ${accountId}`
  return seen as { looks: number; most: number } // an aggregate is always one row
}

const SIGN_IN = `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
  __typename ... on SessionLimitReachedError { ticket } } }`

const signIn = async (node: TestApp, email: string): Promise<{ __typename: string; ticket?: string }> => {
  const input = { email, password: PASSWORD, transport: 'TOKEN' }
  return (await patiently(() => node.program().gql(SIGN_IN, { input }))).data.signInWithPassword
}

/** `count` of them at once, every second one on the other node. */
const onBoth = <T>(count: number, work: (node: TestApp, index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index % 2 === 0 ? here : there, index)))

const count = (results: readonly { __typename: string }[], name: string): number =>
  results.filter((result) => result.__typename === name).length

const sessions = (accountId: string) => here.app.db.read.session.findMany({ where: { accountId } })

describe(`on two nodes, the limit of ${LIMIT} sessions`, () => {
  it.each(['END_OLDEST', 'END_LEAST_RECENTLY_USED'])(
    `holds after every commit of ${SIGN_INS} sign-ins at once with %s`,
    { timeout: 90_000 },
    async (action) => {
      const { email, account } = await here.person()
      await here.settings({ sessions: { limit: LIMIT, whenLimitReached: action } })
      const results = await onBoth(SIGN_INS, (node) => signIn(node, email))
      expect(count(results, 'SignInPayload')).toBe(SIGN_INS)
      const { looks, most } = await witnessed(account.id)
      expect(most).toBe(LIMIT)
      expect(looks).toBeGreaterThan(SIGN_INS)
      const [all, ended] = [await sessions(account.id), SIGN_INS + 1 - LIMIT]
      expect(all.filter(({ endReason }) => endReason === 'LIMIT_REACHED')).toHaveLength(ended)
      expect(all).toHaveLength(ended + LIMIT)
      expect(await here.app.db.read.event.count({ where: { accountId: account.id, type: 'session.ended' } })).toBe(ended)
    },
  )

  it(`holds after every commit of ${SIGN_INS} sign-ins at once with REFUSE, and when all tickets go for one session`, {
    timeout: 90_000,
  }, async () => {
    const { email, account, session: own } = await here.person()
    await here.settings({ sessions: { limit: LIMIT, whenLimitReached: 'REFUSE' } })
    const results = await onBoth(SIGN_INS, (node) => signIn(node, email))
    expect(count(results, 'SignInPayload')).toBe(LIMIT - 1)
    expect(count(results, 'SessionLimitReachedError')).toBe(SIGN_INS + 1 - LIMIT)
    expect((await sessions(account.id)).map(({ endedAt }) => endedAt)).toEqual(Array(LIMIT).fill(null))

    const tickets = results.flatMap(({ ticket }) => ticket ?? [])
    const finished = await onBoth(tickets.length, async (node, index) => {
      const input = { ticket: tickets[index], endSessionId: own.id, transport: 'TOKEN' }
      const text = 'mutation ($input: FinishSignInInput!) { finishSignIn(input: $input) { __typename } }'
      return (await patiently(() => node.program().gql(text, { input }))).data.finishSignIn
    })
    expect(count(finished, 'SignInPayload')).toBe(1)
    expect(count(finished, 'InvalidInputError')).toBe(tickets.length - 1)
    expect((await witnessed(account.id)).most).toBe(LIMIT)
  })

  it('holds when it is lowered in the middle of sign-ins', { timeout: 90_000 }, async () => {
    await here.settings({ sessions: { limit: LIMIT, whenLimitReached: 'END_OLDEST' } })
    const { email, account } = await here.person()
    let done = 0
    let lowered = 0
    const results = await onBoth(60, async (node) => {
      const result = await signIn(node, email)
      if (++done === 30) {
        await there.settings({ sessions: { limit: 3 } })
        const rows = await sessions(account.id)
        lowered = rows.filter(({ endedAt }) => endedAt === null).length
      }
      return result
    })
    expect(count(results, 'SignInPayload')).toBe(60)
    expect(lowered).toBe(3)
    expect((await sessions(account.id)).filter(({ endedAt }) => endedAt === null)).toHaveLength(3)
    expect((await witnessed(account.id)).most).toBe(LIMIT)
  })

  it('is watched by a witness who sees two that commit together without the server’s lock', async () => {
    await here.settings({ sessions: { limit: LIMIT } })
    const { account } = await here.person()
    let [written, both] = [0, () => {}]
    const wait = new Promise<void>((resolve) => (both = resolve))
    const smuggle = (id: string) =>
      here.app.db.transaction(async (tx) => {
        const [{ factors, ...row }] = (await tx.session.findMany({ where: { accountId: account.id } })) as [
          Awaited<ReturnType<typeof sessions>>[number],
        ]
        await tx.session.create({ data: { ...row, factors, id, tokenHash: id, handoverHash: null } })
        if (++written === 2) both()
        await wait
      })
    await Promise.all(['smuggled-1', 'smuggled-2'].map(smuggle))
    expect((await witnessed(account.id)).most).toBe(3)
  })
})
