/** New-session alerts in the schema. */
import { builder } from '../../graphql/builder.ts'
import { connectionOf, pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { mutation } from '../../graphql/mutation.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { subscription } from '../../graphql/subscription.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { InvalidToken } from '../one-time-token/one-time-token.ts'
import { SessionRef } from '../session/session.graphql.ts'
import { ALERT_REVIEWS, namedBy, type SessionAlert } from './alert.ts'
import type { Report } from './review.service.ts'

const AlertReviewEnum = enumFrom('AlertReview', 'What the owner said about an alert.', ALERT_REVIEWS)

const SessionAlertRef = builder.objectRef<SessionAlert>('SessionAlert')
builder.objectType(SessionAlertRef, {
  description: 'A new session that its owner should know of. Seen by its owner and by operators with SESSIONS_READ.',
  interfaces: [NodeRef],
  fields: (t) => ({
    session: t.field({
      type: SessionRef,
      description: 'The session it is about. It may have ended since.',
      resolve: async (alert, _args, { load }) => {
        const session = await load.session.load(alert.sessionId)
        if (session === null) throw new Error(`alert ${alert.id} has lost its session`) // they go together
        return session
      },
    }),
    isNewDevice: t.exposeBoolean('isNewDevice', { description: 'Whether the device was not known when it signed in.' }),
    isNewCountry: t.exposeBoolean('isNewCountry', {
      description: 'Whether no session of the last 30 days came from that country. False if no place is known.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the session was opened.' }),
    review: t.expose('review', { type: AlertReviewEnum, description: 'What the owner said.' }),
    reviewedAt: t.expose('reviewedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When he said it. Null while it is pending.',
    }),
  }),
})
registerNode('SessionAlert', (id, { services, viewer }) => services.alerts.find(viewer, id))

const SessionAlertConnectionRef = connectionOf('SessionAlert', SessionAlertRef)
builder.objectField(AccountRef, 'sessionAlerts', (t) =>
  t.field({
    type: SessionAlertConnectionRef,
    description: 'Its new-session alerts, newest first. They go with their session, 30 days after its end.',
    args: pageArgs(t.arg),
    resolve: (account, args, { services, viewer }) => services.alerts.ofAccount(viewer, account.id, pageOfArgs(args)),
  }),
)

/** Alerts read at a time while catching up. */
const BATCH = 50

subscription('sessionAlerts', {
  access: 'account',
  description:
    'The caller’s new sessions, as they are opened on any node. With `after`, everything missed comes first, in order, once.',
  type: SessionAlertRef,
  args: (t) => ({
    after: t.id({
      description:
        'The last alert seen; one that is not kept any more counts by the time in it. Left out: only what happens from now on.',
    }),
  }),
  feed: async ({ after }, { services, viewer }) => {
    const accountId = viewer.kind === 'account' ? viewer.accountId : ''
    let sequence = await services.alerts.startSequence(accountId, after ?? null)
    return {
      // at once: alerts have an order of their own
      listen: (ring) => services.events.hearAtOnce(`account:${accountId}`, ({ type }) => type === 'session.opened' && ring()),
      fromNow: after == null,
      read: async () => {
        const alerts: SessionAlert[] = []
        for (let full = true; full; ) {
          const batch = await services.alerts.after(accountId, alerts.at(-1)?.sequence ?? sequence, BATCH)
          alerts.push(...batch)
          full = batch.length === BATCH
        }
        sequence = alerts.at(-1)?.sequence ?? sequence
        return alerts
      },
    }
  },
})

const ALERT_ID = 'One of the caller’s own, for whoever is signed in. Exactly one of this and `token`.'

const tokenOf = (link: string): string =>
  `The token of the ${link} link in the mail, for whoever is not signed in. Good once, for ${LIFETIMES.alertLink / 86_400} days.`

const ConfirmSessionAlertPayload = builder.objectRef<{ alert: SessionAlert }>('ConfirmSessionAlertPayload')
builder.objectType(ConfirmSessionAlertPayload, {
  description: 'The alert, confirmed.',
  fields: (t) => ({ alert: t.expose('alert', { type: SessionAlertRef, description: 'The alert, confirmed.' }) }),
})

mutation('confirmSessionAlert', {
  access: 'public',
  withoutToken: 'alert.review',
  description:
    'It was me: the device becomes known. FORBIDDEN from the alerted session itself, and from another one that is alerted as a new device and not confirmed; but whoever has the mail may confirm anywhere.',
  input: (t) => ({
    alertId: t.id({ description: ALERT_ID }),
    token: t.string({ description: tokenOf('“it was me”') }),
  }),
  payload: ConfirmSessionAlertPayload,
  errors: [InvalidToken],
  run: async (input, { services: { reviews }, viewer, source }) => {
    const name = namedBy(input)
    return {
      alert: await ('token' in name ? reviews.confirmByToken(source, name.token) : reviews.confirm(viewer, source, name.alertId)),
    }
  },
})

const ReportSessionAlertPayload = builder.objectRef<Report>('ReportSessionAlertPayload')
builder.objectType(ReportSessionAlertPayload, {
  description: 'What a report did.',
  fields: (t) => ({
    alert: t.expose('alert', { type: SessionAlertRef, description: 'The alert, reported.' }),
    endedSessions: t.field({
      type: [SessionRef],
      description: 'The sessions it ended, the reported one first.',
      resolve: (report) => [...report.endedSessions],
    }),
    passwordResetRequired: t.exposeBoolean('passwordResetRequired', {
      description:
        'Whether the next sign-in with the password is refused until it is recovered. False for an account without one.',
    }),
  }),
})

mutation('reportSessionAlert', {
  access: 'public',
  withoutToken: 'alert.review',
  description:
    'It wasn’t me: ends that session and by default all others but the one that reports, forgets the device, voids open links and codes, and makes the password useless until it is recovered. By token no session is kept.',
  input: (t) => ({
    alertId: t.id({ description: ALERT_ID }),
    token: t.string({ description: tokenOf('“it wasn’t me”') }),
    endOtherSessions: t.boolean({
      required: true,
      defaultValue: true,
      description: 'End all other sessions too, but the one that reports.',
    }),
    requirePasswordReset: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Make the next sign-in go through recovery.',
    }),
  }),
  payload: ReportSessionAlertPayload,
  errors: [InvalidToken],
  run: async ({ alertId, token, ...options }, { services: { reviews }, viewer, source, cookies }) => {
    const name = namedBy({ alertId, token })
    const report = await ('token' in name
      ? reviews.reportByToken(source, name.token, options)
      : reviews.report(viewer, source, name.alertId, options))
    if (viewer.kind === 'account' && report.endedSessions.some((session) => session.id === viewer.sessionId))
      cookies.clearSession()
    return report
  },
})
