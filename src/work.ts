/** What the server does by itself: each second it reads on in the log and writes what is due; every ten seconds it sweeps. */
import type { AddressService } from './features/account/address.service.ts'
import type { DeletionService } from './features/account/deletion.service.ts'
import type { CountingService } from './features/attempt/counting.service.ts'
import type { CredentialService } from './features/credential/credential.service.ts'
import type { EventService } from './features/event/event.service.ts'
import type { VerificationService } from './features/event/verification.service.ts'
import type { DispatcherService } from './features/message/dispatcher.service.ts'
import type { MessageService } from './features/message/message.service.ts'
import type { OneTimeTokenService } from './features/one-time-token/one-time-token.service.ts'
import type { RehearsalService } from './features/rehearsal/rehearsal.service.ts'
import type { ActivityService } from './features/session/activity.service.ts'
import type { EndingService } from './features/session/ending.service.ts'
import type { PendingService } from './features/sign-in/pending.service.ts'
import { coalesced } from './kernel/coalesce.ts'
import type { Database } from './ports/db/index.ts'
import type { Log } from './ports/log.ts'

const BEAT_MS = 1_000

/** Beats between sweeps: an expired session is written down well within its 60 s. */
const SWEEP_EVERY = 10

type Needs = Readonly<{
  log: Log
  db: Database
  activity: ActivityService
  ending: EndingService
  deletion: DeletionService
  addresses: AddressService
  tokens: OneTimeTokenService
  events: EventService
  verification: VerificationService
  messages: MessageService
  dispatcher: DispatcherService
  credentials: CredentialService
  counting: CountingService
  pending: PendingService
  rehearsals: RehearsalService
  /** Takes over the shared development clock. */
  clock: () => Promise<void>
}>

export const startWork = (needs: Needs) => {
  const {
    log,
    db,
    activity,
    ending,
    deletion,
    addresses,
    tokens,
    events,
    verification,
    messages,
    dispatcher,
    credentials,
    counting,
    pending,
    rehearsals,
    clock,
  } = needs
  let timer: NodeJS.Timeout | null = null
  let beats = 0
  let failing = false

  const SWEEPS: readonly (() => Promise<void>)[] = [
    ending.sweep,
    deletion.sweep,
    addresses.sweep,
    () => tokens.sweep(db.read),
    messages.sweep,
    dispatcher.sweep,
    credentials.trimHistory,
    pending.sweep,
    rehearsals.sweep,
    counting.sweep,
    verification.checkpoint,
  ]

  /** One after the other, all of them: what one of them cannot do keeps none of the others from its work. */
  const sweep = async (): Promise<void> => {
    const faults: unknown[] = []
    for (const each of SWEEPS) await each().catch((fault: unknown) => faults.push(fault))
    if (faults.length > 0) throw new AggregateError(faults, 'not everything could be swept')
  }

  const beat = coalesced(async () => {
    await clock()
    await activity.flushDue()
    try {
      if (beats++ % SWEEP_EVERY === 0) await sweep()
    } finally {
      dispatcher.ring()
      await events.catchUp()
    }
  })

  const now = async (): Promise<void> => {
    beats = 0
    await beat()
  }

  return {
    start: (): void => {
      timer ??= setInterval(() => {
        beat()
          .then(() => {
            failing = false
          })
          .catch((error: unknown) => {
            if (!failing) log.error({ error }, 'background work fails; it is tried again each second')
            failing = true
          })
      }, BEAT_MS)
    },
    /** Everything at once, the sweeps too. */
    now,
    stop: async (): Promise<void> => {
      if (timer !== null) clearInterval(timer)
      await beat().catch(() => undefined)
    },
  }
}
