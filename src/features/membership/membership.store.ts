/** The memberships table: one at a time, and by account or team. Lists are read in listing.store.ts. */
import { isIdOf } from '../../kernel/ids.ts'
import { type BareTx, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { Membership } from './membership.ts'

export const fields = {
  id: true,
  teamId: true,
  accountId: true,
  roles: true,
  invitedAt: true,
  joinedAt: true,
  inviterId: true,
  invitedPhone: true,
  userName: true,
  userEmail: true,
  userMfa: true,
} as const

export type Row = Omit<Membership, 'status' | 'mfa'> & Readonly<{ userMfa: boolean }>

export const toMembership = ({ userMfa, ...row }: Row): Membership => ({
  ...row,
  status: row.joinedAt === null ? 'INVITED' : 'ACTIVE',
  mfa: row.joinedAt === null ? null : userMfa,
})

/** A new one. Whoever is in the team has the account's own name and address; the database keeps them so. */
export const insert = async (tx: Tx, { status: _status, mfa, ...membership }: Membership): Promise<Membership> => {
  const data = { ...membership, roles: [...membership.roles], userMfa: mfa ?? false }
  return toMembership(await tx.membership.create({ data, select: fields }))
}

export const find = async (tx: Tx, id: string): Promise<Membership | null> => {
  const row = isIdOf('Membership', id) ? await tx.membership.findUnique({ where: { id }, select: fields }) : null
  return row === null ? null : toMembership(row)
}

/** An account's place in a team, or its invitation there. */
export const findOf = async (tx: Tx, teamId: string, accountId: string): Promise<Membership | null> => {
  const row = await tx.membership.findUnique({ where: { teamId_accountId: { teamId, accountId } }, select: fields })
  return row === null ? null : toMembership(row)
}

/** The invitation that waits for whoever reads at an address. */
export const findInvited = async (tx: Tx, teamId: string, userEmail: string): Promise<Membership | null> => {
  const row = await tx.membership.findFirst({
    where: { teamId, userEmail, joinedAt: null, accountId: null },
    select: fields,
  })
  return row === null ? null : toMembership(row)
}

/** Every place and invitation of an account. */
export const allOf = async (tx: Tx, accountId: string): Promise<readonly Membership[]> =>
  (await tx.membership.findMany({ where: { accountId }, orderBy: { id: 'asc' }, select: fields })).map(toMembership)

type Change = Partial<Pick<Membership, 'roles' | 'invitedAt' | 'inviterId' | 'joinedAt' | 'userName' | 'userEmail'>>

export const update = async (tx: Tx, id: string, { roles, ...change }: Change): Promise<Membership> => {
  const data = { ...change, ...(roles === undefined ? {} : { roles: [...roles] }) }
  return toMembership(await tx.membership.update({ where: { id }, data, select: fields }))
}

const REMOVE = prepared(`DELETE FROM "memberships" WHERE "id" = ANY($1::text[])`)

export const remove = (tx: BareTx, ids: readonly string[]): Promise<void> => write(tx, REMOVE, ids)

const ROLES = prepared<{ teamId: string; roles: readonly string[] }>(`
  SELECT "team_id" AS "teamId", "roles" FROM "memberships"
  WHERE "account_id" = $1 AND "team_id" = ANY($2::text[]) AND "joined_at" IS NOT NULL`)

/** An account's roles in those of the teams that it is in. */
export const rolesIn = async (
  tx: BareTx,
  accountId: string,
  teamIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const teams = teamIds.filter((id) => isIdOf('Team', id))
  return new Map((await rows(tx, ROLES, accountId, teams)).map(({ teamId, roles }) => [teamId, roles]))
}

const OWNERS = prepared<{ teamId: string; accountId: string }>(`
  SELECT "team_id" AS "teamId", "account_id" AS "accountId" FROM "memberships"
  WHERE "roles_in_team"("team_id", "roles") && $1::text[] AND "joined_at" IS NOT NULL AND "account_id" IS NOT NULL`)

/** Who is in which of the teams with that role. */
export const withRole = (
  tx: BareTx,
  teamIds: readonly string[],
  role: string,
): Promise<readonly Readonly<{ teamId: string; accountId: string }>[]> =>
  rows(
    tx,
    OWNERS,
    teamIds.map((id) => `${id}/${role}`),
  )

const PEOPLED = prepared<{ id: string }>(`
  SELECT "id" FROM unnest($1::text[]) AS "asked"("id") WHERE EXISTS (
    SELECT FROM "memberships" WHERE "team_id" = "asked"."id" AND "joined_at" IS NOT NULL AND "account_id" IS DISTINCT FROM $2)`)

/** Those of the teams that somebody but this account is in. */
export const withOthers = async (tx: BareTx, teamIds: readonly string[], accountId: string): Promise<readonly string[]> =>
  (await rows(tx, PEOPLED, teamIds, accountId)).map(({ id }) => id)

type Counts = Readonly<{ members: number; invitations: number }>

const COUNT = prepared<Counts & { teamId: string }>(`
  SELECT "team_id" AS "teamId", count("joined_at")::int AS "members", count(*)::int - count("joined_at")::int AS "invitations"
  FROM "memberships" WHERE "team_id" = ANY($1::text[]) GROUP BY "team_id"`)

/** How many each of the teams has of each. */
export const count = async (tx: BareTx, teamIds: readonly string[]): Promise<ReadonlyMap<string, Counts>> =>
  new Map((await rows(tx, COUNT, teamIds)).map(({ teamId, ...counts }) => [teamId, counts]))
