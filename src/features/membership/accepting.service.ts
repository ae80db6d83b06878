/**
 * Accepting an invitation. Whoever is signed in joins as himself, if he is the one who was invited; a known account signs in first,
 * by its usual way; only an address that is nobody's gets an account, with a password by the rules for all, and its first session.
 * Accounts are locked before the team, and behind its lock the link is looked at again: it works once.
 */
import { type DomainError, refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Caller, Person, Source, Visitor } from '../../kernel/viewer.ts'
import type { MembershipView } from '../../policy/visibility.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import { type Account, EmailTaken } from '../account/account.ts'
import type { VersionService } from '../account/version.service.ts'
import type { AttemptService } from '../attempt/attempt.service.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import { AccountBlocked } from '../credential/credential.ts'
import type { EventService } from '../event/event.service.ts'
import { InvalidToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { ActingService } from '../session/acting.service.ts'
import { viewerOf } from '../session/session.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { SignedIn, SignInService } from '../sign-in/sign-in.service.ts'
import { checkDevice, INVITATION_PROOF, methodDisabled, type Wish } from '../sign-in/sign-in.ts'
import type { TeamService } from '../team/team.service.ts'
import type { InvitationService, OpenInvitation } from './invitation.service.ts'
import * as links from './invitation.store.ts'
import { checkAll, checkName, type Invitation, type InvitationPreview, WrongInvitee } from './invitation.ts'
import type { JoiningService } from './joining.service.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'
import { AlreadyMember, type Membership } from './membership.ts'

export type AcceptingService = ReturnType<typeof acceptingService>

/** `name` and `password`: for an account that is made by it. */
export type AcceptanceWish = Wish & Readonly<{ token: string; name: string | null; password: string | null }>

/** @throws InvalidInput with every field that is not acceptable. The password's rules come after. */
const checkAcceptance = (wish: AcceptanceWish): AcceptanceWish => {
  const { name } = checkAll({ name: () => checkName(wish.name), device: () => checkDevice(wish.deviceKey) })
  return { ...wish, name }
}

/** An invitation as one holder of its link sees it. `obstacle`: what keeps him from accepting it as he is signed in here, or is not. */
export type Seen = InvitationPreview & Readonly<{ obstacle: DomainError | null }>

/** Somebody's new place, and his session where he got one by it. */
export type Accepted = Readonly<{ membership: MembershipView; signIn: SignedIn | null }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  acting: ActingService
  attempts: AttemptService
  credentials: CredentialService
  events: EventService
  settings: SettingsService
  signIn: SignInService
  versioning: VersionService
  teams: TeamService
  memberships: MembershipService
  invitations: InvitationService
  joining: JoiningService
}>

/** Where the account that an invitation is for is not signed in. */
const signInFirst = ({ blockedAt }: Account) => (blockedAt === null ? unauthenticated() : new AccountBlocked())

/** What keeps somebody from accepting as he is signed in here, or is not. @param account whose the address is; null: nobody's. */
const refusalFor = (visitor: Visitor, account: Account | null): DomainError | null => {
  if (visitor.kind === 'account') return account?.id === visitor.accountId ? null : new WrongInvitee()
  return account === null ? null : signInFirst(account)
}

