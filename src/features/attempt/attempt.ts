/** An attempt to prove something: who makes it, and which refusals say that it failed. */
import { DomainError } from '../../kernel/errors.ts'
import type { Source } from '../../kernel/viewer.ts'
import type { Account } from '../account/account.ts'

/** Who tries to prove that he is whom. */
export type Prover = Readonly<{
  /** In its normal form; it stands for its account, whether there is one or not. */
  address: string
  account: Account | null
  /** Of the device it comes from, if the account knows it. */
  deviceId: string | null
  source: Source
}>

/** What stands for an account among attempts: its address, as whoever does not know the account would type it. */
export const addressOf = ({ email, id }: Account): string => email ?? id

/** Which earlier passwords were, nobody may find out by trying. */
const isTold = (error: DomainError): boolean =>
  'violations' in error &&
  Array.isArray(error.violations) &&
  error.violations.some((violation: { rule?: unknown }) => violation.rule === 'RECENTLY_USED')

/** Whether a refusal answers a guess; any other leaves the attempt uncounted. */
export const isWrongGuess = (error: unknown): boolean =>
  error instanceof DomainError && (error.code === 'INVALID_CREDENTIALS' || (error.code === 'WEAK_PASSWORD' && isTold(error)))
