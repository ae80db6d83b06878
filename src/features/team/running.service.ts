/** Making a team, changing it, and its end. Who makes one runs it; one that a key makes has nobody in it yet. */
import { forbidden, notFound } from '../../kernel/errors.ts'
import type { MakeId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { type Freshness, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { type MembershipView, OWNER } from '../../policy/visibility.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import { isAnonymous } from '../account/account.ts'
import type { EventService } from '../event/event.service.ts'
import type { JoiningService } from '../membership/joining.service.ts'
import type { MembershipService } from '../membership/membership.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { TeamService } from './team.service.ts'
import * as store from './team.store.ts'
import { checkTeamChange, type Team, type TeamChange } from './team.ts'

export type TeamRunningService = ReturnType<typeof teamRunningService>

/** A new team, and its maker's place there; null: a key made it. */
export type Made = Readonly<{ team: Team; membership: MembershipView | null }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  acting: ActingService
  events: EventService
  settings: SettingsService
  teams: TeamService
  memberships: MembershipService
  joining: JoiningService
}>

export const teamRunningService = (needs: Needs) => {
  const { db, clock, makeId, acting, events, settings, teams, memberships, joining } = needs

  /** The team, locked, and who acts. @throws NOT_FOUND for one that the viewer may not know of, FORBIDDEN, REAUTHENTICATION_REQUIRED. */
  const take = async (tx: Tx, viewer: Viewer, id: string, freshness: Freshness) => {
    const { actor } = await acting.lock(tx, viewer, null)
    const team = await teams.lock(tx, id)
    if (team === null) throw notFound()
    await memberships.permitManaging(tx, viewer, id, freshness)
    return { actor, team }
  }

  return {
    /** @throws FORBIDDEN without the scope, and for an account without an address; InvalidInput. */
    create: async (viewer: Viewer, source: Source, name: string): Promise<Made> => {
      const ownerId = viewer.kind === 'account' ? viewer.accountId : null
      permit('team.create', viewer, { ownerId }, NO_FRESHNESS)
      const team: Team = { id: makeId('Team'), name: '', preferences: {}, createdAt: clock.now(), ...checkTeamChange({ name }) }
      const { ip } = source
      const membership = await db.transaction(async (tx) => {
        const { actor, account } = await acting.lock(tx, viewer, ownerId)
        if (account !== null && isAnonymous(account)) throw forbidden('An account without an address has no teams.')
        await store.insert(tx, team)
        await events.record(tx, { type: 'team.created', actor, accountId: ownerId, subjectId: team.id, ip, details: {} })
        if (account === null) return null
        const place = { teamId: team.id, account, roles: [OWNER], invitation: null, by: 'FOUNDING' } as const
        return joining.join(tx, { ...place, actor, ip })
      })
      return { team, membership: membership === null ? null : await memberships.see(viewer, membership) }
    },

    /** @throws as `take` does; InvalidInput with every field that is not acceptable. */
    update: async (viewer: Viewer, source: Source, id: string, change: TeamChange): Promise<Team> => {
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const { actor, team } = await take(tx, viewer, id, freshness)
        const checked = checkTeamChange(change)
        if (Object.keys(checked).length === 0) return team
        const details = { fields: Object.keys(checked) }
        await events.record(tx, { type: 'team.updated', actor, accountId: null, subjectId: id, ip: source.ip, details })
        return store.update(tx, id, checked)
      })
    },

    /** With every membership and invitation. @throws as `take` does. */
    remove: async (viewer: Viewer, source: Source, id: string): Promise<void> => {
      const freshness = await settings.freshness()
      await db.transaction(async (tx) => {
        const { actor } = await take(tx, viewer, id, freshness)
        await teams.remove(tx, [id], { actor, ip: source.ip, withAccount: false })
      })
    },
  }
}
