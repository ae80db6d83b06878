/** Whether a new session makes an alert. Pure; the rows are tried from the top and the first that fits decides. */

export type AlertFacts = Readonly<{
  /** The account has never had a session before. */
  isFirstEver: boolean
  /** The device is known: after sign-up on it, a confirmed alert, or a proof of an address or a second factor there. */
  isKnownDevice: boolean
  method: string
  /** The account's own wish. Counts only on known devices. */
  wantsAlerts: boolean
}>

export type AlertSettings = Readonly<{ sessionAlerts: boolean; onlyNewDevices: boolean; includeProvenMethods: boolean }>

/** Methods that have just proven control of the address an alert would go to. */
const PROVEN_METHODS: readonly string[] = ['MAGIC_LINK', 'EMAIL_CODE', 'OAUTH']

type Row = Readonly<{ because: string; applies: (facts: AlertFacts, settings: AlertSettings) => boolean; alerts: boolean }>

export const ALERT_RULES: readonly Row[] = [
  { because: 'alerts are switched off', applies: (_, settings) => !settings.sessionAlerts, alerts: false },
  { because: 'the first session of an account surprises nobody', applies: (facts) => facts.isFirstEver, alerts: false },
  {
    because: 'the method has just proven control of the address',
    applies: (facts, settings) => PROVEN_METHODS.includes(facts.method) && !settings.includeProvenMethods,
    alerts: false,
  },
  { because: 'a new device always alerts', applies: (facts) => !facts.isKnownDevice, alerts: true },
  { because: 'only new devices alert', applies: (_, settings) => settings.onlyNewDevices, alerts: false },
  { because: 'the owner opted out on known devices', applies: (facts) => !facts.wantsAlerts, alerts: false },
  { because: 'a new session alerts', applies: () => true, alerts: true },
]

/** Whether the session that is being opened makes an alert. */
export const makesAlert = (facts: AlertFacts, settings: AlertSettings): boolean =>
  ALERT_RULES.find((row) => row.applies(facts, settings))?.alerts === true

/** Whether a sign-in that proved this makes its device known from then on: by the address, or by a second factor. */
export const makesDeviceKnown = ({ method, factors }: Readonly<{ method: string; factors: readonly string[] }>): boolean =>
  PROVEN_METHODS.includes(method) || factors.length > 1
