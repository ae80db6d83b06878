/**
 * The password hasher: Argon2id at the price of the moment, behind a gate. So many hashes run at once as the machine can bear
 * (they are the server's heaviest work), a bounded line waits behind, and past it the caller is told to come back. What is
 * stored says itself how it was made; whatever it is, proving it wrong takes the time of a hash that is made now.
 */
import { serviceUnavailable } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/secrets.ts'
import { HASH_QUEUE } from '../../policy/bounds.ts'
import type { Log } from '../log.ts'
import { type Argon2, openArgon2, type Pepper } from './argon2.ts'
import { type Burden, type IsGone, openGate } from './gate.ts'
import { costOf, isImported, verifyImported } from './imported/index.ts'
import { openPace } from './pace.ts'
import { decode, type HashParameters, headOf, keyidOf, lengthOf, type Recipe, SIZE } from './phc.ts'

export type { Argon2 } from './argon2.ts'
export type { IsGone } from './gate.ts'
export type { HashParameters } from './phc.ts'

/** What all hashes that are made now have in common: whatever begins or measures otherwise is outdated. */
type HashForm = Readonly<{
  head: string
  length: number
  /** How the peppers at hand are named in hashes. */
  keyids: readonly string[]
}>

export type Hasher = Readonly<{
  /** @returns a PHC string, `m,t,p` in that order, 16-byte salt. @throws SERVICE_UNAVAILABLE when the line is full. */
  hash: (password: string, isGone?: IsGone) => Promise<string>
  /** The same, behind everybody who waits. @returns null when as many wait as may, or once the hasher is closed. */
  hashLast: (password: string) => Promise<string | null>
  /**
   * @param encoded what is stored, or null when there is no account or no password. Whoever is told false has been kept as
   * long as by a hash that is made now, by a dummy where there is none, and by part of one where the stored one is cheaper.
   * @param typed the password as it was typed, for hashes that another system made; the same if left out.
   * @throws SERVICE_UNAVAILABLE when the line is full.
   */
  verify: (encoded: string | null, password: string, typed?: string, isGone?: IsGone) => Promise<boolean>
  /** Whether a hash would be made otherwise now: by another algorithm, with other parameters or with another pepper. */
  isOutdated: (encoded: string) => Promise<boolean>
  form: () => Promise<HashForm>
  /** Hashes running, waiting, and behind those that wait; and how often one could not be judged for want of its pepper. */
  load: () => Readonly<{ running: number; waiting: number; behind: number; unjudged: number }>
  /** Lets go of what stands behind everybody and has not begun. */
  close: () => void
}>

type Needs = Readonly<{
  random: Random
  log: Log
  /** In force at this moment. */
  parameters: () => Promise<HashParameters>
  /** The first one writes, all of them read. Null is none, which is read always. */
  peppers: readonly (Pepper | null)[]
  /** What hashes may hold together. */
  capacity: Burden
  /** The binding, and a clock for durations; for tests. */
  argon2?: Argon2
  now?: () => number
}>

const burdenOf = ({ memoryKiB, parallelism }: HashParameters): Burden => ({ threads: parallelism, memoryKiB })

const heavier = (a: Burden, b: Burden): Burden => ({
  threads: Math.max(a.threads, b.threads),
  memoryKiB: Math.max(a.memoryKiB, b.memoryKiB),
})

const NO_BURDEN: Burden = { threads: 1, memoryKiB: 0 }

const burdenOfStored = (stored: string, recipe: Recipe | null): Burden =>
  recipe === null ? { ...NO_BURDEN, memoryKiB: Math.ceil((costOf(stored)?.bytes ?? 0) / 1024) } : burdenOf(recipe)

/** The least memory of a lane. */
const LANE_KIB = 8

/** From here on a share counts as the whole: what is missing is less than the clock can tell. */
const NEARLY_WHOLE = 0.99

/** How a hash is made at this moment. */
type Making = Readonly<{ parameters: HashParameters; head: string; length: number }>

