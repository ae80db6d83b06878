/** Whether a password may be set: one decision, on every path that sets one, and for whoever asks before. */
import { InvalidInput, serviceUnavailable } from '../../kernel/errors.ts'
import type { Viewer } from '../../kernel/viewer.ts'
import { BREACH_CHECK } from '../../policy/bounds.ts'
import type { Dictionary } from '../../policy/dictionary.ts'
import {
  cappedScore,
  evidenceIn,
  normalisePassword,
  type PasswordViolation,
  passwordProblem,
  suggestionsFor,
  violationsOf,
} from '../../policy/passwords.ts'
import { type Person, personalTokensOf } from '../../policy/personal.ts'
import { strengthOf } from '../../policy/strength.ts'
import type { Breached } from '../../ports/breached/index.ts'
import type { Database } from '../../ports/db/index.ts'
import type { Hasher } from '../../ports/hasher/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import type { SecuritySettings } from '../settings/settings.ts'
import * as store from './credential.store.ts'
import {
  askProblems,
  type Owner,
  offeredPassword,
  ownerOf,
  type StrengthQuestion,
  typedPassword,
  WeakPassword,
} from './credential.ts'

export type JudgingService = ReturnType<typeof judgingService>

export type PasswordStrength = Readonly<{
  acceptable: boolean
  score: number
  violations: readonly PasswordViolation[]
  suggestions: readonly string[]
}>

type Needs = Readonly<{
  db: Database
  hasher: Hasher
  accounts: AccountService
  settings: SettingsService
  dictionary: Dictionary
  breached: Breached
}>

type Policy = SecuritySettings['passwords']

export const judgingService = ({ db, hasher, accounts, settings, dictionary, breached }: Needs) => {
  /** The current password, and as many earlier ones as the settings say, one after the other. */
  const isRecent = async (accountId: string | null, given: string, { historyLength }: Policy): Promise<boolean> => {
    if (accountId === null) return false
    const current = (await store.find(db.read, accountId))?.hash ?? null
    const earlier = historyLength === 0 ? [] : await store.earlierHashes(db.read, accountId, historyLength)
    const [password, typed] = [offeredPassword(given), typedPassword(given)]
    for (const hash of current === null ? earlier : [current, ...earlier])
      if (await hasher.verify(hash, password, typed)) return true
    return false
  }

  /** @param accountId whose history counts; null: nobody's. @throws SERVICE_UNAVAILABLE where that is what stands in the way. */
  const judge = async (given: string, persons: readonly Person[], accountId: string | null) => {
    const password = normalisePassword(given)
    const { passwords: policy } = await settings.inForce(db.read)
    const tokens = personalTokensOf(persons)
    const [isKnown, recent] = await Promise.all([
      policy.breached ? breached.has(password) : false,
      isRecent(accountId, given, policy),
    ])
    const evidence = { ...evidenceIn(password, tokens, dictionary), isRecent: recent, isBreached: isKnown === true }
    const violations = violationsOf(evidence, policy)
    if (violations.length === 0 && isKnown === null && policy.whenBreachedUnknown === 'REFUSE')
      throw serviceUnavailable(BREACH_CHECK.retryAfterSeconds)
    return { tokens, violations }
  }

  return {
    /**
     * @returns the password in the form that is hashed.
     * @throws WeakPassword with every rule it breaks, InvalidInput at `path` if it is absurdly long, SERVICE_UNAVAILABLE.
     */
    accept: async (given: string, { person, accountId }: Owner, path: string): Promise<string> => {
      const problem = passwordProblem(given)
      if (problem !== null) throw new InvalidInput([{ path, message: problem }])
      const { violations } = await judge(given, [person], accountId)
      if (violations.length > 0) throw new WeakPassword(violations)
      return normalisePassword(given)
    },

    /**
     * What would be said of a password, by all rules but the history, which would tell what somebody's password was. Of who is signed in
     * his own data count too. Nothing of it is kept.
     * @throws InvalidInput, SERVICE_UNAVAILABLE
     */
    strength: async (viewer: Viewer, question: StrengthQuestion): Promise<PasswordStrength> => {
      const problems = askProblems(question)
      if (problems.length > 0) throw new InvalidInput(problems)
      const account = viewer.kind === 'account' ? await accounts.inTransaction(db.read, viewer.accountId) : null
      const own: readonly Person[] = account === null ? [] : [ownerOf(account).person]
      const password = normalisePassword(question.password)
      const { tokens, violations } = await judge(question.password, [question, ...own], null)
      const { score, suggestions } = strengthOf(password, dictionary, tokens)
      return {
        acceptable: violations.length === 0,
        score: cappedScore(score, violations),
        violations,
        suggestions: [...new Set([...suggestionsFor(violations), ...suggestions])],
      }
    },
  }
}
