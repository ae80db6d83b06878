import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../../src/features/settings/settings.ts'
import { SETTING_BOUNDS } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()
const operator = await app.key('SETTINGS_WRITE', 'SETTINGS_READ')

const SETTINGS = `sessions { limit whenLimitReached lifetimeSeconds idleTimeoutSeconds }
  passwords { minLength historyLength dictionary personalData breached whenBreachedUnknown endOtherSessionsOnChange
    hashing { memoryKiB iterations parallelism } }
  alerts { sessionAlerts onlyNewDevices includeProvenMethods }
  membershipPrivacy { private ownersSeeAll }
  signIn { methods signUpOpen discloseTakenEmail reauthenticationMaxAgeSeconds } updatedAt`

const update = (who: TestClient, input: Record<string, unknown>) =>
  who.gql(
    `mutation ($input: UpdateSecuritySettingsInput!) { updateSecuritySettings(input: $input) { __typename
      ... on UpdateSecuritySettingsPayload { endedSessions securitySettings { ${SETTINGS} } }
      ... on InvalidInputError { fields { path } } } }`,
    { input },
  )

const current = async () => (await operator.gql(`{ securitySettings { ${SETTINGS} } }`)).data.securitySettings

const changed = async (input: Record<string, unknown>) => {
  const { data } = await update(operator, input)
  expect(data.updateSecuritySettings.__typename).toBe('UpdateSecuritySettingsPayload')
  return data.updateSecuritySettings
}

const refusedFields = async (input: Record<string, unknown>): Promise<string[]> => {
  const { data } = await update(operator, input)
  expect(data.updateSecuritySettings.__typename, JSON.stringify(input)).toBe('InvalidInputError')
  return data.updateSecuritySettings.fields.map((field: { path: string }) => field.path)
}

const nested = (path: string, value: unknown): Record<string, unknown> =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>

/** With this, every value of the other is strong enough. */
const STRONG: Readonly<Record<string, Record<string, unknown>>> = {
  'passwords.hashing.memoryKiB': nested('passwords.hashing.iterations', 16),
  'passwords.hashing.iterations': nested('passwords.hashing.memoryKiB', 47_104),
}

const pathsOf = (group: object, path = ''): readonly string[] =>
  Object.entries(group).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? pathsOf(value, `${path}${name}.`) : [`${path}${name}`],
  )

/** Settings that null switches off; everywhere else it is no value. */
const NULLABLE = ['sessions.idleTimeoutSeconds']

describe('securitySettings', () => {
  it('are public and begin with the defaults', async () => {
    expect(await current()).toEqual({ ...DEFAULT_SETTINGS, updatedAt: null })
    const { data } = await app.browser().gql(`{ securitySettings { ${SETTINGS} } }`)
    const passwords = { ...DEFAULT_SETTINGS.passwords, hashing: null }
    expect(data.securitySettings).toEqual({ ...DEFAULT_SETTINGS, passwords, updatedAt: null })
  })
})

