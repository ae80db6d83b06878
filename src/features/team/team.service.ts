/** Teams, read and locked. Whoever is in a team may see it. */
import { refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { NO_FRESHNESS, permit } from '../../policy/access.ts'
import { SIZES } from '../../policy/bounds.ts'
import { textProblem } from '../../policy/text.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { MembershipService } from '../membership/membership.service.ts'
import * as store from './team.store.ts'
import type { Team, TeamFilter } from './team.ts'

export type TeamService = ReturnType<typeof teamService>

type Needs = Readonly<{ db: Database; events: EventService; memberships: MembershipService }>

/** Who ends a team, and whether it goes because its only member does. */
type TeamEnd = Readonly<{ actor: Actor; ip: string | null; withAccount: boolean }>

export const teamService = ({ db, events, memberships }: Needs) => {
  /** For edges: only those the viewer may see, in the order of `ids`. */
  const byIds = async (viewer: Viewer, ids: readonly string[]): Promise<readonly (Team | null)[]> => {
    const [roles, teams] = await Promise.all([memberships.rolesOf(db.read, viewer, ids), store.findMany(db.read, ids)])
    const found = new Map(teams.map((team) => [team.id, team]))
    return ids.map((id) => (memberships.mayReadTeam(viewer, roles.get(id) ?? null) ? (found.get(id) ?? null) : null))
  }

  return {
    byIds,

    /** @returns null for what is missing and for what the viewer may not see. */
    find: async (viewer: Viewer, id: string): Promise<Team | null> => (await byIds(viewer, [id]))[0] ?? null,

    /** Whoever may see it or not: for what is said of a team to those who are invited. */
    inTransaction: async (tx: Tx, id: string): Promise<Team | null> => (await store.findMany(tx, [id]))[0] ?? null,

    /** Whether there is such a team, whoever may see it. */
    exists: async (id: string): Promise<boolean> => (await store.findMany(db.read, [id])).length > 0,

    /** The viewer's roles in each of the teams; none where he is not in it. */
    viewerRoles: async (viewer: Viewer, ids: readonly string[]): Promise<readonly (readonly string[])[]> => {
      const roles = await memberships.rolesOf(db.read, viewer, ids)
      return ids.map((id) => roles.get(id) ?? [])
    },

    /** Newest first. @throws FORBIDDEN without the scope, InvalidInput. */
    list: async (viewer: Viewer, args: PageArgs, filter: TeamFilter): Promise<Page<Team>> => {
      permit('team.list', viewer, { ownerId: null }, NO_FRESHNESS)
      const problem = filter.search == null ? null : textProblem(filter.search, SIZES.search)
      if (problem !== null) refuseField('filter.search', problem)
      return store.page(db.read, windowOf(args, 2), filter)
    },

    /** One change at a time to who is in a team, and to the team; accounts are locked before. @returns null if there is none. */
    lock: async (tx: BareTx, id: string): Promise<Team | null> => (await store.lockMany(tx, [id]))[0] ?? null,

    /** The same for several, in the order of their ids. */
    lockMany: (tx: BareTx, ids: readonly string[]): Promise<readonly Team[]> => store.lockMany(tx, [...new Set(ids)]),

    /** With every membership and invitation, in as many statements for a thousand as for one. The teams must be locked. */
    remove: async (tx: BareTx, ids: readonly string[], { actor, ip, withAccount }: TeamEnd): Promise<void> => {
      if (ids.length === 0) return
      const counts = await memberships.count(tx, ids)
      await store.remove(tx, ids)
      const ended = ids.map((id) => {
        const details = { ...(counts.get(id) ?? { members: 0, invitations: 0 }), withAccount }
        return { type: 'team.deleted', actor, accountId: null, subjectId: id, ip, details } as const
      })
      await events.recordMany(tx, ended)
    },
  }
}
