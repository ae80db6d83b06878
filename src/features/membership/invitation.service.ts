/**
 * The link of an invitation: sent, looked at, found again. Whoever invites an address learns nothing of whose it is: as much is
 * written and sent for anybody's, and for a member's whose address the inviter may not see a link that nobody gets.
 */
import { hashSecret, looksLikeSecret, makeSecret, type Random } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { withToken } from '../../policy/redirects.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { MessageService } from '../message/message.service.ts'
import { InvalidToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { TeamService } from '../team/team.service.ts'
import * as store from './invitation.store.ts'
import type { Invitation, InvitationPreview } from './invitation.ts'
import * as memberships from './membership.store.ts'
import type { Membership } from './membership.ts'

export type InvitationService = ReturnType<typeof invitationService>

/** An invitation that can be accepted, and whose it is; `account` is null where accepting makes one. */
export type OpenInvitation = Readonly<{ invitation: Invitation; account: Account | null }>

/** Where a link goes. `isIn`: whoever reads there is in the team already, which the inviter is not to learn. */
export type Sending = Readonly<{ to: string; recipient: Account | null; isIn: boolean; link: URL }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  random: Random
  accounts: AccountService
  messages: MessageService
  settings: SettingsService
  teams: TeamService
}>

export const invitationService = ({ db, clock, random, accounts, messages, settings, teams }: Needs) => {
  /** What the inviter is called, to somebody outside: as the settings say of members' names, as long as he is one. */
  const inviterName = async (tx: Tx, { teamId, inviterId }: Membership): Promise<string | null> => {
    const { membershipPrivacy } = await settings.inForce(tx)
    const inviter = await memberships.findOf(tx, teamId, inviterId ?? '')
    return membershipPrivacy.private.includes('USER_NAME') || inviter?.status !== 'ACTIVE' ? null : inviter.userName
  }

  /** @throws InvalidToken unless it can be accepted, by whoever reads at the address that it was sent to. */
  const open = async (tx: Tx, secret: string): Promise<OpenInvitation> => {
    const invitation = looksLikeSecret(secret) ? await store.find(tx, hashSecret(secret), clock.now()) : null
    if (invitation === null) throw new InvalidToken()
    const { sentTo, recipientId } = invitation
    if (recipientId === null) return { invitation, account: await accounts.byEmail(tx, sentTo) }
    const account = await accounts.inTransaction(tx, recipientId)
    if (account?.email !== sentTo) throw new InvalidToken() // it was sent to somebody who is gone, or reads elsewhere now
    return { invitation, account }
  }

  /** @throws InvalidToken for one whose team is gone meanwhile. */
  const show = async ({ invitation, account }: OpenInvitation): Promise<InvitationPreview> => {
    const { membershipId, teamId, sentTo: email, expiresAt } = invitation
    const membership = await memberships.find(db.read, membershipId)
    const team = await teams.inTransaction(db.read, teamId)
    if (membership === null || team === null) throw new InvalidToken()
    return {
      teamName: team.name,
      invitedBy: await inviterName(db.read, membership),
      roles: membership.roles,
      email,
      expiresAt,
      needsAccount: account === null,
      locale: account?.locale ?? null,
    }
  }

  return {
    open,
    show,

    /** A new link for an invitation, in place of the one it had. The team must be locked. */
    send: async (tx: Tx, membership: Membership, { to, recipient, isIn, link }: Sending): Promise<void> => {
      const [secret, now] = [makeSecret(random), clock.now()]
      await store.put(tx, hashSecret(secret), {
        membershipId: membership.id,
        sentTo: to,
        recipientId: recipient?.id ?? null,
        expiresAt: after(now, LIFETIMES.invitationLink),
      })
      const team = (await teams.inTransaction(tx, membership.teamId))?.name ?? ''
      const inviter = await inviterName(tx, membership)
      const whom = { to, locale: recipient?.locale ?? null, accountId: recipient?.id ?? null }
      const data = { name: recipient?.name ?? null, team, inviter }
      if (isIn) await messages.enqueue(tx, { ...whom, kind: 'already-member', data })
      else {
        const offer = { url: withToken(link, secret), days: LIFETIMES.invitationLink / 86_400 }
        await messages.enqueue(tx, { ...whom, kind: 'invitation', data: { ...data, ...offer } })
      }
    },

    /** What whoever has a link may see; changes nothing. @returns null for one that is good for nothing. */
    preview: (secret: string): Promise<InvitationPreview | null> => unlessVoid(async () => show(await open(db.read, secret))),
  }
}
