/** The installation row: how far the development clock was moved. */
import type { Tx } from '../../ports/db/index.ts'

export const offsetSeconds = async (tx: Tx): Promise<number> =>
  Number((await tx.installation.findUniqueOrThrow({ where: { id: 1 }, select: { clockOffsetSeconds: true } })).clockOffsetSeconds)

export const move = async (tx: Tx, seconds: number): Promise<number> => {
  const row = await tx.installation.update({ where: { id: 1 }, data: { clockOffsetSeconds: { increment: seconds } } })
  return Number(row.clockOffsetSeconds)
}
