/** What administrators decide: one object, one default, one check. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { type BoundedSetting, describeBounds, HASHING, SETTING_BOUNDS } from '../../policy/bounds.ts'
import { leastMemoryKiB } from '../../policy/hashing.ts'
import { DETAILS, type MembershipPrivacy } from '../../policy/visibility.ts'

/** What happens when an account that is at its limit signs in again. */
export const SESSION_LIMIT_ACTIONS = {
  END_OLDEST: 'The session that was opened first ends.',
  END_LEAST_RECENTLY_USED: 'The session that was not used for longest ends.',
  REFUSE: 'The sign-in is refused; the person picks a session to end and finishes with the ticket.',
} as const

export type SessionLimitAction = keyof typeof SESSION_LIMIT_ACTIONS

/** Every way of opening a session. */
export const SIGN_IN_METHODS = {
  PASSWORD: 'E-mail address and password.',
  MAGIC_LINK: 'A link in a mail.',
  EMAIL_CODE: 'A code in a mail.',
  PHONE_CODE: 'A code in a text message.',
  OAUTH: 'An account with another provider.',
  ANONYMOUS: 'Without any proof, as a guest with an account.',
  PASSKEY: 'A passkey (WebAuthn).',
  CUSTOM_TOKEN: 'A token that a server of the operator minted.',
  INVITATION: 'An invitation to a team.',
  SERVER: 'Opened by a server with an API key.',
} as const

export type SignInMethod = keyof typeof SIGN_IN_METHODS

/** What is done with a password of which nobody can say whether it is known from breaches. */
export const UNKNOWN_BREACH_ACTIONS = {
  ACCEPT: 'It is taken, if no other rule refuses it.',
  REFUSE: 'It is refused with SERVICE_UNAVAILABLE until somebody can say.',
} as const

type UnknownBreachAction = keyof typeof UNKNOWN_BREACH_ACTIONS

export type SecuritySettings = Readonly<{
  sessions: Readonly<{
    limit: number
    whenLimitReached: SessionLimitAction
    lifetimeSeconds: number
    /** Null: no idle timeout. */
    idleTimeoutSeconds: number | null
  }>
  passwords: Readonly<{
    minLength: number
    historyLength: number
    dictionary: boolean
    personalData: boolean
    breached: boolean
    whenBreachedUnknown: UnknownBreachAction
    endOtherSessionsOnChange: boolean
    hashing: Readonly<{ memoryKiB: number; iterations: number; parallelism: number }>
  }>
  alerts: Readonly<{ sessionAlerts: boolean; onlyNewDevices: boolean; includeProvenMethods: boolean }>
  membershipPrivacy: MembershipPrivacy
  signIn: Readonly<{
    methods: readonly SignInMethod[]
    signUpOpen: boolean
    discloseTakenEmail: boolean
    reauthenticationMaxAgeSeconds: number
  }>
}>

/** The settings as they stand, with their version. */
export type CurrentSettings = SecuritySettings & Readonly<{ version: number; updatedAt: Date | null }>

export const DEFAULT_SETTINGS: SecuritySettings = {
  sessions: {
    limit: SETTING_BOUNDS['sessions.limit'].default,
    whenLimitReached: 'END_OLDEST',
    lifetimeSeconds: SETTING_BOUNDS['sessions.lifetimeSeconds'].default,
    idleTimeoutSeconds: SETTING_BOUNDS['sessions.idleTimeoutSeconds'].default,
  },
  passwords: {
    minLength: SETTING_BOUNDS['passwords.minLength'].default,
    historyLength: SETTING_BOUNDS['passwords.historyLength'].default,
    dictionary: true,
    personalData: true,
    breached: false,
    whenBreachedUnknown: 'ACCEPT',
    endOtherSessionsOnChange: true,
    hashing: HASHING,
  },
  alerts: { sessionAlerts: true, onlyNewDevices: false, includeProvenMethods: false },
  membershipPrivacy: { private: DETAILS, ownersSeeAll: false },
  signIn: {
    methods: Object.keys(SIGN_IN_METHODS) as SignInMethod[],
    signUpOpen: true,
    discloseTakenEmail: true,
    reauthenticationMaxAgeSeconds: SETTING_BOUNDS['signIn.reauthenticationMaxAgeSeconds'].default,
  },
}

/** A partial change: what is left out stays. Null is a value only where "off" is one; a whole group that is null stays. */
export type SettingsChange = Readonly<{
  [Group in keyof SecuritySettings]?: Readonly<Record<string, unknown>> | null | undefined
}>

