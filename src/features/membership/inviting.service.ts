/** Inviting to a team. Whoever a key names by his account is in the team at once; anybody else has to accept. */
import { notFound } from '../../kernel/errors.ts'
import type { MakeId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import type { MembershipView } from '../../policy/visibility.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import { type Account, isAnonymous } from '../account/account.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { TeamService } from '../team/team.service.ts'
import type { JoiningService } from './joining.service.ts'
import type { MembershipService } from './membership.service.ts'
import * as store from './membership.store.ts'
import { AlreadyMember, checkRoles, type InvitationWish, inviteeOf, type Membership } from './membership.ts'

export type InvitingService = ReturnType<typeof invitingService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  acting: ActingService
  events: EventService
  settings: SettingsService
  teams: TeamService
  memberships: MembershipService
  joining: JoiningService
}>

export const invitingService = ({ db, clock, makeId, acting, events, settings, teams, memberships, joining }: Needs) => {
  /**
   * The invitation as it stands now: made, or with other roles. It holds what the inviter said of the person and nothing of the
   * account, which nobody may look into by inviting it.
   */
  const write = async (
    tx: Tx,
    account: Account,
    { teamId, roles, name }: Pick<Membership, 'teamId' | 'roles'> & Readonly<{ name: string | null }>,
    inviterId: string | null,
    standing: Membership | null,
  ): Promise<Membership> => {
    const told = { roles, invitedAt: clock.now(), inviterId, userName: name, userEmail: null }
    if (standing !== null) return store.update(tx, standing.id, told)
    const id = makeId('Membership')
    const blank = { joinedAt: null, invitedPhone: null, mfa: null, status: 'INVITED' } as const
    return store.insert(tx, { ...told, ...blank, id, teamId, accountId: account.id })
  }

  return {
    /**
     * @throws NOT_FOUND for a team that the viewer may not know of and for an account that is not there; FORBIDDEN,
     * REAUTHENTICATION_REQUIRED, InvalidInput, AlreadyMember.
     */
    invite: async (viewer: Viewer, source: Source, wish: InvitationWish): Promise<MembershipView> => {
      const freshness = { now: clock.now(), maxAgeSeconds: (await settings.current()).signIn.reauthenticationMaxAgeSeconds }
      const { teamId } = wish
      const membership = await db.transaction(async (tx) => {
        const { actor, account } = await acting.lock(tx, viewer, wish.accountId ?? null)
        if ((await teams.lock(tx, teamId)) === null) throw notFound()
        memberships.permitManaging(viewer, (await memberships.rolesOf(tx, viewer, [teamId])).get(teamId) ?? null, freshness)
        const { name } = inviteeOf(wish)
        const roles = checkRoles(wish.roles)
        if (account === null || isAnonymous(account)) throw notFound()
        const standing = await store.findOf(tx, teamId, account.id)
        if (standing?.status === 'ACTIVE') throw new AlreadyMember()
        const { ip } = source
        if (viewer.kind === 'apiKey')
          return joining.join(tx, { teamId, account, roles, invitation: standing, by: 'API_KEY', actor, ip })
        const inviterId = viewer.kind === 'account' ? viewer.accountId : null
        const invitation = await write(tx, account, { teamId, roles, name }, inviterId, standing)
        const details = { membershipId: invitation.id, roles }
        await events.record(tx, {
          type: 'membership.invited',
          actor,
          accountId: account.id,
          subjectId: teamId,
          ip,
          details,
        })
        return invitation
      })
      return memberships.see(viewer, membership)
    },
  }
}
