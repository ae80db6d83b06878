/** Following a team's list: each change as whoever follows may see it, until he may not any more or the team is gone. */
import { DomainError, notFound } from '../../kernel/errors.ts'
import type { News } from '../../kernel/events.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { TeamService } from '../team/team.service.ts'
import { kindOf, type MembershipChange, removedOf } from './change.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'

export type FollowingService = ReturnType<typeof followingService>

type Needs = Readonly<{ db: Database; events: EventService; teams: TeamService; memberships: MembershipService }>

/** What a viewer is told of some news. `isLast`: there is nothing more for him. */
type Told = Readonly<{ change: MembershipChange | null; isLast: boolean }>

export const followingService = ({ db, events, teams, memberships }: Needs) => {
  /** @throws UNAUTHENTICATED; NOT_FOUND for whoever may not read the list, and if there is no such team. */
  const permit = async (viewer: Viewer, teamId: string): Promise<void> => {
    await memberships.permitList(viewer, teamId)
    if (!(await teams.exists(teamId))) throw notFound()
  }

  const mayFollow = (viewer: Viewer, teamId: string): Promise<boolean> =>
    permit(viewer, teamId).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DomainError && error.code === 'NOT_FOUND') return false
        throw error
      },
    )

  return {
    /** Lets what has happened already be told before, so that who begins hears what comes. @throws as `permit` does. */
    begin: async (viewer: Viewer, teamId: string): Promise<void> => {
      await permit(viewer, teamId)
      await events.catchUp()
    },

    mayFollow,

    /**
     * What news of the team mean to a viewer. A change of what is gone meanwhile is not told: its removal is, and comes later.
     * His own removal is the last that he is told, unless he reads memberships as an operator.
     */
    tell: async (viewer: Viewer, teamId: string, news: News): Promise<Told> => {
      if (news.type === 'team.deleted') return { change: null, isLast: true }
      const [event, allowed] = await Promise.all([events.behind(news), mayFollow(viewer, teamId)])
      const kind = kindOf(news.type)
      if (event === null || kind === null) return { change: null, isLast: false }
      const removed = kind === 'REMOVED' ? removedOf(event) : null
      const isOwnEnd = removed?.status === 'ACTIVE' && viewer.kind === 'account' && viewer.accountId === removed.accountId
      const membership = removed ?? (await store.find(db.read, String(event.details.membershipId)))
      if (membership === null || !(allowed || isOwnEnd)) return { change: null, isLast: false }
      return { change: { kind, see: () => memberships.see(viewer, membership) }, isLast: isOwnEnd && !allowed }
    },
  }
}
