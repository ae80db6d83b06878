/** A new-session alert: a session that its owner may not know of, and what he said about it. */
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
