/** A new-session alert: a session that its owner may not know of, and what he said about it. */
import { refuseField } from '../../kernel/errors.ts'
import type { ClientInfo } from '../../ports/user-agent/index.ts'
import type { MessageData } from '../message/texts/kinds.ts'
import type { TokenKind } from '../one-time-token/one-time-token.ts'
import type { Session } from '../session/session.ts'

export const ALERT_REVIEWS = {
  PENDING: 'The owner has not said anything yet.',
  CONFIRMED: 'The owner said: it was me.',
  REPORTED: 'The owner said: it was not me.',
} as const

export type AlertReview = keyof typeof ALERT_REVIEWS

export type SessionAlert = Readonly<{
  id: string
  /** Order within the account; what resuming counts from. */
  sequence: bigint
  accountId: string
  sessionId: string
  isNewDevice: boolean
  isNewCountry: boolean
  createdAt: Date
  review: AlertReview
  reviewedAt: Date | null
}>

/** What an owner can say; a link in the mail is good for one of them. */
export type Answer = Exclude<AlertReview, 'PENDING'>

/** The token behind the link of each answer. */
export const TOKEN_OF = {
  CONFIRMED: 'alert-confirm',
  REPORTED: 'alert-report',
} as const satisfies Readonly<Record<Answer, TokenKind>>

/** What is told of a session outside: the same in the mail and on the page behind its links. */
export const occasionOf = ({ createdAt, countryCode, city, ip, method }: Session, client: ClientInfo) =>
  ({
    at: createdAt,
    timeZone: 'UTC',
    device: { client: client.name, machine: client.deviceModel ?? client.osName },
    place: countryCode === null ? null : { countryCode, city },
    ip,
    method,
  }) as const satisfies Partial<MessageData['session-alert']>

/** How somebody names an alert: by its id when signed in, by the token in the mail when not. */
export type AlertName = Readonly<{ alertId?: string | null | undefined; token?: string | null | undefined }>

/** @throws InvalidInput unless exactly one way of naming the alert is used. */
export const namedBy = ({ alertId, token }: AlertName): Readonly<{ alertId: string } | { token: string }> => {
  if (alertId != null)
    return token == null ? { alertId } : refuseField('input.token', 'Name the alert or give its token, not both.')
  return token == null ? refuseField('input.alertId', 'Name the alert, or give the token in its mail.') : { token }
}
