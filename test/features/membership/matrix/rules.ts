/**
 * What the specification says of a membership, written by hand and apart from the policy: who gets to it by which way, and what
 * he sees of it there. A field or a way that is not here fails.
 */

export const VIEWERS = [
  'guest',
  'stranger',
  'member',
  'owner',
  'himself',
  'operator',
  'key with MEMBERSHIPS_READ',
  'key without',
] as const

export type Onlooker = (typeof VIEWERS)[number]

export const DETAILS = ['USER_NAME', 'USER_EMAIL', 'MFA'] as const

export type Detail = (typeof DETAILS)[number]

export type Setting = Readonly<{ private: readonly Detail[]; ownersSeeAll: boolean }>

/** All eight sets of private details, for owners who see all and for owners who do not. */
export const SETTINGS: readonly Setting[] = [false, true].flatMap((ownersSeeAll) =>
  Array.from({ length: 8 }, (_, bits) => ({ private: DETAILS.filter((_detail, index) => bits & (1 << index)), ownersSeeAll })),
)

/** What each field is: for everybody who gets there, a detail, or of the account. */
export const FIELDS: Readonly<Record<string, 'everybody' | 'withheld' | 'account' | Detail>> = {
  id: 'everybody',
  team: 'everybody',
  roles: 'everybody',
  status: 'everybody',
  invitedAt: 'everybody',
  joinedAt: 'everybody',
  isViewer: 'everybody',
  hidden: 'withheld',
  account: 'account',
  userName: 'USER_NAME',
  userEmail: 'USER_EMAIL',
  mfa: 'MFA',
}

/** Of whose details what is withheld. */
const SEES: Readonly<Record<Onlooker, 'all' | 'what is not private' | 'all if owners see all'>> = {
  guest: 'what is not private',
  stranger: 'what is not private',
  member: 'what is not private',
  owner: 'all if owners see all',
  himself: 'all',
  operator: 'all',
  'key with MEMBERSHIPS_READ': 'all',
  'key without': 'what is not private',
}

/** Whoever may read the account. The key without MEMBERSHIPS_READ has ACCOUNTS_READ, the other one has not. */
export const READS_ACCOUNT: readonly Onlooker[] = ['himself', 'operator', 'key without']

/** What somebody gets: another's membership, an invitation of another, one of his own; or the answer instead. */
export type Reach = 'theirs' | 'invited' | 'own' | 'null' | (string & {})

const everybody = (reach: Reach): Record<Onlooker, Reach> =>
  Object.fromEntries(VIEWERS.map((viewer) => [viewer, reach])) as Record<Onlooker, Reach> // each of them

/** Whoever may read memberships of the team. */
const READERS = {
  ...everybody('null'),
  member: 'theirs',
  owner: 'theirs',
  himself: 'theirs',
  operator: 'theirs',
  'key with MEMBERSHIPS_READ': 'theirs',
} as const

/** Whoever runs the team. A key without MEMBERSHIPS_READ changes what it cannot read. */
const runs = (reach: Reach): Record<Onlooker, Reach> => ({
  guest: 'UNAUTHENTICATED',
  stranger: 'NOT_FOUND',
  member: 'FORBIDDEN',
  owner: reach,
  himself: 'FORBIDDEN',
  operator: reach,
  'key with MEMBERSHIPS_READ': reach,
  'key without': reach,
})

const LIST = { ...READERS, 'key without': 'NOT_FOUND' } as const

/** Whoever may read the account that the list belongs to. */
const ACCOUNT = { ...everybody('null'), himself: 'theirs', operator: 'theirs', 'key without': 'NOT_FOUND' } as const

export const WAYS: Readonly<Record<string, Readonly<Record<Onlooker, Reach>>>> = {
  'Query.node': READERS,
  'Team.memberships.nodes': LIST,
  'Team.memberships.edges.node': LIST,
  'Account.memberships.nodes': ACCOUNT,
  'Account.memberships.edges.node': ACCOUNT,
  'InviteMemberPayload.membership': runs('invited'),
  'ResendInvitationPayload.membership': runs('invited'),
  'UpdateMembershipPayload.membership': runs('theirs'),
  'CreateTeamPayload.membership': {
    ...everybody('own'),
    guest: 'UNAUTHENTICATED',
    'key with MEMBERSHIPS_READ': 'null',
    'key without': 'null',
  },
  // the invitation is the stranger's; everybody else has got hold of his link
  'AcceptInvitationPayload.membership': {
    ...everybody('WRONG_INVITEE'),
    stranger: 'own',
    guest: 'UNAUTHENTICATED',
    'key with MEMBERSHIPS_READ': 'UNAUTHENTICATED',
    'key without': 'UNAUTHENTICATED',
  },
  'MembershipChange.membership': {
    ...READERS,
    guest: 'UNAUTHENTICATED',
    stranger: 'NOT_FOUND',
    'key without': 'FORBIDDEN',
  },
  // no event has a membership as its subject: the team is
  'Event.subject': {
    ...everybody('FORBIDDEN'),
    guest: 'UNAUTHENTICATED',
    operator: 'null',
    'key with MEMBERSHIPS_READ': 'null',
    'key without': 'null',
  },
}

/** What is withheld from somebody. */
export const withheld = (viewer: Onlooker, reach: Reach, setting: Setting): readonly Detail[] => {
  const sees = reach === 'own' ? 'all' : SEES[viewer]
  if (sees === 'all' || (sees === 'all if owners see all' && setting.ownersSeeAll)) return []
  return DETAILS.filter((detail) => setting.private.includes(detail))
}
