/** Teams of thousands, straight into the tables: inviting them one by one would take longer than all tests together. */
import type { TestApp } from './app.ts'

const numbered = (prefix: string, n: string) => `'${prefix}_' || lpad((${n})::text, 26, '0')`

const at = (seconds: string) => `TIMESTAMPTZ '2026-01-01 00:00:00+00' + ${seconds} * interval '1 second'`

/**
 * The rest of the nth row: one in five came by an invitation, one in three is a treasurer, every other member has a second factor, and names
 * are in no order.
 * @param invited says of which n it is an invitation.
 */
const details = (invited: string) => `
  CASE WHEN n % 3 = 0 THEN '{ringer,treasurer}'::text[] ELSE '{ringer}' END,
  CASE WHEN ${invited} OR n % 5 = 1 THEN ${at('-n')} END, CASE WHEN NOT (${invited}) THEN ${at('n')} END,
  md5(n::text), 'crowd' || n || '@example.com', NOT (${invited}) AND n % 2 = 0`

const INSERT = `INSERT INTO "memberships"
  ("id", "team_id", "account_id", "roles", "invited_at", "joined_at", "user_name", "user_email", "user_mfa")`

/** @param app a node whose database takes them. */
export const crowdsOf = ({ app: { db } }: TestApp) => {
  const run = (sql: string, ...values: readonly unknown[]) => db.read.$executeRawUnsafe(sql, ...values)
  const made = { accounts: 0, teams: 0, memberships: 0 }

  const membershipIds = (count: number): string => {
    const before = made.memberships
    made.memberships += count
    return numbered('mem', `${before} + n`)
  }

  return {
    /** Puts that many more into a team: the same accounts each time. One in five is invited only, every fourth of those by an address. */
    fill: async (teamId: string, count: number): Promise<void> => {
      await run(`INSERT INTO "accounts" ("id", "email", "name", "labels", "created_at")
        SELECT ${numbered('acc', 'n')}, 'crowd' || n || '@example.com', md5(n::text), '{}', ${at('n')}
        FROM generate_series(${made.accounts + 1}, ${count}) n`)
      made.accounts = Math.max(made.accounts, count)
      await run(
        `${INSERT} SELECT ${membershipIds(count)}, $1, CASE WHEN n % 20 <> 18 THEN ${numbered('acc', 'n')} END, ${details('n % 5 = 3')}
        FROM generate_series(1, ${count}) n`,
        teamId,
      )
    },
    /** Puts an account into that many teams more, which are made for it; to one in 40 it is invited only. */
    spread: async (accountId: string, count: number): Promise<void> => {
      const ids = numbered('tea', `${made.teams} + n`)
      made.teams += count
      await run(`INSERT INTO "teams" ("id", "name", "created_at")
        SELECT ${ids}, 'Team ' || n, ${at('n')} FROM generate_series(1, ${count}) n`)
      await run(
        `${INSERT} SELECT ${membershipIds(count)}, ${ids}, $1, ${details('n % 40 = 39')} FROM generate_series(1, ${count}) n`,
        accountId,
      )
    },
    /** Tells the planner what there is, which a server finds out by itself after a while. */
    analyze: () => run('ANALYZE "memberships"'),
  }
}
