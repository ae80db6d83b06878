/** What an account's end does to the teams it is in. The account must be locked. */
import type { Actor } from '../../kernel/events.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { TeamService } from '../team/team.service.ts'
import * as store from './membership.store.ts'
import { isOwner, LastOwner, type Membership, removalOf } from './membership.ts'
import type { OwnershipService } from './ownership.service.ts'

export type LeavingService = ReturnType<typeof leavingService>

type Needs = Readonly<{ events: EventService; teams: TeamService; ownership: OwnershipService }>

export const leavingService = ({ events, teams, ownership }: Needs) => {
  /** Every place and invitation of the account, its teams locked. */
  const take = async (tx: Tx, accountId: string): Promise<readonly Membership[]> => {
    const teamIds = (await store.allOf(tx, accountId)).map(({ teamId }) => teamId)
    if (teamIds.length === 0) return []
    await teams.lockMany(tx, teamIds)
    return store.allOf(tx, accountId)
  }

  /** The teams that nobody else is in. */
  const solitary = async (tx: Tx, accountId: string, memberships: readonly Membership[]): Promise<readonly string[]> => {
    const teamIds = memberships.filter(({ status }) => status === 'ACTIVE').map(({ teamId }) => teamId)
    const shared = new Set(await store.withOthers(tx, teamIds, accountId))
    return teamIds.filter((id) => !shared.has(id))
  }

  return {
    /** Asked before an account may go, at once or later. @throws LastOwner with the teams that others are in and nobody else runs. */
    demandLeavable: async (tx: Tx, accountId: string): Promise<void> => {
      const memberships = await take(tx, accountId)
      const owned = memberships.filter(isOwner).map(({ teamId }) => teamId)
      if (owned.length === 0) return
      const alone = new Set(await solitary(tx, accountId, memberships))
      const orphaned = await ownership.withoutOthers(
        tx,
        owned.filter((id) => !alone.has(id)),
        accountId,
      )
      if (orphaned.length > 0) throw new LastOwner(orphaned)
    },

    /** Takes the account out of every team, and with it the teams that nobody else is in. */
    leaveAll: async (tx: Tx, accountId: string, actor: Actor, ip: string | null): Promise<void> => {
      const memberships = await take(tx, accountId)
      if (memberships.length === 0) return
      const alone = new Set(await solitary(tx, accountId, memberships))
      const left = memberships.filter(({ teamId }) => !alone.has(teamId))
      await store.remove(
        tx,
        left.map(({ id }) => id),
      )
      await events.recordMany(
        tx,
        left.map((membership) => removalOf(membership, 'ACCOUNT_DELETED', actor, ip)),
      )
      await teams.remove(tx, [...alone], { actor, ip, withAccount: true })
    },
  }
}
