/** The devices table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type BareTx, columns, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import type { Device } from './device.ts'

const fields = { id: true, accountId: true, userAgent: true, firstSeenAt: true, lastSeenAt: true, confirmedAt: true } as const

export const find = async (tx: Tx, id: string): Promise<Device | null> =>
  isIdOf('Device', id) ? tx.device.findUnique({ where: { id }, select: fields }) : null

export const findMany = (tx: Tx, ids: readonly string[]): Promise<readonly Device[]> =>
  tx.device.findMany({ where: { id: { in: [...ids] } }, select: fields })

const BY_KEY = prepared<Device>(`SELECT ${columns(fields)} FROM "devices" WHERE "account_id" = $1 AND "key_hash" = $2`)

export const findByKey = async (tx: BareTx, accountId: string, keyHash: string): Promise<Device | null> =>
  (await rows(tx, BY_KEY, accountId, keyHash))[0] ?? null

const KNOWN = prepared<{ id: string }>('SELECT "id" FROM "devices" WHERE "account_id" = $1 AND "confirmed_at" IS NOT NULL')

export const knownIds = async (tx: BareTx, accountId: string): Promise<readonly string[]> =>
  (await rows(tx, KNOWN, accountId)).map(({ id }) => id)

const INSERT = prepared(`
  INSERT INTO "devices" ("id", "account_id", "key_hash", "user_agent", "first_seen_at", "last_seen_at", "confirmed_at")
  VALUES ($1, $2, $3, $4, $5, $6, $7)`)

export const insert = (tx: BareTx, keyHash: string, device: Device): Promise<void> => {
  const { id, accountId, userAgent, firstSeenAt, lastSeenAt, confirmedAt } = device
  return write(tx, INSERT, id, accountId, keyHash, userAgent, firstSeenAt, lastSeenAt, confirmedAt)
}

const SEEN = prepared('UPDATE "devices" SET "last_seen_at" = $2, "user_agent" = $3 WHERE "id" = $1')

export const seen = (tx: BareTx, id: string, lastSeenAt: Date, userAgent: string | null): Promise<void> =>
  write(tx, SEEN, id, lastSeenAt, userAgent)

const CONFIRM = prepared('UPDATE "devices" SET "confirmed_at" = $2 WHERE "id" = $1 AND "confirmed_at" IS NULL')

export const confirm = (tx: BareTx, id: string, confirmedAt: Date): Promise<void> => write(tx, CONFIRM, id, confirmedAt)

export const remove = async (tx: Tx, id: string): Promise<void> => {
  await tx.device.deleteMany({ where: { id } })
}

export const removeAll = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.device.deleteMany({ where: { accountId } })
}

/** Last seen first. */
export const listOf = (tx: Tx, accountId: string, take: number): Promise<readonly Device[]> =>
  tx.device.findMany({ where: { accountId }, orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }], take, select: fields })