const isMadeSo = ({ head, length }: Making, encoded: string): boolean => encoded.length === length && encoded.startsWith(head)

export const openHasher = async (needs: Needs): Promise<Hasher> => {
  const { random, log, parameters, capacity, argon2 = await openArgon2(), now = () => performance.now() } = needs
  const gate = openGate(capacity, HASH_QUEUE, serviceUnavailable)
  const pace = openPace(now)
  const writing = needs.peppers[0] ?? null
  const peppers = needs.peppers.filter((pepper) => pepper !== null)
  const keys = new Map(peppers.map(({ id, key }) => [id, key]))
  const dummySalt = random(SIZE.salt)
  const missed = new Set<string>()
  let unjudged = 0
  let warnedOf: string | null = null

  const making = async (): Promise<Making> => {
    const chosen = await parameters()
    const head = headOf(chosen, writing?.id ?? null)
    if (chosen.memoryKiB > capacity.memoryKiB && head !== warnedOf) {
      warnedOf = head
      log.warn(
        { memoryKiB: chosen.memoryKiB, shareKiB: capacity.memoryKiB },
        'one password hash takes more than all may together',
      )
    }
    return { parameters: chosen, head, length: lengthOf(head) }
  }

  /** Fails closed where the pepper is not at hand, and says so: it is no wrong password but a fault of the configuration. */
  const judge = async (encoded: string, recipe: Recipe | null, password: string): Promise<boolean> => {
    if (recipe === null) return false
    const { pepperId } = recipe
    if (pepperId === null) return argon2.verify(encoded, password)
    const key = keys.get(pepperId)
    if (key !== undefined) return argon2.verify(encoded, password, key)
    unjudged++
    if (!missed.has(pepperId))
      log.error({ pepper: pepperId }, 'a password hash needs a pepper that PASSWORD_PEPPERS does not list')
    missed.add(pepperId)
    return false
  }

  const whole = (password: string, { parameters: chosen, head }: Making): Promise<string> =>
    pace.timed(head, () => argon2.hash(password, random(SIZE.salt), chosen, writing))

  /** Work for nothing: as much of a whole hash as is missing. */
  const makeUp = async (password: string, { parameters: chosen, head }: Making, spentMs: number): Promise<void> => {
    const share = pace.missing(head, spentMs)
    if (share >= NEARLY_WHOLE) return void (await pace.timed(head, () => argon2.hash(password, dummySalt, chosen, writing)))
    const memoryKiB = Math.max(LANE_KIB * chosen.parallelism, Math.floor(chosen.memoryKiB * share))
    if (share > 0) await argon2.hash(password, dummySalt, { ...chosen, memoryKiB }, writing)
  }

  return {
    hash: async (password, isGone) => {
      const made = await making()
      return gate.run(() => whole(password, made), burdenOf(made.parameters), isGone)
    },

    hashLast: async (password) => {
      const made = await making()
      return gate.runLast(() => whole(password, made), burdenOf(made.parameters))
    },

    verify: async (encoded, password, typed = password, isGone = undefined) => {
      const made = await making()
      const stored = encoded ?? ''
      const [recipe, usual] = [decode(stored)?.recipe ?? null, burdenOf(made.parameters)]
      const verifying = async (): Promise<boolean> => {
        const judging = () =>
          isImported(stored) ? verifyImported(argon2, stored, typed, password) : judge(stored, recipe, password)
        if (recipe !== null && isMadeSo(made, stored)) return pace.timed(made.head, judging)
        const began = now()
        const matches = await judging()
        if (!matches) await makeUp(password, made, now() - began)
        return matches
      }
      return gate.run(verifying, heavier(usual, burdenOfStored(stored, recipe)), isGone)
    },

    isOutdated: async (encoded) => !isMadeSo(await making(), encoded),

    form: async () => {
      const { head, length } = await making()
      return { head, length, keyids: peppers.map(({ id }) => keyidOf(id)) }
    },

    load: () => ({ ...gate.load(), unjudged }),
    close: gate.close,
  }
}
