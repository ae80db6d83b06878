/**
 * When a new session alerts: section 2 of the behaviour, written out by hand, row by row. Nothing here is computed from the
 * rules of the code, which are held against it.
 */
import type { AlertSettings } from '../../src/policy/alerts.ts'

/** These have just proven control of the address that an alert would go to. */
const PROVEN = ['MAGIC_LINK', 'EMAIL_CODE', 'OAUTH'] as const

const OTHER = ['PASSWORD', 'PHONE_CODE', 'ANONYMOUS', 'PASSKEY', 'CUSTOM_TOKEN', 'INVITATION', 'SERVER'] as const

export const METHODS = [...PROVEN, ...OTHER]

/** The first session of an account never alerts, and whether another is live makes no difference: neither has a column. */
const TABLE = `
  sessionAlerts  onlyNewDevices  includeProvenMethods  wantsSessionAlerts | other methods: | proven methods:
                                                                          | known   new    | known   new
  on             -               -                     yes                | alert   alert  | -       -
  on             -               -                     no                 | -       alert  | -       -
  on             -               on                    yes                | alert   alert  | alert   alert
  on             -               on                    no                 | -       alert  | -       alert
  on             on              -                     yes                | -       alert  | -       -
  on             on              -                     no                 | -       alert  | -       -
  on             on              on                    yes                | -       alert  | -       alert
  on             on              on                    no                 | -       alert  | -       alert
  -              -               -                     yes                | -       -      | -       -
  -              -               -                     no                 | -       -      | -       -
  -              -               on                    yes                | -       -      | -       -
  -              -               on                    no                 | -       -      | -       -
  -              on              -                     yes                | -       -      | -       -
  -              on              -                     no                 | -       -      | -       -
  -              on              on                    yes                | -       -      | -       -
  -              on              on                    no                 | -       -      | -       -`

type Row = Readonly<{ settings: AlertSettings; wants: boolean; other: readonly boolean[]; proven: readonly boolean[] }>

const rowOf = (line: string): Row => {
  const [conditions = [], other = [], proven = []] = line.split('|').map((part) => part.trim().split(/\s+/))
  const [sessionAlerts, onlyNewDevices, includeProvenMethods] = conditions.map((word) => word === 'on')
  const settings = { sessionAlerts, onlyNewDevices, includeProvenMethods } as AlertSettings // of a row that has all its words
  const alerts = (words: readonly string[]) => words.map((word) => word === 'alert')
  return { settings, wants: conditions[3] === 'yes', other: alerts(other), proven: alerts(proven) }
}

const ROWS = TABLE.split('\n').slice(3).map(rowOf)

/** Every combination, the defaults first. */
export const SETTINGS: readonly AlertSettings[] = ROWS.filter(({ wants }) => wants).map(({ settings }) => settings)

export type Situation = Readonly<{
  method: (typeof METHODS)[number]
  settings: AlertSettings
  wants: boolean
  isFirstEver: boolean
  isKnownDevice: boolean
}>

/** What the table says. */
export const shouldAlert = ({ method, settings, wants, isFirstEver, isKnownDevice }: Situation): boolean => {
  const isRow = (row: Row) => row.wants === wants && JSON.stringify(row.settings) === JSON.stringify(settings)
  const row = ROWS.find(isRow)
  if (row === undefined) throw new Error('no such row')
  const cells = PROVEN.some((proven) => proven === method) ? row.proven : row.other
  return !isFirstEver && cells[isKnownDevice ? 0 : 1] === true
}
