/** Teams by the hundred thousand, beside the people that `seed` makes, and pages of their lists. */
import { type BenchDatabase, tokenOf } from './database.ts'
import { type Answer, ask, post } from './http.ts'
import type { Server } from './server.ts'
import { cookieOf, type Reads, reads } from './stage.ts'

/** A list, and which of the people asks for it: none of those whom other rows sign in. */
export type List = Readonly<{ owner: 'Team' | 'Account'; id: string; person: number }>

const PERSON = 2_400

const padded = (n: number): string => String(n).padStart(26, '0')

/** The ids of the nth of each begin here: accounts that never sign in and are in every team, and the rows of each list. */
const OTHERS = 1_000_000_000
const APART = 1_000_000

const idFrom = (prefix: string, from: number): string => `'${prefix}_' || lpad((${from} + n)::text, 26, '0')`

/** The rest of the nth row: in no order by name; one in ten is invited only. */
const DETAILS = `'{ringer}', CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 <> 0 THEN now() - n * interval '1 s' END,
  'Name ' || md5(n::text), md5(n::text) || '@example.com', n % 20 = 1`

const INSERT = `INSERT INTO memberships
  (id, team_id, account_id, roles, invited_at, joined_at, user_name, user_email, user_mfa)`

let lists = 0

/** Makes a team of so many. */
export const seedTeam = async ({ query }: BenchDatabase, members: number): Promise<List> => {
  const from = ++lists * APART
  const [id, account] = [`tea_${padded(from)}`, `acc_${padded(PERSON + 1)}`]
  await query(`INSERT INTO teams (id, name, created_at) VALUES ('${id}', 'Bell ringers', now())`)
  await query(`INSERT INTO accounts (id, email, name, labels, created_at)
    SELECT ${idFrom('acc', OTHERS)}, md5(n::text) || '@example.com', 'Name ' || md5(n::text), '{}', now()
    FROM generate_series(2, ${members}) n ON CONFLICT DO NOTHING`)
  await query(`${INSERT} SELECT ${idFrom('mem', from)}, '${id}', CASE WHEN n = 1 THEN '${account}' ELSE ${idFrom('acc', OTHERS)} END,
    ${DETAILS} FROM generate_series(1, ${members}) n`)
  return { owner: 'Team', id, person: PERSON }
}

/** Makes so many teams of one account's. */
export const seedAccount = async ({ query }: BenchDatabase, teams: number): Promise<List> => {
  const from = ++lists * APART
  const person = PERSON + lists
  const id = `acc_${padded(person + 1)}`
  await query(`INSERT INTO teams (id, name, created_at)
    SELECT ${idFrom('tea', from)}, 'Team ' || n, now() FROM generate_series(1, ${teams}) n`)
  await query(
    `${INSERT} SELECT ${idFrom('mem', from)}, ${idFrom('tea', from)}, '${id}', ${DETAILS} FROM generate_series(1, ${teams}) n`,
  )
  return { owner: 'Account', id, person }
}

/** As a server that runs for a while has it: the planner knows what there is, and the indexes what is visible to all. */
export const settle = ({ query }: BenchDatabase) => query('VACUUM ANALYZE memberships')

/** All that a member can be asked for. */
const SELECTION = `nodes { id userName userEmail mfa hidden roles status invitedAt joinedAt isViewer account { id }
  team { id name createdAt viewerRoles preferences } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`

const documentOf = ({ owner, id }: List, args: string, selection: string): string =>
  `{ node(id: "${id}") { ... on ${owner} { memberships(${args}) { ${selection} } } } }`

const isPage = ({ status, body }: Answer): boolean => status === 200 && body.includes('"id":"mem_') && !body.includes('"errors"')

/** A page, and whether it comes with `totalCount`. */
export type Asked = Readonly<{ list: List; args: string; counts?: boolean }>

type Wanted = Asked & Readonly<{ connections: number; seconds?: number }>

/** The same page again and again, one after the other on each connection. */
export const pages = (server: Server, { list, args, counts = false, connections, seconds = 1.2 }: Wanted): Promise<Reads> =>
  reads(server, {
    query: documentOf(list, args, counts ? `${SELECTION} totalCount` : SELECTION),
    token: tokenOf(list.person),
    connections,
    seconds,
    good: isPage,
  })

/** The arguments of the first page of 50 and of the last one, which is asked for from the front like any other. */
export const places = async ({ port }: Server, list: List) => {
  const document = documentOf(list, 'last: 51', 'pageInfo { startCursor }')
  const { body } = await ask(port, post(document, {}, cookieOf(tokenOf(list.person))))
  const cursor = JSON.parse(body).data.node.memberships.pageInfo.startCursor
  return { first: 'first: 50', last: `first: 50, after: "${cursor}"` }
}
