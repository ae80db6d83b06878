/**
 * Whatever somebody types: every argument and every input field of the built schema gets strings, numbers, ids, dates
 * and objects that no client sends by accident. The answer must be a typed result or a refusal, never a fault. The walk
 * follows the schema, so a new field is covered by being there.
 */
import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { afterEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../src/features/settings/settings.ts'
import { schema } from '../src/graphql/schema.ts'
import { SCOPES, type Scope } from '../src/policy/permissions.ts'
import { testApp } from './support/app.ts'
import type { Answer, TestClient } from './support/client.ts'

const app = await testApp({ env: { DEV_CLOCK: 'true' } })

const id = (prefix: string): string => `${prefix}_${'0'.repeat(26)}`
const cursor = (...key: unknown[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

const STRINGS: readonly string[] = [
  '',
  ' ',
  'x'.repeat(20_000),
  '😀'.repeat(10_000),
  '\u0000',
  'a\u0000b@example.com',
  '\u0001\u001b[31m\r\n',
  '\ud83d',
  'a\udc00b@example.com',
  '\u202eelpmaxe@example.com\u200f',
  'مثال@example.com',
  '😀@example.com',
  '%_\\\'";--',
  '__proto__',
  '{{7*7}}<script>alert(1)</script>',
  'null',
  '-1',
  '9'.repeat(400),
]

const CURSORS: readonly string[] = [
  cursor(),
  cursor('x'),
  cursor('x', 'y'),
  cursor('9'.repeat(19)),
  cursor('9'.repeat(19), id('acc')),
  cursor('1', '\u0000'),
  cursor('-1'),
  cursor(1, null),
  cursor({}, []),
]

const IDS: readonly string[] = ['acc', 'ses', 'dev', 'alt', 'evt', 'key', 'ott', 'xxx'].map(id)

/** What no value of any type may do harm with, by scalar. A scalar without a row fails the test. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  String: [...STRINGS, ...CURSORS, `gst_${'A'.repeat(43)}`, 'A'.repeat(43), 1, true, {}],
  ID: [...STRINGS, ...IDS, `acc_${'\u0000'.repeat(26)}`, `ses_${'U'.repeat(26)}`, -1, 2 ** 53],
  Int: [-1, 0, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, 1e300, 1.5, '1'],
  Boolean: ['true', 0],
  DateTime: [
    ...STRINGS,
    '0000-00-00T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59-23:59',
    '2030-02-30T00:00:00Z',
    '2030-01-01',
    '+275760-09-13T00:00:00Z',
    0,
    -1,
  ],
  JSONObject: [
    {},
    [],
    'x',
    null,
    ...STRINGS.map((text) => ({ text })),
    ...STRINGS.map((text) => ({ [text]: 1 })),
    JSON.parse(`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`),
    JSON.parse(`{"list":${'['.repeat(1_000)}${']'.repeat(1_000)}}`),
    { numbers: [1e308, -0, 5e-324, 2 ** 53] },
    JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1},"toJSON":1}'),
  ],
}

/** A value that a field accepts, so that the one beside it is looked at. */
const plain = (type: GraphQLInputType): unknown => {
  const inner = getNullableType(type)
  if (isListType(inner)) return [plain(inner.ofType)]
  if (isEnumType(inner)) return inner.getValues()[0]?.name
  if (isInputObjectType(inner)) return plainObject(inner)
  return { String: 'plain@example.com', ID: id('acc'), Int: 1, Boolean: false, DateTime: '2031-01-01T00:00:00Z', JSONObject: {} }[
    inner.name
  ]
}

const plainObject = (type: GraphQLInputObjectType): Record<string, unknown> =>
  Object.fromEntries(
    Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
      .map((field) => [field.name, plain(field.type)]),
  )

type Hostile = Readonly<{ path: string; value: unknown }>

/** Every way of filling one place of a type with one hostile value, the rest plain. */
const hostile = (type: GraphQLInputType, path: string): readonly Hostile[] => {
  const inner = getNullableType(type)
  if (isListType(inner)) {
    const single = hostile(inner.ofType, path).map(({ value, ...rest }) => ({ ...rest, value: [value] }))
    return [...single, { path, value: [] }, { path, value: Array(2_000).fill(plain(inner.ofType)) }, { path, value: [null] }]
  }
  if (isEnumType(inner)) return ['', 'NOT_A_VALUE', '__proto__', 0].map((value) => ({ path, value }))
  if (isInputObjectType(inner))
    return Object.values(inner.getFields()).flatMap((field) =>
      hostile(field.type, `${path}.${field.name}`).map(({ path: where, value }) => ({
        path: where,
        value: { ...plainObject(inner), [field.name]: value },
      })),
    )
  const values = VALUES[inner.name]
  if (values === undefined) throw new Error(`no hostile values for the scalar ${inner.name}`)
  return [null, ...values].map((value) => ({ path, value }))
}

type Field = GraphQLField<unknown, unknown>

const fieldsOf = (kind: 'Query' | 'Mutation' | 'Subscription'): readonly Field[] =>
  Object.values(schema.getType(kind) === undefined ? {} : (schema[`get${kind}Type`]()?.getFields() ?? {})).filter(
    (field) => field.args.length > 0,
  )

/** Arguments below the root, on the account of whoever asks. */
const accountFields = (): readonly Field[] => {
  const type = schema.getType('Account')
  const fields = type !== undefined && 'getFields' in type ? Object.values(type.getFields()) : []
  return (fields as Field[]).filter((field) => field.args.length > 0)
}

const documentOf = (kind: string, field: Field, around: (selection: string) => string = (selection) => selection): string => {
  const variables = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  return `${kind} (${variables}) { ${around(`${field.name}(${args}) { __typename }`)} }`
}

const required = (field: Field): Record<string, unknown> =>
  Object.fromEntries(field.args.filter((arg) => isNonNullType(arg.type)).map((arg) => [arg.name, plain(arg.type)]))

const casesOf = (field: Field) =>
  field.args.flatMap((arg) =>
    hostile(arg.type, arg.name).map(({ path, value }) => ({ path, variables: { ...required(field), [arg.name]: value } })),
  )

const describeValue = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 120 ? `${text.slice(0, 120)}… (${text.length})` : text
}

/** Somebody who is still there: what ends sessions, deletes accounts or moves time is among the fields. */
const asker = (make: () => Promise<TestClient>) => {
  let browser: TestClient | null = null
  return async (): Promise<TestClient> => {
    if (browser === null || (await browser.gql('{ account { id } }')).data.account === null) browser = await make()
    return browser
  }
}

const person = asker(async () => (await app.person()).browser)
const admin = asker(async () => (await app.admin()).browser)
const program = await app.key(...(Object.keys(SCOPES) as Scope[]))

/** Between them they have the rights for everything: a person, an administrator with fresh proof, a key with every scope. */
const ASKERS: readonly (readonly [string, () => Promise<TestClient>])[] = [
  ['person', person],
  ['administrator', admin],
  ['key', async () => program],
]

/** The client sees a fault, or nothing that says what became of the request. */
const isFault = (answer: Answer | null): boolean => {
  if (answer === null) return true
  const errors = answer.errors ?? []
  if (errors.some((error) => error.extensions?.code === 'INTERNAL_SERVER_ERROR')) return true
  return answer.data == null && errors.length === 0
}

type Ask = (who: TestClient, document: string, variables: Record<string, unknown>) => Promise<Answer | null>

const byHttp: Ask = (who, document, variables) => who.gql(document, variables)

/** Over an event stream: a refusal ends it at once, an accepted subscription listens until it is let go. */
const byStream: Ask = async (who, query, variables) => {
  const quiet = app.app.listening()
  const letGo = new AbortController()
  const response = await who.fetch('/graphql', {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal: letGo.signal,
  })
  let over = false
  const text = response
    .text()
    .catch(() => '')
    .finally(() => {
      over = true
    })
  await expect.poll(() => over || app.app.listening() > quiet, { interval: 2 }).toBe(true)
  letGo.abort()
  await expect.poll(() => app.app.listening(), { interval: 2 }).toBe(quiet)
  const data = /^data: (\{.*\})$/m.exec(await text)?.[1]
  return data === undefined ? { data: {} } : JSON.parse(data)
}

const isRefusedOutright = (answer: Answer | null): boolean =>
  answer?.errors?.some(({ extensions }) => extensions?.code === 'FORBIDDEN' || extensions?.code === 'UNAUTHENTICATED') === true

/** @returns every case that made a fault; a sample will do where the asker may not use the field at all. */
const faultsOf = async (field: Field, document: string, who: () => Promise<TestClient>, ask: Ask = byHttp) => {
  const refused = isRefusedOutright(await ask(await who(), document, required(field)))
  const cases = casesOf(field).filter((_, index) => !refused || index % 10 === 0)
  const faults: string[] = []
  let client = await who()
  for (const { path, variables } of cases) {
    const answer = await ask(client, document, variables).catch(() => null)
    if (isFault(answer)) faults.push(`${path} = ${describeValue(variables)} -> ${describeValue(answer)}`)
    const mayHaveEnded = document.startsWith('mutation') && (answer?.errors === undefined || isRefusedOutright(answer))
    if (mayHaveEnded) client = await who()
  }
  expect((await client.gql('{ account { id } }')).errors).toBeUndefined()
  return faults
}

const named = (fields: readonly Field[]) => fields.map((field) => [field.name, field] as const)

// what is good input to the settings may close the door to the next asker
afterEach(() => app.settings({ ...DEFAULT_SETTINGS }))

describe.each(ASKERS)('input of a %s', { timeout: 120_000 }, (_asker, who) => {
  it.each(named(fieldsOf('Query')))('to the query %s never makes a fault', async (_name, field) => {
    expect(await faultsOf(field, documentOf('query', field), who)).toEqual([])
  })

  it.each(named(fieldsOf('Mutation')))('to the mutation %s never makes a fault', async (_name, field) => {
    expect(await faultsOf(field, documentOf('mutation', field), who)).toEqual([])
  })

  it.each(named(fieldsOf('Subscription')))('to the subscription %s never makes a fault', async (_name, field) => {
    expect(await faultsOf(field, documentOf('subscription', field), who, byStream)).toEqual([])
  })
})

describe('input below the root', () => {
  it.each(named(accountFields()))('to account.%s never makes a fault', async (_name, field) => {
    const document = documentOf('query', field, (selection) => `account { ${selection} }`)
    expect(await faultsOf(field, document, person)).toEqual([])
  })
})
