/** An invitation: who is invited, the link that he gets, and what is said of it to whoever opens that. */
import { DomainError, type InvalidField, InvalidInput, refuseField } from '../../kernel/errors.ts'
import { SIZES } from '../../policy/bounds.ts'
import { readRedirect } from '../../policy/redirects.ts'
import { normaliseEmail, textProblem } from '../../policy/text.ts'
import { checkRoles } from './membership.ts'

/** The link of a membership that waits to be accepted, without its secret. */
export type Invitation = Readonly<{
  membershipId: string
  teamId: string
  sentTo: string
  /** Whose address that was when it was sent; null: nobody's. */
  recipientId: string | null
  expiresAt: Date
}>

/** What whoever has the link may see before he accepts. */
export type InvitationPreview = Readonly<{
  teamName: string
  /** The inviter's name; null where names are private, and where there is none. */
  invitedBy: string | null
  roles: readonly string[]
  email: string
  expiresAt: Date
  /** Whether accepting makes an account: the address is nobody's. */
  needsAccount: boolean
  /** The account's language; null where there is none. */
  locale: string | null
}>

/** Whom somebody invites to a team, and as what. */
export type InvitationWish = Readonly<{
  teamId: string
  email: string | null
  phone: string | null
  accountId: string | null
  roles: readonly string[]
  name: string | null
  redirectUrl: string | null
}>

/** Who is invited: by his account, or by an address that may be anybody's. */
export type Invitee = Readonly<{ accountId: string; email: null } | { accountId: null; email: string }>

/** `link`: where that leads; null where nothing is sent, because whoever is invited joins at once. */
export type CheckedWish = Readonly<{ invitee: Invitee; roles: readonly string[]; name: string | null; link: URL | null }>

/** Where a link leads: to a page of the list, the first one if nobody says which. @throws InvalidInput */
export const checkLink = (given: string | null, pages: readonly string[]): URL =>
  readRedirect(pages, given ?? pages[0] ?? '') ?? refuseField('input.redirectUrl', 'Links may not lead there.')

const inviteeOf = ({ email, phone, accountId }: InvitationWish): Invitee => {
  if ([email, phone, accountId].filter((given) => given !== null).length !== 1)
    return refuseField('input', 'Say whom you invite: by one of email, phone and accountId.')
  if (phone !== null) return refuseField('input.phone', 'Nothing can be sent to phones here. Invite by e-mail.')
  if (accountId !== null) return { accountId, email: null }
  const address = normaliseEmail(email ?? '')
  return address === null ? refuseField('input.email', 'This is not an e-mail address.') : { accountId: null, email: address }
}

/** The text, trimmed; null for nothing. @throws InvalidInput */
export const checkName = (given: string | null): string | null => {
  const name = given === null || given.trim() === '' ? null : given.trim()
  const problem = name === null ? null : textProblem(name, SIZES.name)
  return problem === null ? name : refuseField('input.name', problem)
}

/** What each check gives, by its name. @throws InvalidInput with every field that is not acceptable. */
export const checkAll = <Checks extends Readonly<Record<string, () => unknown>>>(
  checks: Checks,
): { readonly [Name in keyof Checks]: ReturnType<Checks[Name]> } => {
  const problems: InvalidField[] = []
  const checked = Object.entries(checks).map(([name, check]) => {
    try {
      return [name, check()]
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      problems.push(...error.fields)
      return [name, null]
    }
  })
  if (problems.length > 0) throw new InvalidInput(problems)
  return Object.fromEntries(checked) as { readonly [Name in keyof Checks]: ReturnType<Checks[Name]> } // each name has its own value
}

/**
 * The wish in stored form.
 * @param byKey whether a key invites: whoever it names by his account needs no link.
 * @throws InvalidInput with every field that is not acceptable.
 */
export const checkInvitation = (wish: InvitationWish, byKey: boolean, pages: readonly string[]): CheckedWish =>
  checkAll({
    invitee: () => inviteeOf(wish),
    roles: () => checkRoles(wish.roles),
    name: () => checkName(wish.name),
    link: () => (byKey && wish.accountId !== null ? null : checkLink(wish.redirectUrl, pages)),
  })

/** Whoever is signed in is not the one who was invited. */
export class WrongInvitee extends DomainError {
  constructor() {
    super('WRONG_INVITEE', 'This invitation is for somebody else. Sign in as whoever was invited, then open it again.')
  }
}
