/** The devices table. */
import { isIdOf } from '../../kernel/ids.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { Device } from './device.ts'

const fields = { id: true, accountId: true, userAgent: true, firstSeenAt: true, lastSeenAt: true, confirmedAt: true } as const

export const find = async (tx: Tx, id: string): Promise<Device | null> =>
  isIdOf('Device', id) ? tx.device.findUnique({ where: { id }, select: fields }) : null

export const findMany = (tx: Tx, ids: readonly string[]): Promise<readonly Device[]> =>
  tx.device.findMany({ where: { id: { in: [...ids] } }, select: fields })

export const findByKey = (tx: Tx, accountId: string, keyHash: string): Promise<Device | null> =>
  tx.device.findUnique({ where: { accountId_keyHash: { accountId, keyHash } }, select: fields })

export const insert = (tx: Tx, device: Device & Readonly<{ keyHash: string }>): Promise<Device> =>
  tx.device.create({ data: device, select: fields })

export const seen = async (tx: Tx, id: string, lastSeenAt: Date, userAgent: string | null): Promise<void> => {
  await tx.device.update({ where: { id }, data: { lastSeenAt, userAgent }, select: { id: true } })
}

export const confirm = async (tx: Tx, id: string, confirmedAt: Date): Promise<void> => {
  await tx.device.updateMany({ where: { id, confirmedAt: null }, data: { confirmedAt } })
}

export const remove = async (tx: Tx, id: string): Promise<void> => {
  await tx.device.deleteMany({ where: { id } })
}

/** Last seen first. */
export const listOf = (tx: Tx, accountId: string, take: number): Promise<readonly Device[]> =>
  tx.device.findMany({ where: { accountId }, orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }], take, select: fields })
