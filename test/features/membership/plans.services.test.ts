/**
 * How PostgreSQL reads a page of a large list: along the index of its order, as many rows as the page has and one, wherever it stands.
 * The statements are those that went over the wire; PostgreSQL runs them again and says what it did.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { crowdsOf } from '../../support/crowd.ts'
import { type SeenStatement, seeStatements } from '../../support/statements.ts'
import { teamsOf } from '../../support/teams.ts'

const MEMBERS = 5_000
const TEAMS = 1_000
const SIZE = 50

const seen = seeStatements(/^EXPLAIN/)
const app = await testApp()
const teams = await teamsOf(app)
const crowds = crowdsOf(app)
const ann = await app.person()
const key = await app.key('MEMBERSHIPS_READ', 'TEAMS_READ', 'ACCOUNTS_READ')
const client = new pg.Client({ connectionString: app.database.env.DATABASE_URL })
const ids = { Team: '', Account: ann.account.id }

type Owner = keyof typeof ids

beforeAll(async () => {
  const [large, other] = [await teams.team(ann), await teams.team(ann)] // an index begins with the team: it is not alone
  for (const { teamId } of [large, other]) await crowds.fill(teamId, MEMBERS)
  ids.Team = large.teamId
  await crowds.spread(ann.account.id, TEAMS)
  await crowds.analyze()
  await client.connect()
})
afterAll(() => client.end())

const cursorsOf = async (owner: Owner, args: string): Promise<readonly string[]> => {
  const { data } = await key.gql(
    `{ node(id: "${ids[owner]}") { ... on ${owner} { memberships(${args}) { edges { cursor } } } } }`,
  )
  return data.node.memberships.edges.map(({ cursor }: { cursor: string }) => cursor)
}

/** The cursor that stands so deep in a list. */
const cursorAt = async (owner: Owner, args: string, depth: number): Promise<string> => {
  let cursor = ''
  for (let left = depth; left > 0; left -= 100) {
    const after = cursor === '' ? '' : `after: "${cursor}"`
    cursor = (await cursorsOf(owner, `${args} first: 100 ${after}`)).at(-1) ?? ''
  }
  return cursor
}

/** A step of a plan, as EXPLAIN writes it. */
type Step = Readonly<{
  'Node Type': string
  'Index Name'?: string
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  Plans?: readonly Step[]
}>

/** Runs a statement again. @returns what was done for it, from the top down: step, index, rows, rows that were read for nothing. */
const explain = async ({ text, values }: SeenStatement) => {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, [...values])
  const steps = (step: Step): readonly Step[] => [step, ...(step.Plans ?? []).flatMap(steps)]
  return steps(rows[0]['QUERY PLAN'][0].Plan).map((step) =>
    [step['Node Type'], step['Index Name'], step['Actual Rows'], step['Rows Removed by Filter']].filter(
      (part) => part !== undefined,
    ),
  )
}

/** What is done for a page. */
const planOf = async (owner: Owner, args: string, rows: number) => {
  seen.statements.length = 0
  expect(await cursorsOf(owner, args)).toHaveLength(rows)
  const [statement] = seen.statements.filter(({ text }) => text.includes('"sortKey"'))
  return statement === undefined ? [] : explain(statement)
}

describe('a page of a large list is read along its index, wherever it stands', () => {
  it.each([
    ['Team', 'orderBy: JOINED_AT', 'memberships_by_joining', 2_500],
    ['Team', 'orderBy: INVITED_AT', 'memberships_by_invitation', 2_500],
    ['Team', 'orderBy: USER_NAME', 'memberships_by_name', 2_500],
    ['Team', 'orderBy: USER_EMAIL', 'memberships_by_email', 2_500],
    ['Team', 'filter: { status: ACTIVE }', 'memberships_by_joining', 2_500],
    ['Team', 'filter: { status: INVITED }', 'memberships_by_joining', 500],
    ['Account', '', 'memberships_of_account', 500],
  ] as const)('that of %s, %s', async (owner, args, index, depth) => {
    const cursor = await cursorAt(owner, args, depth)
    for (const place of [
      `first: ${SIZE}`,
      `last: ${SIZE}`,
      `first: ${SIZE} after: "${cursor}"`,
      `last: ${SIZE} before: "${cursor}"`,
    ])
      expect(await planOf(owner, `${args} ${place}`, SIZE), place).toEqual([
        ['Limit', SIZE + 1],
        ['Index Scan', index, SIZE + 1],
      ])
  })

  it('and the few who have a role are found without reading everybody', async () => {
    const steps = await planOf('Team', `filter: { role: "owner" } first: ${SIZE}`, 1)
    expect(steps).toContainEqual(['Bitmap Index Scan', 'memberships_by_role', 1])
    for (const [, , rows = 0] of steps) expect(rows).toBeLessThanOrEqual(1)
  })
})
