/** Links and tickets that work once. */
import { DomainError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'

/** What a token is for. A token of one kind is nothing at another kind's door. */
const TOKEN_KINDS = {
  'alert-confirm': 'Says of a new session: it was me.',
  'alert-report': 'Says of a new session: it was not me.',
  'email-verification': 'Proves an address.',
  'password-recovery': 'Sets a new password.',
  'sign-in-ticket': 'Finishes a sign-in that was refused at the session limit.',
} as const

export type TokenKind = keyof typeof TOKEN_KINDS

/**
 * By these an owner objects to what was done in his name. A new password leaves them good: a thief who sets one must not
 * silence the owner by it. They can only take away.
 */
export const OBJECTIONS: readonly TokenKind[] = ['alert-report']

export type OneTimeToken = Readonly<{
  id: string
  accountId: string
  boundTo: string | null
  data: Readonly<Record<string, Json>>
}>

/** Unknown, used, void, too old or of another kind: which one, nobody learns. */
export class InvalidToken extends DomainError {
  constructor() {
    super('INVALID_TOKEN', 'This link, code or ticket is not good any more. Ask for a new one.')
  }
}
