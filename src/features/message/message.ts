/** A message to somebody outside: what it is, where it stands, when it is tried again and when it is given up. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/secrets.ts'
import { after } from '../../kernel/time.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import { normaliseEmail, textProblem } from '../../policy/text.ts'
import type { Mail, MessageData, MessageKind } from './texts/kinds.ts'

export const MESSAGE_CHANNELS = {
  MAIL: 'By e-mail.',
  SMS: 'By text message.',
} as const

export type MessageChannel = keyof typeof MESSAGE_CHANNELS

export const MESSAGE_STATUSES = {
  WAITING: 'It was not tried yet.',
  SENT: 'It was handed over to be carried on. In development: it is in the mailbox.',
  FAILED: 'It could not be handed over, and is tried again.',
  DEAD: `It was refused for good, or could not be handed over for ${LIFETIMES.messageDelivery / 3_600} hours. It is not tried again.`,
} as const

type MessageStatus = keyof typeof MESSAGE_STATUSES

/** How each kind leaves. */
export const CHANNEL_OF = {
  'session-alert': 'MAIL',
  'account-locked': 'MAIL',
  'sign-up-pending': 'MAIL',
  'email-verification': 'MAIL',
  'email-changed': 'MAIL',
  'password-recovery': 'MAIL',
  'password-changed': 'MAIL',
  invitation: 'MAIL',
  'already-member': 'MAIL',
} as const satisfies Readonly<Record<MessageKind, MessageChannel>>

/** Writes a message of a kind in the language of whoever gets it. @param locale a BCP 47 tag; null: not known. */
export type Compose = <Kind extends MessageKind>(kind: Kind, locale: string | null, data: MessageData[Kind]) => Mail

/** As operators see it. Subject, text and HTML are null in production, and where the key they were sealed with is gone. */
export type Message = Readonly<{
  id: string
  channel: MessageChannel
  kind: string
  to: string
  subject: string | null
  text: string | null
  html: string | null
  status: MessageStatus
  createdAt: Date
  sentAt: Date | null
  accountId: string | null
}>

/** What a service hands over to be sent. `accountId`: whom it is about; null: nobody that has an account. */
export type NewMessage<Kind extends MessageKind> = Readonly<{
  kind: Kind
  to: string
  locale: string | null
  data: MessageData[Kind]
  accountId: string | null
}>

/** Who takes a message has it for so long: longer than a carrier may take, so that no two nodes carry it at a time. */
export const LEASE_SECONDS = 120

/** Messages that one node carries at a time. */
export const PARALLEL = 5

/** When a message is tried again: ever later, and never all of them at once. */
export const RETRY = { firstSeconds: 15, factor: 2, mostSeconds: 3_600, jitter: 0.2 } as const

/** From -1 to 1. */
const drawn = (random: Random): number => random(4).readUInt32BE() / 0x7fff_ffff - 1

/** Seconds from one try to the next. @param attempts how often it was tried, at least once. */
export const retryDelay = (attempts: number, random: Random): number => {
  const steady = Math.min(RETRY.firstSeconds * RETRY.factor ** (attempts - 1), RETRY.mostSeconds)
  return steady * (1 + RETRY.jitter * drawn(random))
}

/** When it is tried again after a failure now; null: never, its time is over. The last try is made at the very end. */
export const nextTry = (createdAt: Date, attempts: number, now: Date, random: Random): Date | null => {
  const end = after(createdAt, LIFETIMES.messageDelivery)
  if (now >= end) return null
  const next = after(now, retryDelay(attempts, random))
  return next < end ? next : end
}

/** The purpose that a message's content is sealed for: nothing else of this installation opens it, no other message's either. */
export const sealPurpose = (id: string): string => `message content ${id}`

export type MessageFilter = Readonly<{
  to?: string | null | undefined
  channel?: MessageChannel | null | undefined
  kind?: string | null | undefined
  status?: MessageStatus | null | undefined
}>

/** One that this version does not know simply finds nothing: kinds are added. */
const KIND = /^[a-z-]{1,40}$/

/** Brings a filter into stored form. @throws InvalidInput with every field that is not acceptable. */
export const checkFilter = (filter: MessageFilter): MessageFilter => {
  const problems: InvalidField[] = []
  if (filter.kind != null && !KIND.test(filter.kind))
    problems.push({ path: 'filter.kind', message: 'This is not a kind of message.' })
  const message = filter.to == null ? null : textProblem(filter.to, SIZES.email)
  if (message !== null) problems.push({ path: 'filter.to', message })
  if (problems.length > 0) throw new InvalidInput(problems)
  return filter.to == null ? filter : { ...filter, to: normaliseEmail(filter.to) ?? filter.to }
}
