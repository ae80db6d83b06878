/** The settings row. */

import type { Prisma } from '../../ports/db/generated/client.ts'
import { ADVISORY_LOCKS, type BareTx, prepared, rows, type Tx } from '../../ports/db/index.ts'
import { type CurrentSettings, fromStored, type SecuritySettings, settingsOf } from './settings.ts'

const READ = prepared<{ data: Record<string, unknown>; version: number; updatedAt: Date | null }>(
  'SELECT "data", "version", "updated_at" AS "updatedAt" FROM "settings" WHERE "id" = 1',
)

export const read = async (tx: BareTx): Promise<CurrentSettings> => {
  const [row] = await rows(tx, READ)
  if (row === undefined) throw new Error('the settings have lost their row; run the migrations')
  return { ...fromStored(row.data), version: row.version, updatedAt: row.updatedAt }
}

/** One change at a time; it waits for transactions that act on the policy, and they wait for it. */
export const lock = async (tx: Tx): Promise<void> => {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.policy})::text`
}

export const write = async (tx: Tx, settings: SecuritySettings, version: number, updatedAt: Date): Promise<void> => {
  const data = settingsOf(settings) as unknown as Prisma.InputJsonObject // readonly arrays are JSON all the same
  await tx.settings.update({ where: { id: 1 }, data: { data, version, updatedAt } })
}
