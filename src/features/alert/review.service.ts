/**
 * Acting on an alert: it was me, or it was not. Either signed in, naming the alert, or by the token of a link in its mail.
 * A token is good for one answer, once, and only while its account may sign in and has the address it was sent to.
 */
import { forbidden, refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { NO_FRESHNESS, permit } from '../../policy/access.ts'
import type { Database, Tx } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { DeviceService } from '../device/device.service.ts'
import type { EventService } from '../event/event.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import { InvalidToken, type OneTimeToken, unlessVoid } from '../one-time-token/one-time-token.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { EndingService } from '../session/ending.service.ts'
import type { SessionService } from '../session/session.service.ts'
import type { Session } from '../session/session.ts'
import * as store from './alert.store.ts'
import { type Answer, type SessionAlert, TOKEN_OF } from './alert.ts'

export type ReviewService = ReturnType<typeof reviewService>

export type ReportOptions = Readonly<{ endOtherSessions: boolean; requirePasswordReset: boolean }>

/** What a report does unless somebody wishes otherwise. */
export const WHOLE_REPORT: ReportOptions = { endOtherSessions: true, requirePasswordReset: true }

export type Report = Readonly<{ alert: SessionAlert; endedSessions: readonly Session[]; passwordResetRequired: boolean }>

/** What a link is about. */
export type Linked = Readonly<{ answer: Answer; session: Session; email: string; locale: string | null }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  accounts: AccountService
  acting: ActingService
  credentials: CredentialService
  devices: DeviceService
  events: EventService
  tokens: OneTimeTokenService
  sessions: SessionService
  ending: EndingService
}>

type Taken = Readonly<{ alert: SessionAlert; account: Account | null }>

/** Who says it, from where, and which of his sessions he says it in. */
type Reviewer = Readonly<{ actor: Actor; ip: string | null; sessionId: string | null }>

/** A stolen session must not make its own device known, nor another one that was opened on it. */
const vouchesForItself = () => forbidden('A session cannot vouch for itself or its own new device. Confirm it from another one.')

/** Nor may two of them vouch for each other. */
const isDoubtedItself = () =>
  forbidden('This session is on a new device that nobody has confirmed. Confirm it first, from another one.')

/** @throws InvalidToken unless the token still belongs to this account. */
const demandOpen = (account: Account | null, { boundTo }: OneTimeToken): Account => {
  if (account === null || account.blockedAt !== null || account.email !== boundTo) throw new InvalidToken()
  return account
}

