/** The teams table. */
import type { Json } from '../../kernel/events.ts'
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { Prisma, Team as Row } from '../../ports/db/generated/client.ts'
import { type BareTx, columns, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { Team, TeamFilter } from './team.ts'

const fields = { id: true, name: true, preferences: true, createdAt: true } as const satisfies Record<keyof Team, true>

const toTeam = (row: Row): Team => ({ ...row, preferences: row.preferences as Record<string, Json> })

const INSERT = prepared(`INSERT INTO "teams" ("id", "name", "created_at") VALUES ($1, $2, $3)`)

export const insert = (tx: BareTx, { id, name, createdAt }: Pick<Team, 'id' | 'name' | 'createdAt'>): Promise<void> =>
  write(tx, INSERT, id, name, createdAt)

export const findMany = async (tx: Tx, ids: readonly string[]): Promise<readonly Team[]> =>
  (await tx.team.findMany({ where: { id: { in: ids.filter((id) => isIdOf('Team', id)) } } })).map(toTeam)

const LOCK = prepared<Team>(`
  SELECT ${columns(fields)} FROM "teams" WHERE "id" = ANY($1::text[]) ORDER BY "id" FOR NO KEY UPDATE`)

/** Until the transaction ends nobody else changes who is in these teams. @returns those that there are. */
export const lockMany = (tx: BareTx, ids: readonly string[]): Promise<readonly Team[]> =>
  rows(
    tx,
    LOCK,
    ids.filter((id) => isIdOf('Team', id)),
  )

export const update = async (tx: Tx, id: string, { name, preferences }: Partial<Team>): Promise<Team> =>
  toTeam(
    await tx.team.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(preferences === undefined ? {} : { preferences: preferences as Prisma.InputJsonObject }),
      },
    }),
  )

const REMOVE = prepared(`DELETE FROM "teams" WHERE "id" = ANY($1::text[])`)

/** With every membership. */
export const remove = (tx: BareTx, ids: readonly string[]): Promise<void> => write(tx, REMOVE, ids)

const where = ({ search }: TeamFilter): Prisma.TeamWhereInput =>
  search == null ? {} : { name: { contains: search.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' } }

/** Newest first. */
export const page = async (tx: Tx, window: Window, filter: TeamFilter): Promise<Page<Team>> => {
  const matching = where(filter)
  const beyond = (key: readonly string[] | null, side: 'lt' | 'gt'): Prisma.TeamWhereInput => {
    if (key === null) return {}
    const [createdAt, id] = [new Date(Number(key[0])), String(key[1])]
    return { OR: [{ createdAt: { [side]: createdAt } }, { createdAt, id: { [side]: id } }] }
  }
  const direction = window.backward ? 'asc' : 'desc'
  const found = await tx.team.findMany({
    where: { AND: [matching, beyond(window.after, 'lt'), beyond(window.before, 'gt')] },
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.size + 1,
  })
  return pageOf(
    window,
    found.map(toTeam),
    (team) => [String(team.createdAt.getTime()), team.id],
    () => tx.team.count({ where: matching }),
  )
}
