/** The checkpoints table. */
import type { Tx } from '../../ports/db/index.ts'

export type Checkpoint = Readonly<{ position: bigint; hash: string; signedAt: Date; keyId: string; signature: string }>

export const last = (tx: Tx): Promise<Checkpoint | null> => tx.checkpoint.findFirst({ orderBy: { position: 'desc' } })

/** Two nodes may sign the same position; the second one changes nothing. */
export const insert = async (tx: Tx, checkpoint: Checkpoint): Promise<void> => {
  await tx.checkpoint.createMany({ data: checkpoint, skipDuplicates: true })
}

export const all = (tx: Tx): Promise<readonly Checkpoint[]> => tx.checkpoint.findMany({ orderBy: { position: 'asc' } })
