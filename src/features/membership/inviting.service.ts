/**
 * Inviting to a team, and sending the link once more. Whoever a key names by his account is in the team at once; anybody else has
 * to accept. Of somebody whose address is named the inviter learns nothing, unless he may see the addresses of members.
 */
import { notFound, refuseField } from '../../kernel/errors.ts'
import type { MakeId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { type MembershipView, onlookerOf, withheldFrom } from '../../policy/visibility.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import { type Account, isAnonymous } from '../account/account.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService, Mandate } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { TeamService } from '../team/team.service.ts'
import type { InvitationService } from './invitation.service.ts'
import { type CheckedWish, checkInvitation, checkLink, type InvitationWish } from './invitation.ts'
import type { JoiningService } from './joining.service.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'
import { AlreadyMember, type Membership } from './membership.ts'

export type InvitingService = ReturnType<typeof invitingService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  accounts: AccountService
  acting: ActingService
  attempts: AttemptService
  events: EventService
  settings: SettingsService
  teams: TeamService
  memberships: MembershipService
  invitations: InvitationService
  joining: JoiningService
  /** The application's pages that links may lead to. */
  allowedRedirects: readonly string[]
  /** Where our own page is. */
  invitationPage: () => string
}>

const inviterOf = (viewer: Viewer): string | null => (viewer.kind === 'account' ? viewer.accountId : null)

