/**
 * Who runs a team. In a team with members there is always an owner who stays: one who is in it, is not blocked and has not asked for
 * his account to be deleted, so that nobody's end leaves a team to nobody. The team must be locked.
 */
import { OWNER } from '../../policy/visibility.ts'
import type { BareTx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import * as store from './membership.store.ts'

export type OwnershipService = ReturnType<typeof ownershipService>

type Needs = Readonly<{ accounts: AccountService }>

export const ownershipService = ({ accounts }: Needs) => ({
  /** Those of the teams that nobody but this account runs and goes on to run. @param accountId null: nobody is left out. */
  withoutOthers: async (tx: BareTx, teamIds: readonly string[], accountId: string | null): Promise<readonly string[]> => {
    const others = (await store.withRole(tx, teamIds, OWNER)).filter((owner) => owner.accountId !== accountId)
    const staying = new Set(
      await accounts.staying(
        tx,
        others.map((owner) => owner.accountId),
      ),
    )
    const run = new Set(others.filter((owner) => staying.has(owner.accountId)).map(({ teamId }) => teamId))
    return teamIds.filter((id) => !run.has(id))
  },
})
