/** Links and tickets that work once. */
import { DomainError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'

/** What a token is for. A token of one kind is nothing at another kind's door. */
const TOKEN_KINDS = {
  'alert-confirm': 'Says of a new session: it was me.',
  'alert-report': 'Says of a new session: it was not me.',
  'email-undo': 'Gives an account an address back that it had before.',
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

/**
 * What gives an account back to its owner. Whoever has got hold of the account must not be able to void these, so nothing that
 * he can do does: only an operator does, and the use of one that is as old or older.
 */
export const GIVING_BACK = ['email-undo'] as const satisfies readonly TokenKind[]

export type OneTimeToken = Readonly<{
  id: string
  accountId: string
  boundTo: string | null
  data: Readonly<Record<string, Json>>
}>

/** @returns what `work` finds; null where it finds a token that is good for nothing. */
export const unlessVoid = async <T>(work: () => Promise<T>): Promise<T | null> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InvalidToken) return null
    throw error
  }
}

/** Unknown, used, void, too old or of another kind: which one, nobody learns. */
export class InvalidToken extends DomainError {
  constructor() {
    super('INVALID_TOKEN', 'This link, code or ticket is not good any more. Ask for a new one.')
  }
}
