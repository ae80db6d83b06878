/** What happens to the memberships of a team, as its list hears of it. */
import type { EventType, Json } from '../../kernel/events.ts'
import type { MembershipView } from '../../policy/visibility.ts'
import type { Event } from '../event/event.ts'
import type { Membership } from './membership.ts'

export const CHANGE_KINDS = {
  INVITED: 'Somebody was invited, or invited again.',
  JOINED: 'Somebody is in the team now.',
  ROLES_CHANGED: 'The roles of a member or of an invitation were changed.',
  REMOVED: 'Somebody has left or was removed, or an invitation was taken back.',
  DETAILS_CHANGED: 'A detail of a member was changed. Not sent yet.',
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

/** A change, and how to see the membership: masked when it is shown, not before. */
export type MembershipChange = Readonly<{ kind: ChangeKind; see: () => Promise<MembershipView> }>

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
