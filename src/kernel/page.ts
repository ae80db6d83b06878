/** Keyset pages. A cursor is opaque to clients: the base64url of the values a row is ordered by. */
import { refuseField } from './errors.ts'
import { nounOf } from './ids.ts'

export type PageArgs = Readonly<{
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}>

export type Page<T> = Readonly<{
  edges: readonly Readonly<{ cursor: string; node: T }>[]
  hasNextPage: boolean
  hasPreviousPage: boolean
  totalCount: () => Promise<number>
}>

export const PAGE_SIZE = { default: 25, max: 100 } as const

/** Where a page starts and which way it runs. `backward` reads the order in reverse and turns the rows round again. */
export type Window = Readonly<{
  size: number
  backward: boolean
  after: readonly string[] | null
  before: readonly string[] | null
}>

const encodeCursor = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** The last millisecond of the year 9999: beyond it a number is neither a moment nor a position of ours. */
const GREATEST_MOMENT = 253_402_300_799_999

/** What a list is ordered by before it is ordered by ids. */
export type LeadingKey = 'MOMENT' | 'TEXT'

/** Longer than any name or address that a list is ordered by. */
const LONGEST_TEXT = 512

const LEADS: Readonly<Record<LeadingKey, (part: string) => boolean>> = {
  /** Or a position. */
  MOMENT: (part) => /^\d{1,15}$/.test(part) && Number(part) <= GREATEST_MOMENT,
  TEXT: (part) => part.length <= LONGEST_TEXT && !part.includes('\0') && Buffer.from(part).toString() === part,
}

/** A forged value must not reach the database. */
const isKey = (key: unknown, width: number, leading: LeadingKey): key is readonly string[] =>
  Array.isArray(key) &&
  key.length === width &&
  key.every((part, index) => typeof part === 'string' && (index === 0 ? LEADS[leading](part) : nounOf(part) !== null))

const decodeCursor = (path: string, cursor: string, width: number, leading: LeadingKey): readonly string[] => {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (isKey(key, width, leading)) return key
  } catch {
    // answered below: the caller learns that the cursor is not one of ours, whatever was wrong with it
  }
  return refuseField(path, 'This is not a cursor of this list.')
}

const sizeOf = (path: string, value: number): number =>
  value >= 0 && value <= PAGE_SIZE.max ? value : refuseField(path, `Must be from 0 to ${PAGE_SIZE.max}.`)

/**
 * Checks the arguments of a connection.
 * @param width how many values a cursor of this list holds.
 * @param leading what the first of them is.
 * @throws InvalidInput for sizes out of bounds, for `first` together with `last`, and for foreign cursors.
 */
export const windowOf = (args: PageArgs, width: number, leading: LeadingKey = 'MOMENT'): Window => {
  if (args.first != null && args.last != null) refuseField('last', 'Give first or last, not both.')
  const backward = args.last != null
  return {
    backward,
    size: backward ? sizeOf('last', args.last ?? 0) : sizeOf('first', args.first ?? PAGE_SIZE.default),
    after: args.after == null ? null : decodeCursor('after', args.after, width, leading),
    before: args.before == null ? null : decodeCursor('before', args.before, width, leading),
  }
}

/**
 * Makes a page of rows that were read in the window's direction, one more than it holds.
 * @param keyOf the values a row is ordered by, as text.
 */
export const pageOf = <T>(
  window: Window,
  rows: readonly T[],
  keyOf: (row: T) => readonly string[],
  totalCount: () => Promise<number>,
): Page<T> => {
  const more = rows.length > window.size
  const kept = rows.slice(0, window.size)
  const nodes = window.backward ? kept.toReversed() : kept
  return {
    edges: nodes.map((node) => ({ cursor: encodeCursor(keyOf(node)), node })),
    hasNextPage: window.backward ? window.before !== null : more,
    hasPreviousPage: window.backward ? more : window.after !== null,
    totalCount,
  }
}

/** A page over other nodes: the same cursors, each node replaced. */
export const mapPage = <T, U>(page: Page<T>, change: (node: T) => U): Page<U> => ({
  ...page,
  edges: page.edges.map(({ cursor, node }) => ({ cursor, node: change(node) })),
})

/** A page with nothing in it. */
export const emptyPage = <T>(): Page<T> => ({ edges: [], hasNextPage: false, hasPreviousPage: false, totalCount: async () => 0 })
