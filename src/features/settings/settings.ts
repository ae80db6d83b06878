/** What administrators decide: one object, one default, one check. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { type BoundedSetting, describeBounds, SETTING_BOUNDS } from '../../policy/bounds.ts'

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

export type SecuritySettings = Readonly<{
  sessions: Readonly<{
    limit: number
    whenLimitReached: SessionLimitAction
    lifetimeSeconds: number
    /** Null: no idle timeout. */
    idleTimeoutSeconds: number | null
  }>
  alerts: Readonly<{ sessionAlerts: boolean; onlyNewDevices: boolean; includeProvenMethods: boolean }>
  signIn: Readonly<{ methods: readonly SignInMethod[]; signUpOpen: boolean; reauthenticationMaxAgeSeconds: number }>
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
  alerts: { sessionAlerts: true, onlyNewDevices: false, includeProvenMethods: false },
  signIn: {
    methods: Object.keys(SIGN_IN_METHODS) as SignInMethod[],
    signUpOpen: true,
    reauthenticationMaxAgeSeconds: SETTING_BOUNDS['signIn.reauthenticationMaxAgeSeconds'].default,
  },
}

/** A partial change: what is left out stays. Null is a value only where "off" is one. */
export type SettingsChange = Readonly<{ [Group in keyof SecuritySettings]?: Partial<Readonly<Record<string, unknown>>> | null }>

/** Settings that null switches off. */
const NULLABLE: readonly string[] = ['sessions.idleTimeoutSeconds']

/** Stored data over the defaults, so that a setting that is newer than the row has its default. */
export const fromStored = (data: Readonly<Record<string, unknown>>): SecuritySettings => {
  const merged = Object.entries(DEFAULT_SETTINGS).map(([group, defaults]) => [
    group,
    { ...defaults, ...(data[group] as object | undefined) },
  ])
  return Object.fromEntries(merged) as SecuritySettings
}

const problemOf = (path: string, value: unknown): string | null => {
  if (value === null) return NULLABLE.includes(path) ? null : 'May not be null. Leave it out to keep it.'
  if (path === 'signIn.methods') return Array.isArray(value) && value.length > 0 ? null : 'Leave at least one way of signing in.'
  const bounds = (SETTING_BOUNDS as Record<string, { min: number; max: number }>)[path]
  if (bounds === undefined || (typeof value === 'number' && value >= bounds.min && value <= bounds.max)) return null
  return `Must be ${describeBounds(path as BoundedSetting)}.`
}

/** @returns the settings with the change made. @throws InvalidInput with every field that is out of bounds. */
export const applyChange = (before: SecuritySettings, change: SettingsChange): SecuritySettings => {
  const problems: InvalidField[] = []
  const groups = Object.entries(before).map(([group, values]) => {
    const given = Object.entries(change[group as keyof SecuritySettings] ?? {}).filter(([, value]) => value !== undefined)
    for (const [name, value] of given) {
      const message = problemOf(`${group}.${name}`, value)
      if (message !== null) problems.push({ path: `input.${group}.${name}`, message })
    }
    return [group, { ...values, ...Object.fromEntries(given) }]
  })
  if (problems.length > 0) throw new InvalidInput(problems)
  const after = Object.fromEntries(groups) as SecuritySettings
  return { ...after, signIn: { ...after.signIn, methods: [...new Set(after.signIn.methods)] } }
}

/** The settings that differ, by path, for the event. */
export const differences = (before: SecuritySettings, after: SecuritySettings): Readonly<{ before: Json; after: Json }> => {
  const flat = (settings: SecuritySettings) =>
    Object.entries({ sessions: settings.sessions, alerts: settings.alerts, signIn: settings.signIn }).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => [`${group}.${name}`, value as Json] as const),
    )
  const old = new Map(flat(before))
  const changed = flat(after).filter(([path, value]) => JSON.stringify(old.get(path)) !== JSON.stringify(value))
  return {
    before: Object.fromEntries(changed.map(([path]) => [path, old.get(path) ?? null])),
    after: Object.fromEntries(changed),
  }
}