type Group = Readonly<Record<string, unknown>>

const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Settings that null switches off. */
const NULLABLE: readonly string[] = ['sessions.idleTimeoutSeconds']

/** Every setting by its path, such as `passwords.hashing.memoryKiB`. */
const leavesOf = (group: Group, path = ''): readonly (readonly [string, Json])[] =>
  Object.entries(group).flatMap(([name, value]) =>
    isGroup(value) ? leavesOf(value, `${path}${name}.`) : [[`${path}${name}`, value as Json] as const],
  )

/** `group` with what `given` says of its settings; names that are no settings are left out. */
const changed = (group: Group, given: unknown): Group =>
  Object.fromEntries(
    Object.entries(group).map(([name, value]) => {
      const next = isGroup(given) ? given[name] : undefined
      if (isGroup(value)) return [name, changed(value, next)]
      return [name, next === undefined ? value : next]
    }),
  )

/** What is stored and what is handed round: the settings alone, in the one order. */
export const settingsOf = (settings: SecuritySettings): SecuritySettings =>
  changed(DEFAULT_SETTINGS, settings) as SecuritySettings

/** Stored data over the defaults, so that a setting that is newer than the row has its default. */
export const fromStored = (data: Readonly<Record<string, unknown>>): SecuritySettings =>
  changed(DEFAULT_SETTINGS, data) as SecuritySettings

const problemOf = (path: string, value: unknown): string | null => {
  if (value === null) return NULLABLE.includes(path) ? null : 'May not be null. Leave it out to keep it.'
  if (path === 'signIn.methods') return Array.isArray(value) && value.length > 0 ? null : 'Leave at least one way of signing in.'
  const bounds = (SETTING_BOUNDS as Record<string, { min: number; max: number }>)[path]
  if (bounds === undefined || (typeof value === 'number' && value >= bounds.min && value <= bounds.max)) return null
  return `Must be ${describeBounds(path as BoundedSetting)}.`
}

/** Memory and passes make up for each other, but only so far. */
const hashingProblem = ({ memoryKiB, iterations }: SecuritySettings['passwords']['hashing']): string | null => {
  const least = leastMemoryKiB(iterations)
  if (memoryKiB >= least) return null
  return `With ${iterations === 1 ? '1 iteration' : `${iterations} iterations`} must be at least ${least.toLocaleString('en-US')} (OWASP).`
}

/** What this installation can do, which a setting may depend on. */
export type Abilities = Readonly<{
  /** Whether there is a source of breached passwords. */
  breached: boolean
}>

/**
 * @returns the settings with the change made.
 * @throws InvalidInput with every field that is out of bounds, or promises what this installation cannot do.
 */
export const applyChange = (before: SecuritySettings, change: SettingsChange, can: Abilities): SecuritySettings => {
  const after = changed(before, change) as SecuritySettings
  const given = leavesOf(after).filter(([path]) => path.split('.').reduce<unknown>(valueIn, change) !== undefined)
  const problems: InvalidField[] = given.flatMap(([path, value]) => {
    const message = problemOf(path, value)
    return message === null ? [] : [{ path: `input.${path}`, message }]
  })
  const weak = problems.length === 0 ? hashingProblem(after.passwords.hashing) : null
  if (weak !== null) problems.push({ path: 'input.passwords.hashing.memoryKiB', message: weak })
  if (valueIn(change.passwords, 'breached') === true && !can.breached)
    problems.push({
      path: 'input.passwords.breached',
      message: 'Needs BREACHED_FILTER or BREACHED_RANGE_URL in the configuration.',
    })
  if (problems.length > 0) throw new InvalidInput(problems)
  return {
    ...after,
    membershipPrivacy: {
      ...after.membershipPrivacy,
      private: DETAILS.filter((detail) => after.membershipPrivacy.private.includes(detail)), // each once, in the one order
    },
    signIn: { ...after.signIn, methods: [...new Set(after.signIn.methods)] },
  }
}

const valueIn = (group: unknown, name: string): unknown => (isGroup(group) ? group[name] : undefined)

/** The settings that differ, by path, for the event. */
export const differences = (before: SecuritySettings, after: SecuritySettings): Readonly<{ before: Json; after: Json }> => {
  const old = new Map(leavesOf(settingsOf(before)))
  const different = leavesOf(settingsOf(after)).filter(([path, value]) => JSON.stringify(old.get(path)) !== JSON.stringify(value))
  return {
    before: Object.fromEntries(different.map(([path]) => [path, old.get(path) ?? null])),
    after: Object.fromEntries(different),
  }
}