describe('updateSecuritySettings', () => {
  it.each(Object.entries(SETTING_BOUNDS))('holds %s to its bounds', async (path, { min, max, default: usual }) => {
    await changed({ ...DEFAULT_SETTINGS, ...STRONG[path] })
    const before = await current()
    for (const value of [min - 1, max + 1, -1, 0].filter((number) => number < min || number > max))
      expect(await refusedFields(nested(path, value))).toEqual([`input.${path}`])
    expect(await current()).toEqual(before)
    for (const value of [min, max, usual])
      expect((await changed(nested(path, value))).securitySettings).toMatchObject(nested(path, value))
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('never lets hashing be weaker than the weakest pair that OWASP accepts', async () => {
    const hashing = (iterations: number, memoryKiB: number) => ({ passwords: { hashing: { iterations, memoryKiB } } })
    for (const [iterations, least] of [
      [1, 47_104],
      [2, 19_456],
      [3, 12_288],
      [4, 9_216],
      [5, 7_168],
      [16, 7_168],
    ] as const) {
      if (least > 7_168)
        expect(await refusedFields(hashing(iterations, least - 1))).toEqual(['input.passwords.hashing.memoryKiB'])
      await changed(hashing(iterations, least))
    }
    await changed(hashing(4, 9_216))
    expect(await refusedFields({ passwords: { hashing: { iterations: 3 } } })).toEqual(['input.passwords.hashing.memoryKiB'])
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('does not promise what the configuration cannot hold: without a source there are no breached passwords', async () => {
    expect(await refusedFields({ passwords: { breached: true, minLength: 7 } })).toEqual([
      'input.passwords.minLength',
      'input.passwords.breached',
    ])
    expect((await changed({ passwords: { breached: false, whenBreachedUnknown: 'REFUSE' } })).securitySettings).toMatchObject({
      passwords: { breached: false, whenBreachedUnknown: 'REFUSE' },
    })
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('takes null only where null is a value', async () => {
    for (const path of pathsOf(DEFAULT_SETTINGS))
      if (NULLABLE.includes(path)) expect((await changed(nested(path, null))).securitySettings).toMatchObject(nested(path, null))
      else expect(await refusedFields(nested(path, null))).toEqual([`input.${path}`])
    expect(await refusedFields({ signIn: { methods: [] } })).toEqual(['input.signIn.methods'])
  })

  it('changes what is given and keeps the rest', async () => {
    await changed({ sessions: { ...DEFAULT_SETTINGS.sessions } })
    const { securitySettings } = await changed({
      sessions: { limit: 7 },
      alerts: { onlyNewDevices: true },
      signIn: { methods: ['PASSKEY', 'PASSWORD', 'PASSWORD'] },
    })
    expect(securitySettings).toEqual({
      ...DEFAULT_SETTINGS,
      sessions: { ...DEFAULT_SETTINGS.sessions, limit: 7 },
      alerts: { ...DEFAULT_SETTINGS.alerts, onlyNewDevices: true },
      signIn: { ...DEFAULT_SETTINGS.signIn, methods: ['PASSKEY', 'PASSWORD'] },
      updatedAt: app.clock.now().toISOString(),
    })
    expect(await current()).toEqual(securitySettings)
    app.clock.advance(5)
    const later = await changed({ sessions: null, alerts: {}, passwords: { hashing: null } })
    expect(later.securitySettings).toEqual({ ...securitySettings, updatedAt: app.clock.now().toISOString() })
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('names every bad field at once and changes nothing', async () => {
    const before = await current()
    const bad = { sessions: { limit: 0, lifetimeSeconds: 59 }, signIn: { reauthenticationMaxAgeSeconds: 1, signUpOpen: false } }
    expect((await refusedFields(bad)).toSorted()).toEqual([
      'input.sessions.lifetimeSeconds',
      'input.sessions.limit',
      'input.signIn.reauthenticationMaxAgeSeconds',
    ])
    expect(await current()).toEqual(before)
  })

  it('records one event with what it was before and after', async () => {
    await changed({ sessions: { limit: 10 }, alerts: { sessionAlerts: true } })
    await changed({ sessions: { limit: 3, whenLimitReached: 'END_OLDEST' }, alerts: { sessionAlerts: false } })
    const log = await app.key('EVENTS_READ', 'KEYS_READ')
    const { nodes } = (
      await log.gql(
        '{ events(first: 2, filter: { types: ["settings.updated"] }) { nodes { actor { kind apiKey { name } } details } } }',
      )
    ).data.events
    expect(nodes[0]).toEqual({
      actor: { kind: 'API_KEY', apiKey: { name: 'test' } },
      details: {
        version: nodes[1].details.version + 1,
        before: { 'sessions.limit': 10, 'alerts.sessionAlerts': true },
        after: { 'sessions.limit': 3, 'alerts.sessionAlerts': false },
      },
    })
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('needs a fresh proof of an administrator, by the age that the settings themselves name', async () => {
    const admin = await app.admin()
    const input = { alerts: { onlyNewDevices: false } }
    expect((await update(admin.browser, input)).data.updateSecuritySettings).not.toBeNull()
    app.clock.advance(601)
    const stale = await update(admin.browser, input)
    expect(stale.data.updateSecuritySettings).toBeNull()
    expect(stale.errors?.[0]?.extensions).toEqual({ code: 'REAUTHENTICATION_REQUIRED', maxAgeSeconds: 600 })
    await changed({ signIn: { reauthenticationMaxAgeSeconds: 3_600 } })
    expect((await update(admin.browser, input)).data.updateSecuritySettings).not.toBeNull()
    await changed({ ...DEFAULT_SETTINGS })
  })

  it('is refused to keys without the scope, to people and to guests, whatever the input', async () => {
    for (const input of [{ sessions: { limit: 5 } }, { sessions: { limit: 0 } }]) {
      const ask = async (who: TestClient) => (await update(who, input)).errors?.[0]?.extensions.code
      expect(await ask(await app.key('SETTINGS_READ'))).toBe('FORBIDDEN')
      expect(await ask((await app.person()).browser)).toBe('FORBIDDEN')
      expect(await ask(app.browser())).toBe('UNAUTHENTICATED')
    }
    expect((await current()).sessions.limit).toBe(10)
  })
})
