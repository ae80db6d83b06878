/** A key for a program: what it may do, how long, and when it was last used. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import { SIZES } from '../../policy/bounds.ts'
import type { Scope } from '../../policy/permissions.ts'
import { textProblem } from '../../policy/text.ts'

export type ApiKey = Readonly<{
  id: string
  name: string
  scopes: readonly Scope[]
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}>

export type NewApiKey = Readonly<{ name: string; scopes: readonly Scope[]; expiresAt: Date | null }>

/** Whether a key opens anything at that moment. */
export const isGood = (key: ApiKey, now: Date): boolean =>
  key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)

/** @throws InvalidInput with every field that is not acceptable. */
export const checkNewKey = (key: NewApiKey, now: Date): NewApiKey => {
  const name = key.name.trim()
  const problems: InvalidField[] = []
  const nameProblem = name === '' ? 'Give the key a name.' : textProblem(name, SIZES.name)
  if (nameProblem !== null) problems.push({ path: 'input.name', message: nameProblem })
  if (key.scopes.length === 0) problems.push({ path: 'input.scopes', message: 'Give the key at least one scope.' })
  if (key.expiresAt !== null && key.expiresAt <= now)
    problems.push({ path: 'input.expiresAt', message: 'Must be in the future.' })
  if (problems.length > 0) throw new InvalidInput(problems)
  return { ...key, name, scopes: [...new Set(key.scopes)] }
}
