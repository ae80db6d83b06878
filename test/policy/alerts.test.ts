import { describe, expect, it } from 'vitest'
import { SIGN_IN_METHODS } from '../../src/features/settings/settings.ts'
import { ALERT_RULES, makesAlert, makesDeviceKnown } from '../../src/policy/alerts.ts'
import { METHODS, SETTINGS, type Situation, shouldAlert } from './alert-table.ts'

const either = [false, true]

const situations = (): readonly Situation[] =>
  METHODS.flatMap((method) =>
    SETTINGS.flatMap((settings) =>
      either.flatMap((wants) =>
        either.flatMap((isFirstEver) => either.map((isKnownDevice) => ({ method, settings, wants, isFirstEver, isKnownDevice }))),
      ),
    ),
  )

/** In the words of the rules. */
const factsOf = ({ wants, settings: _, ...facts }: Situation) => ({ ...facts, wantsAlerts: wants })

describe('a new session', () => {
  it('alerts as section 2 of the behaviour says, in every combination', () => {
    expect(METHODS.toSorted()).toEqual(Object.keys(SIGN_IN_METHODS).toSorted())
    expect(new Set(SETTINGS.map((settings) => JSON.stringify(settings))).size).toBe(8)
    for (const situation of situations())
      expect(makesAlert(factsOf(situation), situation.settings), JSON.stringify(situation)).toBe(shouldAlert(situation))
  })

  it('is decided by every row of the rules at some time', () => {
    const deciding = situations().map((situation) =>
      ALERT_RULES.find((row) => row.applies(factsOf(situation), situation.settings)),
    )
    expect(new Set(deciding)).toEqual(new Set(ALERT_RULES))
  })

  it('makes its device known if it proved an address or a second factor', () => {
    const known = METHODS.filter((method) => makesDeviceKnown({ method, factors: ['ONE'] }))
    expect(known).toEqual(['MAGIC_LINK', 'EMAIL_CODE', 'OAUTH'])
    for (const method of METHODS) expect(makesDeviceKnown({ method, factors: ['ONE', 'TWO'] }), method).toBe(true)
  })
})
