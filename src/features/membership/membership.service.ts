/**
 * Memberships, read. Nothing leaves this room but views: what each viewer may see of each, by the settings and by his roles of this
 * moment. A question that tells of a detail is answered to those only who may see it of everybody.
 */
import { forbidden, notFound } from '../../kernel/errors.ts'
import { mapPage, type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, type Freshness, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { type MembershipView, OWNER, onlookerOf, viewMembership, withheldFrom } from '../../policy/visibility.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as listing from './listing.store.ts'
import * as store from './membership.store.ts'
import { checkFilter, detailsAsked, type Membership, type MembershipFilter, type MembershipOrder } from './membership.ts'

export type MembershipService = ReturnType<typeof membershipService>

type Roles = ReadonlyMap<string, readonly string[]>

type Needs = Readonly<{ db: Database; settings: SettingsService }>

/** Whose a team is, to the table of actions: everybody's who is in it, or its owners'. */
const inTeam = (viewer: Viewer, roles: readonly string[] | null, who: 'MEMBERS' | 'OWNERS') => {
  const belongs = roles !== null && (who === 'MEMBERS' || roles.includes(OWNER))
  return { ownerId: belongs && viewer.kind === 'account' ? viewer.accountId : null }
}

export const membershipService = ({ db, settings }: Needs) => {
  /** The viewer's roles in those of the teams that he is in. */
  const rolesOf = async (tx: BareTx, viewer: Viewer, teamIds: readonly string[]): Promise<Roles> =>
    viewer.kind === 'account' && teamIds.length > 0 ? store.rolesIn(tx, viewer.accountId, [...new Set(teamIds)]) : new Map()

  /**
   * How a viewer sees memberships of these teams. What that depends on is read at once, and the settings from their row: a copy may
   * be older than a change that has been answered.
   */
  const eyesOf = async (viewer: Viewer, teamIds: readonly string[]) => {
    const [{ membershipPrivacy: privacy }, roles] = await Promise.all([
      settings.inForce(db.read),
      rolesOf(db.read, viewer, teamIds),
    ])
    const rolesIn = (teamId: string) => roles.get(teamId) ?? null
    const view = (membership: Membership) => viewMembership(viewer, rolesIn(membership.teamId), privacy, membership)
    return { privacy, rolesIn, view }
  }

  /** The viewer's roles in one team; null: he is not in it. */
  const rolesIn = async (tx: BareTx, viewer: Viewer, teamId: string): Promise<readonly string[] | null> =>
    (await rolesOf(tx, viewer, [teamId])).get(teamId) ?? null

  /** Whether somebody may see a membership at all: his own, or one of a team that he is in. */
  const isVisible = (viewer: Viewer, roles: readonly string[] | null, { accountId }: Membership): boolean => {
    const isOwn = viewer.kind === 'account' && viewer.accountId === accountId
    return (
      decide('membership.read', viewer, isOwn ? { ownerId: accountId } : inTeam(viewer, roles, 'MEMBERS'), NO_FRESHNESS) === null
    )
  }

  return {
    rolesOf,

    /** How many each of the teams has, and how many are invited to it; nothing of a team without either. */
    count: (tx: BareTx, teamIds: readonly string[]) => store.count(tx, teamIds),

    /** What a viewer sees of a membership that he may know of. */
    see: async (viewer: Viewer, membership: Membership): Promise<MembershipView> =>
      (await eyesOf(viewer, [membership.teamId])).view(membership),

    /** Whether somebody with these roles (null: he is not in the team) may know of it. */
    mayReadTeam: (viewer: Viewer, roles: readonly string[] | null): boolean =>
      decide('team.read', viewer, inTeam(viewer, roles, 'MEMBERS'), NO_FRESHNESS) === null,

    /** Whether somebody may read a team's list at this moment. @throws UNAUTHENTICATED, NOT_FOUND. */
    permitList: async (viewer: Viewer, teamId: string): Promise<void> => {
      const roles = await rolesIn(db.read, viewer, teamId)
      permit('membership.read', viewer, inTeam(viewer, roles, 'MEMBERS'), NO_FRESHNESS)
    },

    /**
     * Whether somebody may manage a team, or this membership of his own there.
     * @returns his roles in it; null: he is not in it.
     * @throws FORBIDDEN for whoever may know of it, NOT_FOUND for everybody else; REAUTHENTICATION_REQUIRED.
     */
    permitManaging: async (
      tx: BareTx,
      viewer: Viewer,
      teamId: string,
      freshness: Freshness,
      own: Membership | null = null,
    ): Promise<readonly string[] | null> => {
      const roles = await rolesIn(tx, viewer, teamId)
      const isOwn = own !== null && viewer.kind === 'account' && own.accountId === viewer.accountId
      const resource = isOwn ? { ownerId: own.accountId } : inTeam(viewer, roles, 'OWNERS')
      const refusal = decide('team.manage', viewer, resource, freshness)
      if (refusal === null) return roles
      const knows = decide('team.read', viewer, inTeam(viewer, roles, 'MEMBERS'), NO_FRESHNESS) === null
      throw refusal.code === 'FORBIDDEN' && !knows ? notFound() : refusal
    },

    /**
     * A team's list.
     * @throws NOT_FOUND for whoever is not in the team, FORBIDDEN for a question about a detail that is withheld of anybody there,
     * InvalidInput.
     */
    ofTeam: async (
      viewer: Viewer,
      teamId: string,
      args: PageArgs,
      filter: MembershipFilter,
      order: MembershipOrder,
    ): Promise<Page<MembershipView>> => {
      const window = windowOf(args, 2, listing.leadingKeyOf(order))
      const page = await listing.ofTeam(db.read, window, teamId, checkFilter(filter), order)
      // after the rows: what came into them since it became private is masked
      const { privacy, rolesIn, view } = await eyesOf(viewer, [teamId])
      const roles = rolesIn(teamId)
      permit('membership.read', viewer, inTeam(viewer, roles, 'MEMBERS'), NO_FRESHNESS)
      const withheld = withheldFrom(onlookerOf(viewer, roles), privacy)
      if (detailsAsked(filter, order).some((detail) => withheld.includes(detail)))
        throw forbidden('Members’ details that are withheld from you cannot be searched, filtered or ordered by.')
      return mapPage(page, view)
    },

    /** An account's own list. @throws NOT_FOUND for whoever is neither that account nor reads memberships. */
    ofAccount: async (viewer: Viewer, accountId: string, args: PageArgs): Promise<Page<MembershipView>> => {
      permit('membership.read', viewer, { ownerId: accountId }, NO_FRESHNESS)
      const page = await listing.ofAccount(db.read, windowOf(args, 2), accountId)
      const { view } = await eyesOf(
        viewer,
        page.edges.map(({ node }) => node.teamId),
      )
      return mapPage(page, view)
    },

    /** @returns null for what is missing and for what the viewer may not see. */
    find: async (viewer: Viewer, id: string): Promise<MembershipView | null> => {
      const membership = await store.find(db.read, id)
      if (membership === null) return null
      const { rolesIn, view } = await eyesOf(viewer, [membership.teamId])
      return isVisible(viewer, rolesIn(membership.teamId), membership) ? view(membership) : null
    },
  }
}
