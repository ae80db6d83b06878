/** Changing roles, and taking somebody out of a team, or an invitation back. The last owner can be neither dismissed nor removed. */
import { notFound } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import type { Freshness } from '../../policy/access.ts'
import { type MembershipView, OWNER } from '../../policy/visibility.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { TeamService } from '../team/team.service.ts'
import * as links from './invitation.store.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'
import { checkRoles, isOwner, LastOwner, type Membership, type RemovalReason, removalOf } from './membership.ts'
import type { OwnershipService } from './ownership.service.ts'

export type ManagingService = ReturnType<typeof managingService>

type Needs = Readonly<{
  db: Database
  acting: ActingService
  events: EventService
  settings: SettingsService
  teams: TeamService
  memberships: MembershipService
  ownership: OwnershipService
}>

const reasonOf = (viewer: Viewer, { accountId, status }: Membership): RemovalReason => {
  if (viewer.kind === 'account' && viewer.accountId === accountId) return 'LEFT'
  return status === 'INVITED' ? 'REVOKED' : 'REMOVED'
}

export const managingService = ({ db, acting, events, settings, teams, memberships, ownership }: Needs) => {
  /**
   * The membership, its team locked, and who acts.
   * @param ownToo whether everybody may with his own.
   * @throws NOT_FOUND for one that the viewer may not know of, FORBIDDEN, REAUTHENTICATION_REQUIRED.
   */
  const take = async (
    tx: Tx,
    viewer: Viewer,
    id: string,
    freshness: Freshness,
    ownToo: boolean,
  ): Promise<Readonly<{ actor: Actor; membership: Membership }>> => {
    const { actor } = await acting.lock(tx, viewer, null)
    const teamId = (await store.find(tx, id))?.teamId ?? ''
    const team = await teams.lock(tx, teamId)
    const membership = team === null ? null : await store.find(tx, id)
    if (membership === null) throw notFound()
    await memberships.permitManaging(tx, viewer, teamId, freshness, ownToo ? membership : null)
    return { actor, membership }
  }

  /** @throws LastOwner if nobody else runs the team. */
  const demandOtherOwner = async (tx: Tx, { teamId, accountId }: Membership): Promise<void> => {
    const orphaned = await ownership.withoutOthers(tx, [teamId], accountId)
    if (orphaned.length > 0) throw new LastOwner(orphaned)
  }

  return {
    /** @throws as `take` does; InvalidInput, LastOwner. */
    updateRoles: async (viewer: Viewer, source: Source, id: string, given: readonly string[]): Promise<MembershipView> => {
      const freshness = await settings.freshness()
      const changed = await db.transaction(async (tx) => {
        const { actor, membership } = await take(tx, viewer, id, freshness, false)
        const roles = checkRoles(given)
        if (roles.length === membership.roles.length && roles.every((role) => membership.roles.includes(role))) return membership
        if (isOwner(membership) && !roles.includes(OWNER)) await demandOtherOwner(tx, membership)
        const { accountId, teamId } = membership
        await events.record(tx, {
          type: 'membership.roles-changed',
          actor,
          accountId,
          subjectId: teamId,
          ip: source.ip,
          details: { membershipId: id, roles },
        })
        return store.update(tx, id, { roles })
      })
      return memberships.see(viewer, changed)
    },

    /**
     * Everybody may leave; owners remove others and take invitations back. Whoever was in does not come back by another link that he
     * has still got. @returns the team it was of. @throws as `take` does; LastOwner.
     */
    remove: async (viewer: Viewer, source: Source, id: string): Promise<string> => {
      const freshness = await settings.freshness()
      return db.transaction(async (tx) => {
        const { actor, membership } = await take(tx, viewer, id, freshness, true)
        if (isOwner(membership)) await demandOtherOwner(tx, membership)
        await store.remove(tx, [id])
        const { teamId, accountId, userEmail, status } = membership
        if (status === 'ACTIVE') await links.removeSentTo(tx, teamId, accountId, userEmail)
        await events.record(tx, removalOf(membership, reasonOf(viewer, membership), actor, source.ip))
        return teamId
      })
    },
  }
}
