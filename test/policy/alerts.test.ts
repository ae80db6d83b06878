import { describe, expect, it } from 'vitest'
import { ALERT_RULES, type AlertFacts, type AlertSettings, makesAlert, PROVEN_METHODS } from '../../src/policy/alerts.ts'

const METHODS = ['PASSWORD', 'MAGIC_LINK', 'EMAIL_CODE', 'OAUTH', 'PHONE_CODE', 'ANONYMOUS', 'SERVER']
const either = [false, true]

const situations = (): readonly (readonly [AlertFacts, AlertSettings])[] =>
  either.flatMap((isFirstEver) =>
    either.flatMap((isKnownDevice) =>
      either.flatMap((wantsAlerts) =>
        METHODS.flatMap((method) =>
          either.flatMap((sessionAlerts) =>
            either.flatMap((onlyNewDevices) =>
              either.map(
                (includeProvenMethods) =>
                  [
                    { isFirstEver, isKnownDevice, wantsAlerts, method },
                    { sessionAlerts, onlyNewDevices, includeProvenMethods },
                  ] as const,
              ),
            ),
          ),
        ),
      ),
    ),
  )

const proves = (method: string): boolean => ['MAGIC_LINK', 'EMAIL_CODE', 'OAUTH'].includes(method)

describe('a new session', () => {
  it('alerts as section 2 of the behaviour says, in every combination', () => {
    for (const [facts, settings] of situations()) {
      const isWelcome = settings.sessionAlerts && !facts.isFirstEver && (!proves(facts.method) || settings.includeProvenMethods)
      const isNews = !facts.isKnownDevice || (!settings.onlyNewDevices && facts.wantsAlerts)
      expect(makesAlert(facts, settings), JSON.stringify([facts, settings])).toBe(isWelcome && isNews)
    }
  })

  const usual: AlertFacts = { isFirstEver: false, isKnownDevice: true, method: 'PASSWORD', wantsAlerts: true }
  const defaults: AlertSettings = { sessionAlerts: true, onlyNewDevices: false, includeProvenMethods: false }
  const rows: readonly (readonly [string, Partial<AlertFacts>, Partial<AlertSettings>, boolean])[] = [
    ['alerts on a known device', {}, {}, true],
    ['alerts on a new device although the owner opted out', { isKnownDevice: false, wantsAlerts: false }, {}, true],
    ['is silent on a known device when the owner opted out', { wantsAlerts: false }, {}, false],
    ['is silent as the first session ever, on a new device too', { isFirstEver: true, isKnownDevice: false }, {}, false],
    ['is silent after a magic link, on a new device too', { method: 'MAGIC_LINK', isKnownDevice: false }, {}, false],
    ['alerts after a magic link if the operators want it', { method: 'MAGIC_LINK' }, { includeProvenMethods: true }, true],
    ['is silent on a known device if only new ones alert', {}, { onlyNewDevices: true }, false],
    ['alerts on a new device if only new ones alert', { isKnownDevice: false }, { onlyNewDevices: true }, true],
    ['is silent everywhere when alerts are off', { isKnownDevice: false }, { sessionAlerts: false }, false],
  ]
  it.each(rows)('%s', (_name, facts, settings, alerts) => {
    expect(makesAlert({ ...usual, ...facts }, { ...defaults, ...settings })).toBe(alerts)
  })

  it('is always decided, and by every row of the table at some time', () => {
    const deciding = new Set(situations().map(([facts, settings]) => ALERT_RULES.find((row) => row.applies(facts, settings))))
    expect(deciding).toEqual(new Set(ALERT_RULES))
    expect(PROVEN_METHODS.every(proves)).toBe(true)
  })
})
