/** What an owner changes about himself. */
import { notFound, unauthenticated } from '../../kernel/errors.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import * as store from './account.store.ts'
import { type Account, type AccountChange, checkChange, fieldsChanged } from './account.ts'
import type { VersionService } from './version.service.ts'

export type ProfileService = ReturnType<typeof profileService>

type Needs = Readonly<{ db: Database; acting: ActingService; events: EventService; versioning: VersionService }>

export const profileService = ({ db, acting, events, versioning }: Needs) => ({
  /** @throws InvalidInput with every field that is not acceptable. */
  update: async (viewer: Viewer, source: Source, change: AccountChange): Promise<Account> => {
    if (viewer.kind !== 'account') throw unauthenticated(viewer.kind === 'guest' ? viewer.signedOutReason : null)
    const checked = checkChange(change)
    return db.transaction(async (tx) => {
      const { actor, account } = await acting.lock(tx, viewer, viewer.accountId)
      if (account === null) throw notFound()
      const fields = fieldsChanged(account, checked)
      if (fields.length === 0) return account
      const updated = await store.update(tx, account.id, checked)
      await versioning.outdate(tx, [account.id])
      await events.record(tx, {
        type: 'account.updated',
        actor,
        accountId: account.id,
        subjectId: account.id,
        ip: source.ip,
        details: { fields },
      })
      return updated
    })
  },
})
