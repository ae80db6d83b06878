/** Following a team's list: each change as whoever follows may see it, until he may not any more or the team is gone. */
import { DomainError, notFound } from '../../kernel/errors.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { showsAny } from '../../policy/visibility.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { TeamService } from '../team/team.service.ts'
import { kindOf, type ListNews, type MembershipChange, removedOf } from './change.ts'
import type { HearingService } from './hearing.service.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'

export type FollowingService = ReturnType<typeof followingService>

type Needs = Readonly<{
  db: Database
  events: EventService
  teams: TeamService
  memberships: MembershipService
  hearing: HearingService
}>

/** What a viewer is told of some news. `isLast`: there is nothing more for him. */
type Told = Readonly<{ change: MembershipChange | null; isLast: boolean }>

const NOTHING: Told = { change: null, isLast: false }

type Of<K extends string> = Extract<ListNews, Readonly<Record<K, unknown>>>

export const followingService = ({ db, events, teams, memberships, hearing }: Needs) => {
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

  /** What has happened to the team. A removal of his own is the last that he is told, unless he reads memberships as an operator. */
  const tellOfTeam = async (viewer: Viewer, teamId: string, { news }: Of<'news'>): Promise<Told> => {
    if (news.type === 'team.deleted') return { change: null, isLast: true }
    const [event, allowed] = await Promise.all([events.behind(news), mayFollow(viewer, teamId)])
    const kind = kindOf(news.type)
    if (event === null || kind === null) return NOTHING
    const removed = kind === 'REMOVED' ? removedOf(event) : null
    const isOwnEnd = removed?.status === 'ACTIVE' && viewer.kind === 'account' && viewer.accountId === removed.accountId
    const membership = removed ?? (await store.find(db.read, String(event.details.membershipId)))
    if (membership === null || !(allowed || isOwnEnd)) return NOTHING
    return { change: { kind, membership: await memberships.see(viewer, membership) }, isLast: isOwnEnd && !allowed }
  }

  /** That a member has other details: told to whoever sees one of them in the very view that he would be shown. */
  const tellOfDetails = async (viewer: Viewer, teamId: string, { accountId, details }: Of<'details'>): Promise<Told> => {
    const [membership, allowed] = await Promise.all([store.findOf(db.read, teamId, accountId), mayFollow(viewer, teamId)])
    if (membership?.status !== 'ACTIVE' || !allowed) return NOTHING
    const view = await memberships.see(viewer, membership)
    return showsAny(view, details) ? { change: { kind: 'DETAILS_CHANGED', membership: view }, isLast: false } : NOTHING
  }

  return {
    /** Lets what has happened already be told before, so that who begins hears what comes. @throws as `permit` does. */
    begin: async (viewer: Viewer, teamId: string): Promise<void> => {
      await permit(viewer, teamId)
      await events.catchUp()
      await hearing.passOn()
    },

    /** What a team's list hears; to be told by `tell`. */
    hear: hearing.hear,

    mayFollow,

    /** What news mean to a viewer at this moment. Of what is gone meanwhile nothing is told: its removal is, and comes later. */
    tell: (viewer: Viewer, teamId: string, heard: ListNews): Promise<Told> =>
      'news' in heard ? tellOfTeam(viewer, teamId, heard) : tellOfDetails(viewer, teamId, heard),
  }
}
