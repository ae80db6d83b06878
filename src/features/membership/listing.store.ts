/** Pages of memberships. Each order of a team's list has an index of its own, so that a page costs the same wherever it stands. */
import { type LeadingKey, type Page, pageOf, type Window } from '../../kernel/page.ts'
import { columns, raw, type Sql, sql, type Tx } from '../../ports/db/index.ts'
import { fields, type Row, toMembership } from './membership.store.ts'
import type { Membership, MembershipFilter, MembershipOrder } from './membership.ts'

/** As the indexes of the migration have them. Nothing is null here: see there what stands for it. */
type Order = Readonly<{ key: string; leading: LeadingKey; descending: boolean }>

/** What stands for the moment of joining of whoever has not joined yet: behind every other. */
const NEVER = `TIMESTAMPTZ '9999-12-31 23:59:59.999+00'`

const JOINING: Order = {
  key: `COALESCE("joined_at", ${NEVER})`,
  leading: 'MOMENT',
  descending: true,
}

const ORDERS: Readonly<Record<MembershipOrder, Order>> = {
  JOINED_AT: JOINING,
  INVITED_AT: { key: `COALESCE("invited_at", TIMESTAMPTZ '1970-01-01 00:00:00+00')`, leading: 'MOMENT', descending: true },
  USER_NAME: { key: `lower(COALESCE("user_name", '')) COLLATE "C"`, leading: 'TEXT', descending: false },
  USER_EMAIL: { key: `lower(COALESCE("user_email", '')) COLLATE "C"`, leading: 'TEXT', descending: false },
}

/** What a cursor of this order begins with. */
export const leadingKeyOf = (order: MembershipOrder): LeadingKey => ORDERS[order].leading

const COLUMNS = raw(columns(fields))

const SORT_KEYS: Readonly<Record<LeadingKey, (key: string) => string>> = {
  MOMENT: (key) => `(extract(epoch FROM ${key}) * 1000)::bigint::text`,
  TEXT: (key) => key,
}

const given = (leading: LeadingKey, text: string): Sql =>
  leading === 'MOMENT' ? sql`${new Date(Number(text))}::timestamptz` : sql`${text}::text`

const NOTHING = sql``

/** Rows on one side of a cursor. */
const beyond = ({ key, leading }: Order, cursor: readonly string[] | null, side: '<' | '>'): Sql =>
  cursor === null
    ? NOTHING
    : sql`AND (${raw(key)}, "id") ${raw(side)} (${given(leading, String(cursor[0]))}, ${String(cursor[1])}::text)`

const pattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/**
 * Said of the order's key, so that a page of those in the team begins behind the invitations instead of reading past them all. Nothing is
 * behind NEVER, but by "=" PostgreSQL would take the rest of the order for all of it, and read along the ids of all teams.
 */
const STANDINGS = {
  INVITED: raw(`AND ${JOINING.key} >= ${NEVER}`),
  ACTIVE: raw(`AND ${JOINING.key} < ${NEVER}`),
} as const

const matching = (teamId: string, { status, role, search, mfa }: MembershipFilter): Sql => sql`"team_id" = ${teamId}
  ${status == null ? NOTHING : STANDINGS[status]}
  ${role == null ? NOTHING : sql`AND "roles_in_team"("team_id", "roles") @> ARRAY[${`${teamId}/${role}`}]::text[]`}
  ${search == null ? NOTHING : sql`AND ("user_name" ILIKE ${pattern(search)} OR "user_email" ILIKE ${pattern(search)})`}
  ${mfa == null ? NOTHING : sql`${STANDINGS.ACTIVE} AND "user_mfa" = ${mfa}`}`

const read = async (tx: Tx, window: Window, where: Sql, order: Order): Promise<Page<Membership>> => {
  const [ahead, behind] = order.descending ? (['<', '>'] as const) : (['>', '<'] as const)
  const direction = raw(order.descending !== window.backward ? 'DESC' : 'ASC')
  const found = await tx.$queryRaw<(Row & { sortKey: string })[]>`
    SELECT ${COLUMNS}, ${raw(SORT_KEYS[order.leading](order.key))} AS "sortKey" FROM "memberships"
    WHERE ${where} ${beyond(order, window.after, ahead)} ${beyond(order, window.before, behind)}
    ORDER BY ${raw(order.key)} ${direction}, "id" ${direction} LIMIT ${window.size + 1}`
  const page = pageOf(
    window,
    found,
    ({ sortKey, id }) => [sortKey, id],
    async () => {
      const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS "count" FROM "memberships" WHERE ${where}`
      return row?.count ?? 0
    },
  )
  return {
    ...page,
    edges: page.edges.map(({ cursor, node: { sortKey: _key, ...row } }) => ({ cursor, node: toMembership(row) })),
  }
}

/** A team's list. */
export const ofTeam = (
  tx: Tx,
  window: Window,
  teamId: string,
  filter: MembershipFilter,
  order: MembershipOrder,
): Promise<Page<Membership>> => read(tx, window, matching(teamId, filter), ORDERS[order])

/** An account's list: who joined last first; before them the invitations. */
export const ofAccount = (tx: Tx, window: Window, accountId: string): Promise<Page<Membership>> =>
  read(tx, window, sql`"account_id" = ${accountId}`, JOINING)