export const reviewService = (needs: Needs) => {
  const { db, clock, accounts, acting, credentials, devices, events, tokens, sessions, ending } = needs

  /** The alert, its account locked, and who reviews it. @throws NOT_FOUND for what is missing or another's, UNAUTHENTICATED */
  const take = async (tx: Tx, viewer: Viewer, { ip }: Source, alertId: string): Promise<Taken & { reviewer: Reviewer }> => {
    const alert = await store.find(tx, alertId)
    permit('alert.review', viewer, { ownerId: alert?.accountId ?? null }, NO_FRESHNESS)
    const found = alert as SessionAlert // permit has refused: nobody owns a missing alert
    const { actor, account } = await acting.lock(tx, viewer, found.accountId)
    const reviewer = { actor, ip, sessionId: viewer.kind === 'account' ? viewer.sessionId : null }
    return { alert: (await store.find(tx, alertId)) ?? found, account, reviewer }
  }

  const alertOf = async (tx: Tx, { data }: OneTimeToken): Promise<SessionAlert> => {
    const alert = await store.find(tx, String(data.alertId))
    if (alert === null) throw new InvalidToken()
    return alert
  }

  /** The alert of a token, which is used up. @throws InvalidToken */
  const redeem = async (tx: Tx, answer: Answer, secret: string): Promise<Taken> => {
    const { token, locked } = await tokens.redeem(tx, TOKEN_OF[answer], secret, accounts.lock)
    return { account: demandOpen(locked, token), alert: await alertOf(tx, token) }
  }

  const look = async (answer: Answer, secret: string): Promise<Linked> => {
    const token = await tokens.check(db.read, TOKEN_OF[answer], secret)
    const account = demandOpen(await accounts.inTransaction(db.read, token.accountId), token)
    const session = await sessions.inTransaction(db.read, (await alertOf(db.read, token)).sessionId)
    if (session === null) throw new InvalidToken()
    return { answer, session, email: String(token.boundTo), locale: account.locale }
  }

  const record = (tx: Tx, { actor, ip }: Reviewer, alert: SessionAlert, what: 'confirmed' | 'reported', more = {}) =>
    events.record(tx, {
      type: `alert.${what}`,
      actor,
      accountId: alert.accountId,
      subjectId: alert.id,
      ip,
      details: { alertId: alert.id, ...more },
    })

  const confirm = async (tx: Tx, reviewer: Reviewer, { alert }: Taken): Promise<SessionAlert> => {
    const session = await sessions.inTransaction(tx, alert.sessionId)
    const vouching = reviewer.sessionId === null ? null : await sessions.inTransaction(tx, reviewer.sessionId)
    if (alert.isNewDevice && session?.deviceId != null && session.deviceId === vouching?.deviceId) throw vouchesForItself()
    if (alert.isNewDevice && vouching !== null && (await store.isDoubted(tx, vouching.id))) throw isDoubtedItself()
    if (session?.deviceId != null) await devices.confirm(tx, session.deviceId)
    await record(tx, reviewer, alert, 'confirmed')
    return store.review(tx, alert.id, 'CONFIRMED', clock.now())
  }

  const report = async (tx: Tx, reviewer: Reviewer, { alert, account }: Taken, options: ReportOptions): Promise<Report> => {
    const reported = await sessions.inTransaction(tx, alert.sessionId)
    const cause = { reason: 'REPORTED', actor: reviewer.actor, ip: reviewer.ip } as const
    const suspect = reported === null ? [] : await ending.end(tx, [reported], cause)
    const keep = reviewer.sessionId === null ? [] : [reviewer.sessionId]
    const others = options.endOtherSessions ? await ending.endAll(tx, alert.accountId, cause, keep) : []
    if (reported?.deviceId != null) await devices.remove(tx, reported.deviceId)
    // whoever reports in a session may be the thief: the owner's mails about his other sessions stay good
    await (reviewer.sessionId === null ? tokens.voidOf(tx, alert.accountId) : tokens.voidButObjections(tx, alert.accountId))
    if (account !== null) await accounts.setPendingEmail(tx, account, null) // whoever signed in may have asked for it
    const isFirst = alert.review !== 'REPORTED' // said twice, it was reported when it was said first
    const resets = isFirst && options.requirePasswordReset && (await credentials.has(tx, alert.accountId))
    if (resets) await accounts.requirePasswordReset(tx, alert.accountId)
    const endedSessions = [...suspect, ...others]
    await record(tx, reviewer, alert, 'reported', { endedSessions: endedSessions.length })
    return {
      alert: isFirst ? await store.review(tx, alert.id, 'REPORTED', clock.now()) : alert,
      endedSessions,
      passwordResetRequired: resets || account?.passwordResetRequired === true,
    }
  }

  /** Whoever has the mail has the address; which session his browser is in says nothing, and none is kept. */
  const byMail = ({ alert }: Taken, { ip }: Source): Reviewer => ({
    actor: { kind: 'ACCOUNT', id: alert.accountId },
    ip,
    sessionId: null,
  })

  return {
    /** It was me: the device becomes known. @throws FORBIDDEN from the alerted session itself, InvalidInput once reported. */
    confirm: (viewer: Viewer, source: Source, alertId: string): Promise<SessionAlert> =>
      db.transaction(async (tx) => {
        const { reviewer, ...taken } = await take(tx, viewer, source, alertId)
        if (reviewer.sessionId === taken.alert.sessionId) throw vouchesForItself()
        if (taken.alert.review === 'REPORTED') return refuseField('input.alertId', 'This alert has been reported.')
        return taken.alert.review === 'CONFIRMED' ? taken.alert : confirm(tx, reviewer, taken)
      }),

    /** The same by the link in the mail. @throws InvalidToken */
    confirmByToken: (source: Source, secret: string): Promise<SessionAlert> =>
      db.transaction(async (tx) => {
        const taken = await redeem(tx, 'CONFIRMED', secret)
        return taken.alert.review === 'CONFIRMED' ? taken.alert : confirm(tx, byMail(taken, source), taken)
      }),

    /**
     * It was not me: ends that session and by default all others but the one that reports, forgets the device, voids
     * every open link and code, and by default makes the next sign-in with a password go through recovery.
     */
    report: (viewer: Viewer, source: Source, alertId: string, options: ReportOptions): Promise<Report> =>
      db.transaction(async (tx) => {
        const { reviewer, ...taken } = await take(tx, viewer, source, alertId)
        return report(tx, reviewer, taken, options)
      }),

    /** The same by the link in the mail, which keeps no session. @throws InvalidToken */
    reportByToken: (source: Source, secret: string, options: ReportOptions): Promise<Report> =>
      db.transaction(async (tx) => {
        const taken = await redeem(tx, 'REPORTED', secret)
        return report(tx, byMail(taken, source), taken, options)
      }),

    /** What the link of a token is about; changes nothing. @returns null for a token that is good for nothing. */
    linked: async (secret: string): Promise<Linked | null> => {
      for (const answer of ['CONFIRMED', 'REPORTED'] as const) {
        const linked = await unlessVoid(() => look(answer, secret))
        if (linked !== null) return linked
      }
      return null
    },
  }
}
