/** Changing an account on somebody's behalf. */
import { notFound } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { permit } from '../../policy/access.ts'
import type { Database } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import * as store from './account.store.ts'
import { type Account, fieldsChanged } from './account.ts'
import type { EmailChangeService } from './email-change.service.ts'
import { checkOperatorChange, type OperatorChange, touchesAdmin } from './operating.ts'
import type { VersionService } from './version.service.ts'

export type OperatingService = ReturnType<typeof operatingService>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  events: EventService
  settings: SettingsService
  emailChanges: EmailChangeService
  tokens: OneTimeTokenService
  ending: EndingService
  versioning: VersionService
}>

export const operatingService = ({ db, clock, acting, events, settings, emailChanges, tokens, ending, versioning }: Needs) => ({
  /**
   * A lower limit ends the surplus at once; a changed address voids what was sent to the old one.
   * @throws FORBIDDEN, REAUTHENTICATION_REQUIRED, NOT_FOUND, EmailTaken, PhoneTaken, InvalidInput with every field.
   */
  update: async (viewer: Viewer, source: Source, accountId: string, change: OperatorChange): Promise<Account> => {
    const freshness = await settings.freshness()
    permit('account.operate', viewer, { ownerId: null }, freshness)
    return db.transaction(async (tx) => {
      const { actor, account } = await acting.lock(tx, viewer, accountId)
      if (account === null) throw notFound()
      const marks = checkOperatorChange(change, account, clock.now())
      permit('account.operate', viewer, { ownerId: null, ownerIsAdmin: touchesAdmin(account, marks) }, freshness)
      const fields = fieldsChanged(account, marks)
      if (fields.length === 0) return account
      const { email } = marks
      const isPhoneChanged = marks.phone !== undefined
      const updated = await (email === undefined
        ? store.mark(tx, accountId, isPhoneChanged ? { ...marks, pendingEmail: null } : marks)
        : emailChanges.decide(tx, account, { ...marks, email }))
      if (isPhoneChanged) await tokens.voidOf(tx, accountId) // and whoever voids links ends the wait of a new address
      await versioning.outdate(tx, [accountId])
      const { ip } = source
      await events.record(tx, { type: 'account.updated', actor, accountId, subjectId: accountId, ip, details: { fields } })
      if (marks.sessionLimit !== undefined) await ending.endSurplus(tx, updated, source)
      return updated
    })
  },
})
