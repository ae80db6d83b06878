import { GraphQLError, getIntrospectionQuery, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { documentLimits, parseWithin } from '../../src/graphql/limits.ts'
import { schema } from '../../src/graphql/schema.ts'
import { TRANSPORT_LIMITS } from '../../src/policy/bounds.ts'

const broken = (document: string): readonly unknown[] =>
  validate(schema, parseWithin(document), [documentLimits]).map((error) => error.extensions.limit)

/** What the document costs, as its refusal says; null if it is not refused for that. */
const costOf = (document: string): number | null => {
  const [error] = validate(schema, parseWithin(document), [documentLimits]).filter(
    ({ extensions }) => extensions.limit === 'cost',
  )
  return error === undefined ? null : Number(/([\d,]+) cost/.exec(error.message)?.[1]?.replaceAll(',', ''))
}

/** `{ account { sessions { nodes { account { … id } } } } }`, so many levels deep, of the cheapest pages. */
const deep = (levels: number): string => {
  let inner = 'id'
  for (let left = levels - 1, isAccount = true; left > 0; left -= 1, isAccount = !isAccount)
    inner = left % 2 === 1 ? `account { ${inner} }` : `currentSession { ${inner} }`
  return `{ ${inner} }`
}

const aliases = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, index) => `a${index}: signedOutReason`).join(' ')} }`

describe('a document', () => {
  it('may be ten levels deep, the leaf counted, and no deeper', () => {
    expect(broken(deep(10))).toEqual([])
    expect(broken(deep(11))).toEqual(['depth'])
  })

  it('is as deep with fragments as without', () => {
    const wrapped = (document: string) =>
      document.replace(/^\{(.*)\}$/, 'query { ...Root } fragment Root on Query { ... on Query {$1} }')
    expect(broken(wrapped(deep(10)))).toEqual([])
    expect(broken(wrapped(deep(11)))).toEqual(['depth'])
  })

  it('may have fifteen aliases and no more, wherever they stand', () => {
    expect(broken(aliases(15))).toEqual([])
    expect(broken(aliases(16))).toEqual(['aliases'])
    const spread = `fragment F on Query { a: signedOutReason b: signedOutReason } { ${'...F '.repeat(8)} }`
    expect(broken(spread)).toEqual(['aliases'])
    expect(
      broken(`{ account { ${aliases(8).slice(1, -1).replaceAll('signedOutReason', 'id')} } ${aliases(8).slice(1, -1)} }`),
    ).toEqual(['aliases'])
  })

  it('may have a thousand tokens and no more', () => {
    const tokens = (count: number) => `{ ${'id '.repeat(count - 2)}}`
    expect(() => parseWithin(tokens(TRANSPORT_LIMITS.tokens))).not.toThrow()
    expect(() => parseWithin(tokens(TRANSPORT_LIMITS.tokens + 1))).toThrow(GraphQLError)
  })

  it('may ask the schema for itself, as GraphiQL does', () => {
    expect(broken(getIntrospectionQuery())).toEqual([])
  })

  it('does not hide behind names that start like those of the schema', () => {
    expect(broken(`{ __schema { types { name } } ${deep(11).slice(1, -1)} }`)).toEqual(['depth'])
  })

  it('is told every limit it breaks, with the most that is allowed', () => {
    const errors = validate(schema, parseWithin(`{ ${deep(11).slice(1, -1)} ${aliases(16).slice(1, -1)} }`), [documentLimits])
    expect(errors.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
      {
        message: 'The document is too large: 11 levels deep, at most 10 are allowed.',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: 'depth', max: 10 },
      },
      {
        message: 'The document is too large: 16 aliases, at most 15 are allowed.',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: 'aliases', max: 15 },
      },
    ])
  })

  it('is measured an operation at a time', () => {
    expect(broken(`query A ${aliases(15)} query B ${aliases(15)}`)).toEqual([])
    expect(broken(`query A ${aliases(15)} query B ${aliases(16)}`)).toEqual(['aliases'])
  })

  it('that spreads itself, or what is not there, ends the walk', () => {
    expect(broken('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')).toEqual([])
    expect(broken('{ ...Missing nonsense { id } }')).toEqual([])
  })

  it('of fragments that double each other is measured at once, and refused', () => {
    const levels = Array.from({ length: 60 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)
    const bomb = `{ ...F0 } ${levels.join(' ')} fragment F60 on Query { a: signedOutReason }`
    expect(broken(bomb)).toEqual(['aliases'])
  })
})

describe('the cost of a document', () => {
  const page = (args: string, inner: string) => `accounts${args} { nodes { ${inner} } }`
  const sessions = (args: string) => `sessions${args} { nodes { id } }`

  it('lets a page of accounts with a page of sessions each pass', () => {
    expect(broken(`{ ${page('', sessions(''))} }`)).toEqual([])
    expect(
      broken(`{ ${page('', 'sessions { edges { cursor node { id device { label } } } pageInfo { hasNextPage } totalCount }')} }`),
    ).toEqual([])
  })

  it('refuses the largest page of the largest pages', () => {
    expect(broken(`{ ${page('(first: 100)', sessions('(first: 100)'))} }`)).toEqual(['cost'])
    expect(broken(`{ ${page('(last: 100)', sessions('(last: 100)'))} }`)).toEqual(['cost'])
  })

  it('counts the most for a size that comes in a variable', () => {
    const given = `query ($n: Int) { ${page('(first: $n)', sessions('(first: $n)'))} }`
    expect(costOf(given)).toBe(costOf(`{ ${page('(first: 100)', sessions('(first: 100)'))} }`))
  })

  it('is the same through edges, nodes and fragments', () => {
    const nodes = costOf(`{ ${page('(first: 100)', sessions('(first: 100)'))} }`)
    expect(
      costOf('{ accounts(first: 100) { edges { node { sessions(first: 100) { edges { node { id } } } } } } }'),
    ).toBeGreaterThanOrEqual(nodes ?? 0)
    expect(
      costOf(
        `{ accounts(first: 100) { ...P } } fragment P on AccountConnection { nodes { ... on Account { ${sessions('(first: 100)')} } } }`,
      ),
    ).toBe(nodes)
  })

  it('is no longer counted beyond every limit', () => {
    const nested = (levels: number): string =>
      levels === 0 ? 'id' : `account { sessions(first: 100) { nodes { ${nested(levels - 1)} } } }`
    expect(broken(`{ ${nested(3)} }`)).toEqual(['cost'])
    expect(costOf(`{ ${nested(30)} }`)).toBeLessThanOrEqual(1e12)
  })

  it('does not shrink below zero for a negative size', () => {
    const big = page('(first: 100)', sessions('(first: 100)'))
    expect(broken(`{ accounts(first: -1000000) { nodes { id } } ${big} }`)).toEqual(expect.arrayContaining(['cost']))
  })

  it('makes a mutation dearer than a question by ten', () => {
    const dear = `account { sessions(first: 100) { nodes { account { ${sessions('(first: 100)')} } } } }`
    const change = `mutation { finishSignIn(input: { ticket: "", endSessionId: "" }) { ... on SignInPayload { ${dear} } } }`
    expect((costOf(change) ?? 0) - (costOf(`{ ${dear} }`) ?? 0)).toBe(10)
  })
})
