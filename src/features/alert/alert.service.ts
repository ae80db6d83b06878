/** Making and reading alerts. Row and mail are written with the session; subscribers are told from the row. */
import { refuseField } from '../../kernel/errors.ts'
import { isIdOf, type MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { type AlertSettings, makesAlert } from '../../policy/alerts.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import type { ParseUserAgent } from '../../ports/user-agent/index.ts'
import type { Account } from '../account/account.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { Session } from '../session/session.ts'
import * as store from './alert.store.ts'
import { occasionOf, type SessionAlert, TOKEN_OF } from './alert.ts'

export type AlertService = ReturnType<typeof alertService>

/** Whom an alert is for, as far as his mail needs to know. */
export type Alerted = Pick<Account, 'id' | 'email' | 'name' | 'locale'>

type Opening = Readonly<{
  session: Session
  account: Alerted
  settings: AlertSettings
  isFirstEver: boolean
  isKnownDevice: boolean
  wantsAlerts: boolean
  isNewCountry: boolean
}>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  parseUserAgent: ParseUserAgent
  tokens: OneTimeTokenService
  messages: MessageService
  /** @returns the address of the page that takes a token in its query. */
  reviewPage: () => string
}>

export const alertService = ({ db, clock, makeId, parseUserAgent, tokens, messages, reviewPage }: Needs) => {
  /**
   * Writes the mail, in the language of the account: what the new session says of its own is not his wish. An account has
   * one address, so that it gets the mail verified or not. Each of its two links is good for one answer.
   */
  const notify = async (tx: BareTx, account: Alerted, session: Session, alertId: string, isNewDevice: boolean): Promise<void> => {
    const { id: accountId, email, name, locale } = account
    if (email === null) return
    const wish = { accountId, lifetimeSeconds: LIFETIMES.alertLink, boundTo: email, data: { alertId } }
    const [wasMe, wasNotMe] = await tokens.issueBoth(
      tx,
      { ...wish, kind: TOKEN_OF.CONFIRMED },
      { ...wish, kind: TOKEN_OF.REPORTED },
    )
    const links = { wasMeUrl: `${reviewPage()}?token=${wasMe}`, wasNotMeUrl: `${reviewPage()}?token=${wasNotMe}` }
    const data = { name, isNewDevice, ...occasionOf(session, parseUserAgent(session.userAgent)), ...links }
    await messages.enqueue(tx, { kind: 'session-alert', to: email, locale, data, accountId })
  }

  return {
    /** Makes the alert of a session that is being opened, and its mail, if the rules want one. @returns its id, or null. */
    consider: async (tx: BareTx, { session, account, settings, isNewCountry, ...facts }: Opening): Promise<string | null> => {
      if (!makesAlert({ ...facts, method: session.method }, settings)) return null
      const id = makeId('SessionAlert')
      const isNewDevice = !facts.isKnownDevice
      await store.insert(tx, {
        id,
        accountId: session.accountId,
        sessionId: session.id,
        isNewDevice,
        isNewCountry,
        createdAt: clock.now(),
      })
      await notify(tx, account, session, id, isNewDevice)
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
  }
}
