/** Asking for a recovery link: what people type, checked; and what a mail about a password says of where it happened. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Source } from '../../kernel/viewer.ts'
import { readRedirect } from '../../policy/redirects.ts'
import { normaliseEmail } from '../../policy/text.ts'
import type { Locate } from '../../ports/geo/index.ts'
import type { ParseUserAgent } from '../../ports/user-agent/index.ts'
import type { MessageData } from '../message/texts/kinds.ts'

export type RecoveryRequest = Readonly<{ email: string; redirectUrl: string }>

/** @param allowed where a link may lead. @throws InvalidInput with every field that is not acceptable. */
export const checkRequest = ({ email: typed, redirectUrl }: RecoveryRequest, allowed: readonly string[]) => {
  const [email, link] = [normaliseEmail(typed), readRedirect(allowed, redirectUrl)]
  const fields: InvalidField[] = []
  if (email === null) fields.push({ path: 'input.email', message: 'This is not an e-mail address.' })
  if (link === null) fields.push({ path: 'input.redirectUrl', message: 'Links may not lead there.' })
  if (email === null || link === null) throw new InvalidInput(fields)
  return { email, link }
}

type Occasion = Omit<MessageData['password-changed'], 'name' | 'recoverUrl'>

/** When, with what and from where, for the mail about it. */
export const occasionOf = ({ ip, userAgent }: Source, at: Date, locate: Locate, parse: ParseUserAgent): Occasion => {
  const { name, osName, deviceModel } = parse(userAgent)
  return { at, timeZone: 'UTC', device: { client: name, machine: deviceModel ?? osName }, place: locate(ip), ip }
}
