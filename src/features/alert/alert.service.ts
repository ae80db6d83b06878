/** Making and reading alerts. The row is written with the session; subscribers are told from the row. */
import { refuseField } from '../../kernel/errors.ts'
import { isIdOf, type MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { type AlertSettings, makesAlert } from '../../policy/alerts.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { Session } from '../session/session.ts'
import * as store from './alert.store.ts'
import type { SessionAlert } from './alert.ts'

export type AlertService = ReturnType<typeof alertService>

type Opening = Readonly<{
  session: Session
  settings: AlertSettings
  isFirstEver: boolean
  isKnownDevice: boolean
  wantsAlerts: boolean
  isNewCountry: boolean
}>

export const alertService = ({ db, clock, makeId }: Readonly<{ db: Database; clock: Clock; makeId: MakeId }>) => ({
  /** Makes the alert of a session that is being opened, if the rules want one. @returns its id, or null. */
  consider: async (tx: BareTx, { session, settings, isNewCountry, ...facts }: Opening): Promise<string | null> => {
    if (!makesAlert({ ...facts, method: session.method }, settings)) return null
    const id = makeId('SessionAlert')
    await store.insert(tx, {
      id,
      accountId: session.accountId,
      sessionId: session.id,
      isNewDevice: !facts.isKnownDevice,
      isNewCountry,
      createdAt: clock.now(),
    })
    return id
  },

  /** Newest first. */
  ofAccount: async (viewer: Viewer, accountId: string, args: PageArgs): Promise<Page<SessionAlert>> => {
    permit('alert.read', viewer, { ownerId: accountId }, NO_FRESHNESS)
    return store.page(db.read, windowOf(args, 1), accountId)
  },

  /** @returns null for what is missing and for what the viewer may not see. */
  find: async (viewer: Viewer, id: string): Promise<SessionAlert | null> => {
    const alert = await store.find(db.read, id)
    return alert !== null && decide('alert.read', viewer, { ownerId: alert.accountId }, NO_FRESHNESS) === null ? alert : null
  },

  /**
   * Where a subscription starts: behind the given alert, or now. An alert is kept as long as its session, so a client may
   * come back with one that is gone: then the time in its id says what he has missed. Another account's is treated as one
   * that is gone, which tells nothing but what is the account's own. @throws InvalidInput for what is no alert's id.
   */
  startSequence: async (accountId: string, afterId: string | null): Promise<bigint> => {
    if (afterId === null) return store.lastSequence(db.read, accountId)
    if (!isIdOf('SessionAlert', afterId)) return refuseField('after', 'This is not the id of an alert.')
    return (await store.sequenceBehind(db.read, accountId, afterId)) ?? store.lastSequence(db.read, accountId)
  },

  /** What a subscription reads on each bell, in order. */
  after: (accountId: string, sequence: bigint, take: number): Promise<readonly SessionAlert[]> =>
    store.after(db.read, accountId, sequence, take),
})