export const acceptingService = (needs: Needs) => {
  const {
    db,
    clock,
    accounts,
    acting,
    attempts,
    credentials,
    events,
    settings,
    signIn,
    versioning,
    teams,
    memberships,
    invitations,
    joining,
  } = needs

  /** The same, and whether an account may be made where accepting makes one. */
  const obstacleFor = async (visitor: Visitor, account: Account | null): Promise<DomainError | null> => {
    const obstacle = refusalFor(visitor, account)
    if (obstacle !== null || account !== null) return obstacle
    return (await settings.current()).signIn.methods.includes('INVITATION') ? null : methodDisabled()
  }

  /** The link once more, its team locked: nobody else uses or voids it now. @throws InvalidToken */
  const hold = async (tx: Tx, secret: string, teamId: string): Promise<OpenInvitation> => {
    await teams.lock(tx, teamId)
    return invitations.open(tx, secret)
  }

  /**
   * Joins with the roles of what was accepted, as the link showed them. Whoever is invited by his account as well has his place there,
   * and the other one stays listed: that two invitations were for one person, and so whose the address is, nobody learns by that.
   */
  const join = async (tx: Tx, { membershipId, teamId }: Invitation, account: Account, source: Source): Promise<Membership> => {
    const accepted = await store.find(tx, membershipId)
    const place = await store.findOf(tx, teamId, account.id)
    if (accepted === null) throw new InvalidToken()
    if (place?.status === 'ACTIVE') throw new AlreadyMember()
    await links.remove(tx, [membershipId])
    const invitation = place ?? accepted
    const actor = { kind: 'ACCOUNT', id: account.id } as const
    const { roles } = accepted
    return joining.join(tx, { teamId, account, roles, invitation, by: 'INVITATION', actor, ip: source.ip })
  }

  /** In a session of the account, which was there before. */
  const verified = (tx: Tx, { id }: Account, { ip }: Source) =>
    events.record(tx, {
      type: 'email.verified',
      actor: { kind: 'ACCOUNT', id },
      accountId: id,
      subjectId: id,
      ip,
      details: { inOwnSession: true, endedSessions: 0 },
    })

  /** In a live session of the account: the link came by its address, and proves it. */
  const joinAs = (viewer: Person, source: Source, secret: string): Promise<Membership> =>
    db.transaction(async (tx) => {
      const { account: own } = await acting.lock(tx, viewer, viewer.accountId)
      const seen = await invitations.open(tx, secret)
      const obstacle = refusalFor(viewer, seen.account)
      if (obstacle !== null || own === null) throw obstacle ?? new WrongInvitee()
      const { invitation } = await hold(tx, secret, seen.invitation.teamId)
      if (own.emailVerifiedAt !== null) return join(tx, invitation, own, source)
      const account = await accounts.proven(tx, own)
      await versioning.outdate(tx, [account.id])
      await verified(tx, account, source)
      return join(tx, invitation, account, source)
    })

  /** For an address that is nobody's. */
  const joinAsNew = async (wish: AcceptanceWish, { invitation }: OpenInvitation, caller: Caller) => {
    const { token, password } = wish
    if (password === null) return refuseField('input.password', 'Choose a password for your new account.')
    const email = invitation.sentTo
    const name = wish.name ?? (await store.find(db.read, invitation.membershipId))?.userName ?? null
    const owner = { person: { name, email, phone: null }, accountId: null }
    await attempts.take('signUp', { address: null, ip: caller.source.ip, deviceId: null })
    if (await accounts.isTaken(db.read, email, null)) throw new EmailTaken() // before the work of hashing
    const hash = await credentials.hash(password, owner, 'input.password', caller.source.isGone)
    return db.transaction(async (tx) => {
      const person = { email, emailVerifiedAt: clock.now(), name, locale: null }
      const newcomer = { account: person, hash, proof: INVITATION_PROOF, by: 'INVITATION' } as const
      const signedIn = await signIn.enrol(tx, newcomer, wish, caller)
      const held = await hold(tx, token, invitation.teamId)
      return { signIn: signedIn, joined: await join(tx, held.invitation, signedIn.account, caller.source) }
    })
  }

  return {
    /** What whoever holds a link sees before he accepts; changes nothing. @returns null for one that is good for nothing. */
    look: (visitor: Visitor, secret: string): Promise<Seen | null> =>
      unlessVoid(async () => {
        const opened = await invitations.open(db.read, secret)
        return { ...(await invitations.show(opened)), obstacle: await obstacleFor(visitor, opened.account) }
      }),

    /**
     * @throws InvalidToken; WrongInvitee, and UNAUTHENTICATED or AccountBlocked for a known account that is not signed in here, which
     * leave the link good; AlreadyMember, METHOD_DISABLED, InvalidInput, WeakPassword, RATE_LIMITED where it makes an account, SERVICE_UNAVAILABLE.
     */
    accept: async (given: AcceptanceWish, caller: Caller): Promise<Accepted> => {
      const { viewer, source } = caller
      if (viewer.kind === 'apiKey') throw unauthenticated() // a key is nobody who could be invited
      if (viewer.kind === 'account') {
        const membership = await joinAs(viewer, source, given.token)
        return { membership: await memberships.see(viewer, membership), signIn: null }
      }
      const wish = checkAcceptance(given)
      const seen = await invitations.open(db.read, wish.token)
      const obstacle = await obstacleFor(viewer, seen.account)
      if (obstacle !== null) throw obstacle
      const made = await joinAsNew(wish, seen, caller).catch(async (error: unknown) => {
        if (!(error instanceof EmailTaken)) throw error
        const { account } = await invitations.open(db.read, wish.token) // void by now, unless somebody else took the address
        throw account === null ? new InvalidToken() : signInFirst(account)
      })
      const { session, account } = made.signIn
      const self = viewerOf(session, account.labels, session.transport === 'COOKIE' ? 'COOKIE' : 'HEADER')
      return { membership: await memberships.see(self, made.joined), signIn: made.signIn }
    },
  }
}
