/** What happens to the memberships of a team, as its list hears of it. */
import type { EventType, Json, News } from '../../kernel/events.ts'
import type { MembershipDetail, MembershipView } from '../../policy/visibility.ts'
import type { Event } from '../event/event.ts'
import type { Membership } from './membership.ts'

export const CHANGE_KINDS = {
  INVITED: 'Somebody was invited, or invited again.',
  JOINED: 'Somebody is in the team now.',
  ROLES_CHANGED: 'The roles of a member or of an invitation were changed.',
  REMOVED: 'Somebody has left or was removed, or an invitation was taken back.',
  DETAILS_CHANGED: 'A member has another name or address. Told of what the viewer may see, and of nothing else.',
} as const

export type ChangeKind = keyof typeof CHANGE_KINDS

/** Which events of a team tell of which change. */
const KIND_OF: Partial<Record<EventType, ChangeKind>> = {
  'membership.invited': 'INVITED',
  'membership.joined': 'JOINED',
  'membership.roles-changed': 'ROLES_CHANGED',
  'membership.removed': 'REMOVED',
}

/** @returns null for what is no change of a membership. */
export const kindOf = (type: string): ChangeKind | null => KIND_OF[type as EventType] ?? null

/** Whether the list of the team that these news are about hears of them. */
export const isOfTeam = (type: string): boolean => kindOf(type) !== null || type === 'team.deleted'

/** Which account fields are copied to memberships, as which detail. */
const DETAIL_OF_FIELD: Readonly<Record<string, MembershipDetail>> = { name: 'USER_NAME', email: 'USER_EMAIL' }

type Details = Event['details']

const named = ({ fields }: Details): readonly MembershipDetail[] =>
  Array.isArray(fields) ? fields.flatMap((field) => DETAIL_OF_FIELD[String(field)] ?? []) : []

/** Which events of an account may change what its teams see of it, and what they say of that. */
const DETAILS_CHANGED_BY: Partial<Record<EventType, (details: Details) => readonly MembershipDetail[]>> = {
  'account.updated': named,
  'email.changed': () => ['USER_EMAIL'],
  'email.change-undone': ({ changed }) => (changed === true ? ['USER_EMAIL'] : []),
}

/** Whether these news may be about a member's details. */
export const isOfDetails = (type: string): boolean => DETAILS_CHANGED_BY[type as EventType] !== undefined

/** What of a member an event of his account has changed. */
export const detailsChangedBy = ({ type, details }: Pick<Event, 'type' | 'details'>): readonly MembershipDetail[] =>
  DETAILS_CHANGED_BY[type as EventType]?.(details) ?? []

/** What a team's list hears of: what has happened to the team, or that a member has other details. */
export type ListNews = Readonly<{ news: News }> | Readonly<{ accountId: string; details: readonly MembershipDetail[] }>

/** A change, and the membership as one viewer sees it. */
export type MembershipChange = Readonly<{ kind: ChangeKind; membership: MembershipView }>

const dateOf = (value: Json | undefined): Date | null => (typeof value === 'string' ? new Date(value) : null)

/** A membership that is gone, by what the log says of it: its details are gone with it. */
export const removedOf = ({ accountId, subjectId, details }: Pick<Event, 'accountId' | 'subjectId' | 'details'>): Membership => {
  const joinedAt = dateOf(details.joinedAt)
  return {
    id: String(details.membershipId),
    teamId: String(subjectId),
    accountId,
    roles: Array.isArray(details.roles) ? details.roles.map(String) : [],
    status: joinedAt === null ? 'INVITED' : 'ACTIVE',
    invitedAt: dateOf(details.invitedAt),
    joinedAt,
    inviterId: null,
    invitedPhone: null,
    userName: null,
    userEmail: null,
    mfa: null,
  }
}
