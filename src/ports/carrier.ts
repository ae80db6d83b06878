/**
 * What every way out of the house has in common, whether it carries mails or text messages: one letter is handed over, or
 * it is said why not. Nothing here knows of retries; whoever asks decides when to ask again.
 */

/** One message, ready to go. The same letter handed over again has the same `messageId` and `writtenAt`. */
export type Letter = Readonly<{
  to: string
  subject: string
  text: string
  html: string
  /** With its angle brackets (RFC 5322). */
  messageId: string
  writtenAt: Date
}>

/** Why a letter was not taken. Kept and logged instead of the other side's words, which may repeat addresses and texts. */
const DELIVERY_FAILURES = {
  REFUSED: 'The other side will not take anything for this recipient. It is not tried again.',
  REJECTED: 'The other side did not take it this time.',
  UNREACHABLE: 'Nobody answers there.',
  TIMED_OUT: 'The other side was too slow.',
  CUT_OFF: 'The connection was lost on the way.',
  NOT_AUTHENTICATED: 'The other side does not accept our credentials.',
  NOT_ENCRYPTED: 'No connection could be made that is encrypted and to the right party.',
  UNREADABLE: 'It was sealed with a key that this node does not have.',
  UNKNOWN: 'Something else went wrong.',
} as const

export type DeliveryFailure = keyof typeof DELIVERY_FAILURES

/** @param code what the other side answered, if it did. */
export class NotDelivered extends Error {
  readonly reason: DeliveryFailure
  readonly code: number | null
  constructor(reason: DeliveryFailure, code: number | null = null) {
    super(DELIVERY_FAILURES[reason])
    this.name = 'NotDelivered'
    this.reason = reason
    this.code = code
  }
}

export type Carrier = Readonly<{
  /** Hands one letter over, within `DELIVERY_SECONDS`. @throws NotDelivered */
  carry: (letter: Letter) => Promise<void>
  close: () => Promise<void>
}>

/** After this long a letter that is neither taken nor refused counts as not delivered. */
export const DELIVERY_SECONDS = 60
