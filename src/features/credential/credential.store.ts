/** The passwords table. */
import type { Tx } from '../../ports/db/index.ts'

export type StoredPassword = Readonly<{ hash: string; changedAt: Date }>

export const find = (tx: Tx, accountId: string): Promise<StoredPassword | null> =>
  tx.password.findUnique({ where: { accountId }, select: { hash: true, changedAt: true } })

export const findMany = (tx: Tx, accountIds: readonly string[]): Promise<readonly { accountId: string; changedAt: Date }[]> =>
  tx.password.findMany({ where: { accountId: { in: [...accountIds] } }, select: { accountId: true, changedAt: true } })

export const put = async (tx: Tx, accountId: string, hash: string, changedAt: Date): Promise<void> => {
  await tx.password.upsert({
    where: { accountId },
    create: { accountId, hash, changedAt },
    update: { hash, changedAt },
    select: { accountId: true },
  })
}
