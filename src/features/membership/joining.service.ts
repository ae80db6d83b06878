/** Coming into a team, by whatever way: founding it, by a key, or by an invitation. The account and the team must be locked. */
import { refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { MakeId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/time.ts'
import { OWNER } from '../../policy/visibility.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { Account } from '../account/account.ts'
import type { EventService } from '../event/event.service.ts'
import * as invitations from './invitation.store.ts'
import * as store from './membership.store.ts'
import type { Membership } from './membership.ts'
import type { OwnershipService } from './ownership.service.ts'

export type JoiningService = ReturnType<typeof joiningService>

/** Who joins which team, as what. `invitation`: the one that he had there; null: none. */
export type Joining = Readonly<{
  teamId: string
  account: Account
  roles: readonly string[]
  invitation: Membership | null
  by: 'FOUNDING' | 'API_KEY' | 'INVITATION'
  actor: Actor
  ip: string | null
}>

/** Where in the input that asked stands what lets somebody in. */
const PATHS = { FOUNDING: 'input.roles', API_KEY: 'input.roles', INVITATION: 'input.token' } as const

type Needs = Readonly<{ clock: Clock; makeId: MakeId; events: EventService; ownership: OwnershipService }>

export const joiningService = ({ clock, makeId, events, ownership }: Needs) => ({
  /** Its link, if it has one, is good for nothing any more. @throws InvalidInput for the first one in a team if he does not run it. */
  join: async (tx: Tx, { teamId, account, roles, invitation, by, actor, ip }: Joining): Promise<Membership> => {
    if (!roles.includes(OWNER) && (await ownership.withoutOthers(tx, [teamId], null)).length > 0)
      refuseField(PATHS[by], 'The team has no owner who stays: an owner has to join first.')
    if (invitation !== null) await invitations.remove(tx, [invitation.id])
    const own = { accountId: account.id, roles, joinedAt: clock.now(), userName: account.name, userEmail: account.email }
    const membership =
      invitation === null
        ? await store.insert(tx, {
            ...own,
            id: makeId('Membership'),
            teamId,
            status: 'ACTIVE',
            invitedAt: null,
            inviterId: null,
            invitedPhone: null,
            mfa: false,
          })
        : await store.update(tx, invitation.id, own)
    await events.record(tx, {
      type: 'membership.joined',
      actor,
      accountId: account.id,
      subjectId: teamId,
      ip,
      details: { membershipId: membership.id, roles, by },
    })
    return membership
  },
})
