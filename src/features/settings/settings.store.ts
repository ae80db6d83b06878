/** The settings row. */

import type { Prisma } from '../../ports/db/generated/client.ts'
import type { Tx } from '../../ports/db/index.ts'
import { type CurrentSettings, fromStored, type SecuritySettings } from './settings.ts'

export const read = async (tx: Tx): Promise<CurrentSettings> => {
  const row = await tx.settings.findUniqueOrThrow({ where: { id: 1 } })
  return { ...fromStored(row.data as Record<string, unknown>), version: row.version, updatedAt: row.updatedAt }
}

/** The advisory lock between changes of the policy and whoever acts on it ("gatepol1" in ASCII). */
const POLICY_LOCK = 7449363241938021425n

/** One change at a time; it waits for transactions that act on the policy, and they wait for it. */
export const lock = async (tx: Tx): Promise<void> => {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${POLICY_LOCK})::text`
}

/** Many may act on the policy at once, none while it changes. */
export const lockShared = async (tx: Tx): Promise<void> => {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock_shared(${POLICY_LOCK})::text`
}

export const write = async (tx: Tx, settings: SecuritySettings, version: number, updatedAt: Date): Promise<void> => {
  const { sessions, alerts, signIn } = settings
  const data = { sessions, alerts, signIn } as unknown as Prisma.InputJsonObject // readonly arrays are JSON all the same
  await tx.settings.update({ where: { id: 1 }, data: { data, version, updatedAt } })
}
