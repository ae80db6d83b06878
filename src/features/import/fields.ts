/** Fields of other systems' exports, which say one thing in many ways. What cannot be read is taken for not there. */

export type Fields = Readonly<Record<string, unknown>>

/** An empty text says nothing. */
export const text = (value: unknown): string | null => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** As JSON, PostgreSQL and spreadsheets write it. */
export const flag = (value: unknown): boolean => value === true || value === 1 || /^(true|t|1|yes)$/i.test(String(value))

/** An object, or the JSON text of one. */
export const fields = (value: unknown): Fields => {
  const found = typeof value === 'string' ? parsed(value) : value
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Fields) : {}
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** PostgreSQL's own spelling has a space, and no minutes in its zone. */
const asIso = (moment: string): string =>
  moment
    .trim()
    .replace(/^(\S+) (\S+)$/, '$1T$2')
    .replace(/([+-]\d\d)$/, '$1:00')

/** A text such as RFC 3339 or PostgreSQL has it, milliseconds since 1970 as number or digits, or what MongoDB exports. */
export const moment = (value: unknown): Date | null => {
  if (typeof value === 'object' && value !== null && '$date' in value) return moment(value.$date)
  const isNumber = typeof value === 'number' || /^\d{10,14}$/.test(String(value))
  const date = new Date(isNumber ? Number(value) : asIso(text(value) ?? ''))
  return Number.isNaN(date.getTime()) ? null : date
}

/** The bytes of a text as a salt is written here. */
export const asSalt = (salt: string): string => Buffer.from(salt).toString('base64')
