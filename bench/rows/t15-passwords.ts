import { foldCase } from '../../src/policy/folding.ts'
import { evidenceIn, normalisePassword, violationsOf } from '../../src/policy/passwords.ts'
import { type Person, personalTokensOf } from '../../src/policy/personal.ts'
import { readDictionary } from '../../src/ports/dictionary/index.ts'
import type { Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

const ROUNDS = 20_000

/** CPU microseconds of one, the middle of five rounds. */
const cost = (work: () => void): number => {
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    for (let n = 0; n < ROUNDS; n++) work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / ROUNDS
  })
  return rounds.toSorted((a, b) => a - b)[2] ?? 0
}

const POLICY = { minLength: 8, dictionary: true, personalData: true, breached: true }
const USUAL: Person = { name: 'Ada Lovelace', email: 'ada.lovelace@example.com', phone: '+4915112345678' }
const LONGEST: Person = {
  name: 'ab '.repeat(42),
  email: `${'a.b'.repeat(21)}@${'c-d'.repeat(20)}.example`,
  phone: '+4915112345678',
}

/** T15: in this process, since it is work of the processor alone. */
export const passwords: Row = {
  id: 'T15',
  what: 'a password looked up in the dictionary; what the dictionary keeps in memory; the whole decision without history and breaches',
  target: 'lookup < 50 µs; < 8 MiB',
  measure: async () => {
    const began = process.cpuUsage()
    const dictionary = readDictionary()
    const { user, system } = process.cpuUsage(began)
    const lookup = (password: string) => cost(() => void dictionary.rankOf(foldCase(password)))
    const decide = (password: string, person: Person) =>
      cost(() => void violationsOf(evidenceIn(normalisePassword(password), personalTokensOf([person]), dictionary), POLICY))
    const slowest = Math.max(lookup('PassWord1'), lookup('correct horse battery'), lookup('x'.repeat(256)))
    const figures = {
      lookupMicroseconds: slowest,
      dictionaryBytes: dictionary.bytes,
      entries: dictionary.size,
      loadMilliseconds: (user + system) / 1_000,
      decisionMicroseconds: decide('correct horse battery', USUAL),
      longestDecisionMicroseconds: decide('ab'.repeat(128), LONGEST),
    }
    return {
      figures,
      says: `${short(slowest)} µs; ${short(dictionary.bytes / 1_048_576)} MiB for ${dictionary.size.toLocaleString('en-US')}, read in ${short(figures.loadMilliseconds)} ms; decision ${short(figures.decisionMicroseconds)} µs, at the longest ${short(figures.longestDecisionMicroseconds)} µs`,
      met: slowest < 50 && dictionary.bytes < 8 * 1_048_576,
    }
  },
}
