/**
 * What somebody sees of a membership: one table, whatever way led to it. What is shown is a view that only this file makes, so
 * that a membership nobody has masked does not compile where a view is asked for, and is refused where it is shown.
 */
import type { Membership } from '../features/membership/membership.ts'
import type { Viewer } from '../kernel/viewer.ts'
import { hasScope } from './permissions.ts'

/** What may be private about a member. The one list: settings, schema and masks use the same words. */
export const MEMBERSHIP_DETAILS = {
  USER_NAME: 'What the member is called.',
  USER_EMAIL: 'The member’s e-mail address.',
  MFA: 'Whether signing in takes the member a second factor.',
} as const

export type MembershipDetail = keyof typeof MEMBERSHIP_DETAILS

export const DETAILS = Object.keys(MEMBERSHIP_DETAILS) as readonly MembershipDetail[] // the table's own keys

/** The setting. */
export type MembershipPrivacy = Readonly<{ private: readonly MembershipDetail[]; ownersSeeAll: boolean }>

/** When a detail is shown. */
const RULES = {
  ALWAYS: () => true,
  UNLESS_PRIVATE: (detail, { private: hidden }) => !hidden.includes(detail),
  UNLESS_PRIVATE_TO_OWNERS: (detail, { private: hidden, ownersSeeAll }) => ownersSeeAll || !hidden.includes(detail),
} as const satisfies Record<string, (detail: MembershipDetail, privacy: MembershipPrivacy) => boolean>

/** Who looks. */
export type Onlooker = 'MEMBER_HIMSELF' | 'OPERATOR' | 'OWNER' | 'OTHER'

/** OPERATOR: whoever has MEMBERSHIPS_READ. OWNER: of the team. OTHER: everybody else who may see the membership at all. */
// biome-ignore format: a table is read down its columns
const VISIBILITY = {
  USER_NAME:  { MEMBER_HIMSELF: 'ALWAYS', OPERATOR: 'ALWAYS', OWNER: 'UNLESS_PRIVATE_TO_OWNERS', OTHER: 'UNLESS_PRIVATE' },
  USER_EMAIL: { MEMBER_HIMSELF: 'ALWAYS', OPERATOR: 'ALWAYS', OWNER: 'UNLESS_PRIVATE_TO_OWNERS', OTHER: 'UNLESS_PRIVATE' },
  MFA:        { MEMBER_HIMSELF: 'ALWAYS', OPERATOR: 'ALWAYS', OWNER: 'UNLESS_PRIVATE_TO_OWNERS', OTHER: 'UNLESS_PRIVATE' },
} as const satisfies Record<MembershipDetail, Record<Onlooker, keyof typeof RULES>>

/**
 * What each part of a membership is. PUBLIC: for everybody who may see the membership. A detail: as the table above says. ACCOUNT:
 * for the member himself and whoever reads accounts. SEALED: for nobody. A new part does not compile before it stands here.
 */
export const PARTS = {
  id: 'PUBLIC',
  teamId: 'PUBLIC',
  accountId: 'ACCOUNT',
  roles: 'PUBLIC',
  status: 'PUBLIC',
  invitedAt: 'PUBLIC',
  joinedAt: 'PUBLIC',
  inviterId: 'SEALED',
  invitedPhone: 'SEALED',
  userName: 'USER_NAME',
  userEmail: 'USER_EMAIL',
  mfa: 'MFA',
} as const satisfies Record<keyof Membership, 'PUBLIC' | 'ACCOUNT' | 'SEALED' | MembershipDetail>

type Parts = typeof PARTS

type Shown = { readonly [Part in keyof Parts as Parts[Part] extends 'PUBLIC' ? Part : never]: Membership[Part] } & {
  readonly [Part in keyof Parts as Parts[Part] extends 'ACCOUNT' | MembershipDetail ? Part : never]: Membership[Part] | null
} & Readonly<{
    /** Which details are withheld: tells what is withheld from what is not there. */
    hidden: readonly MembershipDetail[]
    isViewer: boolean
  }>

/** Never made: its protected name is what no other type has, and what a copy of a view loses. */
declare class Seal {
  protected readonly masked: true
}

/** A membership as one viewer sees it. */
export type MembershipView = Seal & Shown

const made = new WeakSet<object>()

/** Whether this file made it: what the compiler says, held against what is there. */
export const isMembershipView = (value: unknown): value is MembershipView =>
  typeof value === 'object' && value !== null && made.has(value)

/** Who somebody is to the members of a team, himself apart. @param roles his own there; null: he is not in it. */
export const onlookerOf = (viewer: Viewer, roles: readonly string[] | null): Exclude<Onlooker, 'MEMBER_HIMSELF'> => {
  if (hasScope(viewer, 'MEMBERSHIPS_READ')) return 'OPERATOR'
  return roles?.includes(OWNER) === true ? 'OWNER' : 'OTHER'
}

/** The role that a team's first member has, and that runs the team. */
export const OWNER = 'owner'

/** The details that are withheld from somebody. */
export const withheldFrom = (onlooker: Onlooker, privacy: MembershipPrivacy): readonly MembershipDetail[] =>
  DETAILS.filter((detail) => !RULES[VISIBILITY[detail][onlooker]](detail, privacy))

/** Whether a view shows any of these details. */
export const showsAny = ({ hidden }: Pick<MembershipView, 'hidden'>, details: readonly MembershipDetail[]): boolean =>
  details.some((detail) => !hidden.includes(detail))

/** Found once instead of for each view: a page has as many views as members. */
const SHOWN = (Object.keys(PARTS) as (keyof Parts)[]).filter((part) => PARTS[part] !== 'SEALED')

/** The only way to a view. @param roles the viewer's own in that team; null: he is not in it. */
export const viewMembership = (
  viewer: Viewer,
  roles: readonly string[] | null,
  privacy: MembershipPrivacy,
  membership: Membership,
): MembershipView => {
  const isViewer = viewer.kind === 'account' && viewer.accountId === membership.accountId
  const hidden = withheldFrom(isViewer ? 'MEMBER_HIMSELF' : onlookerOf(viewer, roles), privacy)
  const seesAccount = isViewer || hasScope(viewer, 'ACCOUNTS_READ')
  const shown = (part: keyof Parts): boolean => {
    const kind = PARTS[part]
    if (kind === 'ACCOUNT') return seesAccount
    return kind !== 'SEALED' && (kind === 'PUBLIC' || !hidden.includes(kind))
  }
  const view: Record<string, unknown> = { hidden, isViewer }
  for (const part of SHOWN) view[part] = shown(part) ? membership[part] : null
  made.add(Object.freeze(view))
  return view as unknown as MembershipView // the one place that makes one
}
