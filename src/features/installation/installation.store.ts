/** The installation row: which installation this is, how far its development clock was moved, which epoch copies are in. */
import type { Tx } from '../../ports/db/index.ts'

const ONLY = { where: { id: 1 } } as const

export const name = async (tx: Tx): Promise<string> =>
  (await tx.installation.findUniqueOrThrow({ ...ONLY, select: { name: true } })).name

export const offsetSeconds = async (tx: Tx): Promise<number> =>
  Number((await tx.installation.findUniqueOrThrow({ ...ONLY, select: { clockOffsetSeconds: true } })).clockOffsetSeconds)

export const move = async (tx: Tx, seconds: number): Promise<number> => {
  const row = await tx.installation.update({ ...ONLY, data: { clockOffsetSeconds: { increment: seconds } } })
  return Number(row.clockOffsetSeconds)
}

export const epoch = async (tx: Tx): Promise<number> =>
  (await tx.installation.findUniqueOrThrow({ ...ONLY, select: { copyEpoch: true } })).copyEpoch

export const nextEpoch = async (tx: Tx): Promise<number> =>
  (await tx.installation.update({ ...ONLY, data: { copyEpoch: { increment: 1 } }, select: { copyEpoch: true } })).copyEpoch
