/**
 * Proving the log: the chain is recomputed from the first event to the last, held against the head that is kept apart, and
 * against checkpoints that are signed now and then. A changed, missing, added or cut event shows.
 */
import type { Clock } from '../../kernel/time.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Keyring } from '../../ports/keyring/index.ts'
import type { Log } from '../../ports/log.ts'
import * as checkpoints from './checkpoint.store.ts'
import * as store from './event.store.ts'
import { chainHash, type Event, personalDigest } from './event.ts'

export type VerificationService = ReturnType<typeof verificationService>

type Problem = Readonly<{ position: bigint; problem: string }>

export type Verification = Readonly<{ events: bigint; checkpoints: number; problems: readonly Problem[] }>

/** Signed at the latest after so many events or seconds. */
const CHECKPOINT = { events: 10_000n, seconds: 3_600 } as const

const BATCH = 1_000

/** After so many problems the log is broken enough to stop looking. */
const ENOUGH = 100

const PURPOSE = 'event checkpoint'

const statement = (position: bigint, hash: string): string => `${position}:${hash}`

type Row = Event & Readonly<{ digest: string; salt: string | null }>

/** What is wrong with one event behind another; null if nothing is. */
const problemOf = (previous: Readonly<{ position: bigint; hash: string }>, event: Row): string | null => {
  if (event.position <= previous.position) return 'it stands before the first event'
  if (event.position !== previous.position + 1n) return `${event.position - previous.position - 1n} events before it are missing`
  const isErased = event.salt === null && event.ip === null
  if (!isErased && personalDigest(event.salt ?? '', event.ip) !== event.digest) return 'its personal part was changed'
  return chainHash(previous.hash, event.position, event) === event.hash ? null : 'it was changed'
}

type Needs = Readonly<{ db: Database; clock: Clock; keyring: Keyring; log: Log }>

export const verificationService = ({ db, clock, keyring, log }: Needs) => ({
  /** Signs where the log stands, if it has grown enough since the last time. Called by the sweep. */
  checkpoint: async (): Promise<void> => {
    const [head, last] = [await store.head(db.read), await checkpoints.last(db.read)]
    const grown = head.position - (last?.position ?? 0n)
    const age = last === null ? Number.POSITIVE_INFINITY : (clock.now().getTime() - last.signedAt.getTime()) / 1000
    if (grown <= 0n || (grown < CHECKPOINT.events && age < CHECKPOINT.seconds)) return
    const signed = keyring.sign(PURPOSE, statement(head.position, head.hash))
    await checkpoints.insert(db.read, { ...head, signedAt: clock.now(), ...signed })
    // whoever keeps the server's log keeps a third record of where the chain stood
    log.info({ position: head.position.toString(), hash: head.hash, ...signed }, 'event log checkpoint')
  },

  /** Reads the whole log in constant memory. @param progress told after each batch. */
  verify: async (progress: (events: bigint) => void = () => undefined): Promise<Verification> => {
    const problems: Problem[] = []
    // the head is read before the rows and after them: a server that goes on sealing meanwhile is no problem of the log
    const [signed, before] = [await checkpoints.all(db.read), await store.head(db.read)]
    const hashes = new Map([...signed, before].map(({ position }) => [position, '']))
    let previous = { position: 0n, hash: '0'.repeat(64) }
    hashes.set(previous.position, previous.hash)
    let read = -(2n ** 63n) // from the least that the column holds: nothing may stand before the first event
    for (let full = true; full && problems.length < ENOUGH; ) {
      const rows = await store.rowsAfter(db.read, read, BATCH)
      for (const row of rows) {
        const problem = problemOf(previous, row)
        if (problem !== null) problems.push({ position: row.position, problem })
        read = row.position
        if (row.position <= previous.position) continue
        if (hashes.has(row.position)) hashes.set(row.position, row.hash)
        previous = { position: row.position, hash: row.hash }
      }
      progress(previous.position)
      full = rows.length === BATCH
    }
    if ((await store.head(db.read)).position < previous.position)
      problems.push({ position: previous.position, problem: 'the log goes on behind its head' })
    if (before.position > previous.position)
      problems.push({ position: before.position, problem: 'the log was cut: its head is further on' })
    else if (hashes.get(before.position) !== before.hash)
      problems.push({ position: before.position, problem: 'the head belongs to another event' })
    for (const { position, hash, ...signature } of signed) {
      if (!keyring.verify(PURPOSE, statement(position, hash), signature))
        problems.push({ position, problem: 'the checkpoint is not signed by a key of this installation' })
      else if (hashes.get(position) !== hash) problems.push({ position, problem: 'the log is not what it was at the checkpoint' })
    }
    return { events: previous.position, checkpoints: signed.length, problems }
  },
})
