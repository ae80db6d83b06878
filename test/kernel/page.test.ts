import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInput } from '../../src/kernel/errors.ts'
import { idMaker } from '../../src/kernel/ids.ts'
import { emptyPage, mapPage, PAGE_SIZE, type Page, type PageArgs, pageOf, type Window, windowOf } from '../../src/kernel/page.ts'
import { testClock } from '../support/clock.ts'

/** A list in memory that is read as a store reads its table: in the window's direction, one row more than the page holds. */
const read = (rows: readonly number[], { size, backward, after, before }: Window): readonly number[] => {
  const between = rows.filter((row) => (after === null || row > Number(after[0])) && (before === null || row < Number(before[0])))
  return (backward ? between.toReversed() : between).slice(0, size + 1)
}

const pageFrom = (rows: readonly number[], args: PageArgs): Page<number> => {
  const window = windowOf(args, 1)
  return pageOf(
    window,
    read(rows, window),
    (row) => [String(row)],
    async () => rows.length,
  )
}

const nodesOf = (page: Page<number>): readonly number[] => page.edges.map(({ node }) => node)

const rowsOf = fc
  .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { maxLength: 250 })
  .map((rows) => rows.toSorted((a, b) => a - b))
const sizes = fc.integer({ min: 1, max: PAGE_SIZE.max })

const refusalOf = (args: PageArgs, width = 1) => {
  try {
    windowOf(args, width)
    return null
  } catch (error) {
    return error instanceof InvalidInput ? error.fields : error
  }
}

describe('a page', () => {
  it('read forward to the end gives each row once, in order', () => {
    fc.assert(
      fc.property(rowsOf, sizes, (rows, first) => {
        const seen: number[] = []
        let page = pageFrom(rows, { first })
        expect(page.hasPreviousPage).toBe(false)
        seen.push(...nodesOf(page))
        while (page.hasNextPage) {
          page = pageFrom(rows, { first, after: page.edges.at(-1)?.cursor })
          expect(page.hasPreviousPage).toBe(true)
          expect(page.edges.length).toBeGreaterThan(0)
          seen.push(...nodesOf(page))
        }
        expect(seen).toEqual(rows)
      }),
    )
  })

  it('read backward to the front gives the same rows, each page in the order of the list', () => {
    fc.assert(
      fc.property(rowsOf, sizes, (rows, last) => {
        let seen: number[] = []
        let page = pageFrom(rows, { last })
        expect(page.hasNextPage).toBe(false)
        seen = [...nodesOf(page)]
        while (page.hasPreviousPage) {
          page = pageFrom(rows, { last, before: page.edges[0]?.cursor })
          expect(page.hasNextPage).toBe(true)
          seen = [...nodesOf(page), ...seen]
        }
        expect(seen).toEqual(rows)
      }),
    )
  })

  it('keeps its place while rows come and go around it', () => {
    fc.assert(
      fc.property(rowsOf, sizes, rowsOf, (rows, first, others) => {
        const page = pageFrom(rows, { first })
        const cursor = page.edges.at(-1)
        if (cursor === undefined) return
        // even the row of the cursor itself may be gone
        const next = pageFrom(
          others.filter((row) => row !== cursor.node),
          { first, after: cursor.cursor },
        )
        expect(nodesOf(next)).toEqual(others.filter((row) => row > cursor.node).slice(0, first))
      }),
    )
  })

  it('holds 25 rows unless another number is asked for, and may hold none', () => {
    const rows = Array.from({ length: 200 }, (_, index) => index)
    expect(nodesOf(pageFrom(rows, {}))).toHaveLength(25)
    expect(nodesOf(pageFrom(rows, { first: 100 }))).toHaveLength(100)
    expect(pageFrom(rows, { first: 0 })).toMatchObject({ edges: [], hasNextPage: true })
    expect(nodesOf(pageFrom(rows, { last: 3 }))).toEqual([197, 198, 199])
    expect(nodesOf(pageFrom(rows, { first: null, last: null, after: null, before: null }))).toHaveLength(25)
  })

  it('counts the whole list only when asked', async () => {
    expect(await pageFrom([1, 2, 3], { first: 1 }).totalCount()).toBe(3)
    expect(await emptyPage<number>().totalCount()).toBe(0)
    expect(emptyPage<number>()).toMatchObject({ edges: [], hasNextPage: false, hasPreviousPage: false })
  })

  it('keeps its cursors when its nodes are replaced', () => {
    const page = pageFrom([1, 2, 3], { first: 2 })
    const mapped = mapPage(page, String)
    expect(mapped.edges).toEqual(page.edges.map(({ cursor, node }) => ({ cursor, node: String(node) })))
    expect(mapped.hasNextPage).toBe(true)
  })
})

describe('the arguments of a page', () => {
  it.each([-1, 101, 2_147_483_647, -2_147_483_648])('refuse a size of %i', (size) => {
    expect(refusalOf({ first: size })).toEqual([{ path: 'first', message: 'Must be from 0 to 100.' }])
    expect(refusalOf({ last: size })).toEqual([{ path: 'last', message: 'Must be from 0 to 100.' }])
  })

  it('refuse first together with last', () => {
    expect(refusalOf({ first: 1, last: 1 })).toEqual([{ path: 'last', message: 'Give first or last, not both.' }])
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  it.each([
    '',
    'not a cursor',
    encode(['1', '2']),
    encode([]),
    encode([1]),
    encode([null]),
    encode('1'),
    encode({ 0: '1', length: 1 }),
    'W10',
    encode(['-1']),
    encode(['1e3']),
    encode(['1.5']),
    encode(['']),
    encode(['253402300800000']),
    encode(['٣']),
    `${encode(['1'])}${encode(['1'])}`,
  ])('refuse the cursor %j', (cursor) => {
    expect(refusalOf({ after: cursor })).toEqual([{ path: 'after', message: 'This is not a cursor of this list.' }])
    expect(refusalOf({ before: cursor })).toEqual([{ path: 'before', message: 'This is not a cursor of this list.' }])
  })

  it('refuse whatever is typed in place of a cursor, and nothing else happens', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (cursor) => Array.isArray(refusalOf({ after: cursor }, 7))))
  })

  const id = idMaker(testClock(), randomBytes)
  const moments = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }).map(String)

  it('read back the cursor that a page gave: a moment or a position, then ids', () => {
    fc.assert(
      fc.property(moments, fc.boolean(), (moment, withId) => {
        const key = withId ? [moment, id('Session')] : [moment]
        const page = pageOf(
          windowOf({}, key.length),
          ['row'],
          () => key,
          async () => 1,
        )
        expect(windowOf({ after: page.edges[0]?.cursor }, key.length).after).toEqual(key)
        expect(refusalOf({ after: page.edges[0]?.cursor }, key.length + 1)).toHaveLength(1)
      }),
    )
  })

  it('refuse a cursor with something else in place of an id', () => {
    for (const forged of ['', 'x', "' OR 1=1", 'ses_', id('Session').toLowerCase(), `${id('Session')}\u0000`])
      expect(refusalOf({ after: encode(['1', forged]) }, 2), forged).toHaveLength(1)
  })
})