export const invitingService = (needs: Needs) => {
  const {
    db,
    clock,
    makeId,
    accounts,
    acting,
    attempts,
    events,
    settings,
    teams,
    memberships,
    invitations,
    joining,
    allowedRedirects,
    invitationPage,
  } = needs

  /** Where links may lead: the application's pages, and ours for where it has none. */
  const pages = (): readonly string[] => [...allowedRedirects, invitationPage()]

  /** @param whom the account or the address: they are counted apart, or one would tell of the other. @throws RATE_LIMITED */
  const count = (viewer: Viewer, teamId: string, whom: string): Promise<void> => {
    const inviterId = inviterOf(viewer) ?? (viewer.kind === 'apiKey' ? viewer.keyId : '')
    return attempts.take('invite', { address: whom, teamId, inviterId, ip: null, deviceId: null })
  }

  /**
   * The invitation as it stands now: made, or with other roles. It holds what the inviter said of the person and nothing of the
   * account, which nobody may look into by inviting it.
   */
  const write = (
    tx: Tx,
    viewer: Viewer,
    teamId: string,
    { invitee, roles, name }: CheckedWish,
    standing: Membership | null,
  ): Promise<Membership> => {
    const told = { roles, invitedAt: clock.now(), inviterId: inviterOf(viewer), userName: name, userEmail: invitee.email }
    if (standing !== null) return store.update(tx, standing.id, told)
    const blank = { joinedAt: null, invitedPhone: null, mfa: null, status: 'INVITED' } as const
    return store.insert(tx, { ...told, ...blank, id: makeId('Membership'), teamId, accountId: invitee.accountId })
  }

  const record = (
    tx: Tx,
    type: 'membership.invited' | 'membership.invitation-resent',
    { id: membershipId, accountId, teamId, roles }: Membership,
    { actor }: Mandate,
    { ip }: Source,
  ) => {
    const details = type === 'membership.invited' ? { membershipId, roles } : { membershipId }
    return events.record(tx, { type, actor, accountId, subjectId: teamId, ip, details })
  }

  /** Whoever has an address, and his place in the team: both are asked whatever the first one says. */
  const readerAt = async (tx: Tx, teamId: string, email: string) => {
    const recipient = await accounts.byEmail(tx, email)
    const place = await store.findOf(tx, teamId, recipient?.id ?? '')
    return { recipient, isIn: place?.status === 'ACTIVE' }
  }

  /** What somebody who is named by his account becomes. @throws NOT_FOUND for one that is not there, AlreadyMember. */
  const inviteAccount = async (
    tx: Tx,
    viewer: Viewer,
    source: Source,
    teamId: string,
    wish: CheckedWish,
    mandate: Mandate,
  ): Promise<Membership> => {
    const { account, actor } = mandate
    if (account === null || isAnonymous(account)) throw notFound()
    const standing = await store.findOf(tx, teamId, account.id)
    if (standing?.status === 'ACTIVE') throw new AlreadyMember()
    if (viewer.kind === 'apiKey') {
      const place = { teamId, account, roles: wish.roles, invitation: standing, by: 'API_KEY' } as const
      return joining.join(tx, { ...place, actor, ip: source.ip })
    }
    const invitation = await write(tx, viewer, teamId, wish, standing)
    await sendTo(tx, invitation, account, wish.link)
    await record(tx, 'membership.invited', invitation, mandate, source)
    return invitation
  }

  /** To somebody's own address; to nobody who has none. */
  const sendTo = async (tx: Tx, invitation: Membership, account: Account, link: URL | null): Promise<void> => {
    if (account.email !== null && link !== null)
      await invitations.send(tx, invitation, { to: account.email, recipient: account, isIn: false, link })
  }

  /** @throws AlreadyMember where the inviter may see that, or that it is his own. */
  const inviteAddress = async (
    tx: Tx,
    viewer: Viewer,
    source: Source,
    teamId: string,
    wish: CheckedWish & Readonly<{ email: string; link: URL; ownRoles: readonly string[] | null }>,
    mandate: Mandate,
  ): Promise<Membership> => {
    const { email, ownRoles } = wish
    const { membershipPrivacy } = await settings.inForce(tx)
    const { recipient, isIn } = await readerAt(tx, teamId, email)
    const seesAddresses = !withheldFrom(onlookerOf(viewer, ownRoles), membershipPrivacy).includes('USER_EMAIL')
    if (isIn && (seesAddresses || recipient?.id === inviterOf(viewer))) throw new AlreadyMember()
    const invitation = await write(tx, viewer, teamId, wish, await store.findInvited(tx, teamId, email))
    await invitations.send(tx, invitation, { to: email, recipient, isIn, link: wish.link })
    await record(tx, 'membership.invited', invitation, mandate, source)
    return invitation
  }

  return {
    /**
     * @throws NOT_FOUND for a team that the viewer may not know of and for an account that is not there; FORBIDDEN,
     * REAUTHENTICATION_REQUIRED, InvalidInput, RATE_LIMITED, AlreadyMember.
     */
    invite: async (viewer: Viewer, source: Source, given: InvitationWish): Promise<MembershipView> => {
      const { teamId } = given
      const freshness = await settings.freshness()
      await memberships.permitManaging(db.read, viewer, teamId, freshness) // before anything is said of the input, and counted
      const wish = checkInvitation(given, viewer.kind === 'apiKey', pages())
      const { invitee, link } = wish
      const { accountId, email } = invitee
      if (link !== null) await count(viewer, teamId, email ?? accountId)
      const membership = await db.transaction(async (tx) => {
        const mandate = await acting.lock(tx, viewer, accountId)
        if ((await teams.lock(tx, teamId)) === null) throw notFound()
        const ownRoles = await memberships.permitManaging(tx, viewer, teamId, freshness)
        return email === null || link === null
          ? inviteAccount(tx, viewer, source, teamId, wish, mandate)
          : inviteAddress(tx, viewer, source, teamId, { ...wish, email, link, ownRoles }, mandate)
      })
      return memberships.see(viewer, membership)
    },

    /**
     * A new link in place of the one there was; it is good as long as a first one.
     * @throws NOT_FOUND for one that the viewer may not know of, FORBIDDEN, REAUTHENTICATION_REQUIRED, RATE_LIMITED, InvalidInput.
     */
    resend: async (viewer: Viewer, source: Source, id: string, redirectUrl: string | null): Promise<MembershipView> => {
      const freshness = await settings.freshness()
      const seen = await store.find(db.read, id)
      if (seen === null) throw notFound()
      await memberships.permitManaging(db.read, viewer, seen.teamId, freshness)
      const link = checkLink(redirectUrl, pages())
      await count(viewer, seen.teamId, seen.accountId ?? seen.userEmail ?? '')
      const membership = await db.transaction(async (tx) => {
        const mandate = await acting.lock(tx, viewer, seen.accountId)
        if ((await teams.lock(tx, seen.teamId)) === null) throw notFound()
        await memberships.permitManaging(tx, viewer, seen.teamId, freshness)
        const invitation = await store.find(tx, id)
        if (invitation === null) throw notFound()
        if (invitation.status !== 'INVITED') return refuseField('input.membershipId', 'This one has joined already.')
        const email = invitation.accountId === null ? invitation.userEmail : null
        if (email !== null)
          await invitations.send(tx, invitation, { to: email, ...(await readerAt(tx, seen.teamId, email)), link })
        else if (mandate.account !== null) await sendTo(tx, invitation, mandate.account, link)
        await record(tx, 'membership.invitation-resent', invitation, mandate, source)
        return invitation
      })
      return memberships.see(viewer, membership)
    },
  }
}
