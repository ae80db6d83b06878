/** The details of a member that can be private, in the schema: the setting and the memberships use the same words. */
import { enumFrom } from '../../graphql/enums.ts'
import { MEMBERSHIP_DETAILS } from '../../policy/visibility.ts'

export const MembershipDetailEnum = enumFrom(
  'MembershipDetail',
  'What may be private about a member of a team.',
  MEMBERSHIP_DETAILS,
)
