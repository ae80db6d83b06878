/** A membership: somebody's place in a team, from the invitation on. What is always true of it, and of a team's owners. */
import { DomainError, refuseField } from '../../kernel/errors.ts'
import type { Actor, NewEvent } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'
import { textProblem } from '../../policy/text.ts'
import { type MembershipDetail, OWNER } from '../../policy/visibility.ts'

export const MEMBERSHIP_STATUSES = {
  INVITED: 'Invited, and not in the team yet.',
  ACTIVE: 'In the team.',
} as const

type MembershipStatus = keyof typeof MEMBERSHIP_STATUSES

export type Membership = Readonly<{
  id: string
  teamId: string
  /** Null: invited by an address; whose it is shows when the invitation is accepted. */
  accountId: string | null
  roles: readonly string[]
  status: MembershipStatus
  /** Null: came without an invitation. */
  invitedAt: Date | null
  /** Null while invited. */
  joinedAt: Date | null
  /** The account that invited. */
  inviterId: string | null
  invitedPhone: string | null
  /** The account's own; while invited, what the inviter typed. */
  userName: string | null
  userEmail: string | null
  /** Null while invited. */
  mfa: boolean | null
}>

/** The orders of a team's list, each with the detail that it tells of; null: none. */
export const MEMBERSHIP_ORDERS = {
  JOINED_AT: { detail: null, meaning: 'Who joined last first; before them whoever has not joined yet.' },
  INVITED_AT: { detail: null, meaning: 'Who was invited last first; behind them whoever came without an invitation.' },
  USER_NAME: {
    detail: 'USER_NAME',
    meaning: 'By name, case apart; first those without one. FORBIDDEN where names are withheld.',
  },
  USER_EMAIL: {
    detail: 'USER_EMAIL',
    meaning: 'By e-mail address; first those without one. FORBIDDEN where addresses are withheld.',
  },
} as const satisfies Record<string, Readonly<{ detail: MembershipDetail | null; meaning: string }>>

export type MembershipOrder = keyof typeof MEMBERSHIP_ORDERS

export type MembershipFilter = Readonly<{
  status?: MembershipStatus | null | undefined
  role?: string | null | undefined
  search?: string | null | undefined
  mfa?: boolean | null | undefined
}>

/** What of each filter tells of a member: whoever asks must be shown it of everybody. */
const FILTERED_DETAILS = {
  status: [],
  role: [],
  search: ['USER_NAME', 'USER_EMAIL'],
  mfa: ['MFA'],
} as const satisfies Record<keyof MembershipFilter, readonly MembershipDetail[]>

/** The details that a question about a team's members tells of. */
export const detailsAsked = (filter: MembershipFilter, order: MembershipOrder): readonly MembershipDetail[] => [
  ...(MEMBERSHIP_ORDERS[order].detail === null ? [] : [MEMBERSHIP_ORDERS[order].detail]),
  ...Object.entries(FILTERED_DETAILS).flatMap(([name, details]) =>
    filter[name as keyof MembershipFilter] == null ? [] : details,
  ),
]

/** @throws InvalidInput for a search or a role that is too long to be one. */
export const checkFilter = (filter: MembershipFilter): MembershipFilter => {
  for (const [name, longest] of [
    ['search', SIZES.search],
    ['role', SIZES.role],
  ] as const) {
    const message = filter[name] == null ? null : textProblem(filter[name], longest)
    if (message !== null) refuseField(`filter.${name}`, message)
  }
  return filter
}

const ROLE = new RegExp(`^[a-z0-9_-]{1,${SIZES.role}}$`)

/** @returns each role once. @throws InvalidInput */
export const checkRoles = (roles: readonly string[]): readonly string[] => {
  const distinct = [...new Set(roles)]
  if (distinct.length > SIZES.roles) refuseField('input.roles', `At most ${SIZES.roles} roles.`)
  if (!distinct.every((role) => ROLE.test(role)))
    refuseField('input.roles', `Each role must be 1 to ${SIZES.role} of a to z, 0 to 9, - and _.`)
  return distinct
}

/** Whether somebody is in a team and runs it. */
export const isOwner = ({ status, roles }: Pick<Membership, 'status' | 'roles'>): boolean =>
  status === 'ACTIVE' && roles.includes(OWNER)

/** Why a membership is gone. */
export type RemovalReason = 'LEFT' | 'REMOVED' | 'REVOKED' | 'ACCOUNT_DELETED'

/** What the log says of a membership that is gone: what it was, so that whoever is told of it can still be shown it. */
export const removalOf = (
  { id, teamId, accountId, roles, invitedAt, joinedAt }: Membership,
  reason: RemovalReason,
  actor: Actor,
  ip: string | null,
): NewEvent => ({
  type: 'membership.removed',
  actor,
  accountId,
  subjectId: teamId,
  ip,
  details: {
    membershipId: id,
    reason,
    roles,
    invitedAt: invitedAt?.toISOString() ?? null,
    joinedAt: joinedAt?.toISOString() ?? null,
  },
})

/** Without this one the teams would have members and nobody who runs them. */
export class LastOwner extends DomainError {
  readonly teamIds: readonly string[]
  constructor(teamIds: readonly string[]) {
    super('LAST_OWNER', 'A team with members needs an owner who stays. Make somebody else an owner first, or delete the team.')
    this.teamIds = teamIds
  }
}

/** Whoever is invited is in the team already. */
export class AlreadyMember extends DomainError {
  constructor() {
    super('ALREADY_MEMBER', 'This person is already in the team.')
  }
}
