/** DateTime and JSONObject: strict on the way in. */
import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql'
import type { Json } from '../kernel/events.ts'
import { builder } from './builder.ts'

/** RFC 3339, as in its section 5.6; a time zone is obligatory. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

const parseDateTime = (value: unknown): Date => {
  const date = typeof value === 'string' && RFC_3339.test(value) ? new Date(value.toUpperCase()) : null
  const isReal = date !== null && !Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999
  // a day such as February 30 rolls over in JavaScript; the day that was typed must be the day that was meant
  const dayExists =
    isReal &&
    typeof value === 'string' &&
    Number(value.slice(8, 10)) <= new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate()
  if (!isReal || !dayExists) throw new GraphQLError('DateTime must be an RFC 3339 time such as 2030-01-31T12:00:00Z.')
  return date
}

builder.scalarType('DateTime', {
  description: 'A moment in UTC, RFC 3339, such as `2030-01-31T12:00:00.000Z`. Precise to the millisecond.',
  serialize: (value) => value.toISOString(),
  parseValue: parseDateTime,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw new GraphQLError('DateTime must be a string.')
    return parseDateTime(node.value)
  },
})

const parseObject = (value: unknown): Readonly<Record<string, Json>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GraphQLError('JSONObject must be an object.')
  return value as Record<string, Json>
}

builder.scalarType('JSONObject', {
  description: 'A JSON object with any keys.',
  serialize: (value) => value,
  parseValue: parseObject,
  parseLiteral: (node, variables) => parseObject(valueFromASTUntyped(node, variables)),
})
