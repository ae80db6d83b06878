/** The only file that knows what an error looks like on the wire: a member of a result union, or `extensions.code`. */
import type { FieldMap } from '@pothos/core'
import { GraphQLError } from 'graphql'
import { DomainError, ERROR_CODES, type ErrorCode, InvalidInput } from '../kernel/errors.ts'
import { asRefusal } from '../ports/db/index.ts'
import type { Log } from '../ports/log.ts'
import { builder, type Types } from './builder.ts'
import { enumFrom } from './enums.ts'

const meanings = Object.fromEntries(Object.entries(ERROR_CODES).map(([code, { meaning }]) => [code, meaning])) as Record<
  ErrorCode,
  string
>

const ErrorCodeEnum = enumFrom(
  'ErrorCode',
  'Why something was refused. More codes may come: treat an unknown one like its message.',
  meanings,
)

const UserErrorRef = builder.interfaceRef<DomainError>('UserError')
builder.interfaceType(UserErrorRef, {
  description: 'Every error in a result union. `... on UserError { code message }` handles the ones a client does not know yet.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, description: 'For programs. Never changes its meaning.' }),
    message: t.exposeString('message', { description: 'For people, in English. May change.' }),
  }),
})

// biome-ignore lint/suspicious/noExplicitAny: a class is called with whatever its own constructor takes
export type ErrorClass<E extends DomainError = DomainError> = new (...args: any[]) => E

type ErrorRef = ReturnType<typeof builder.objectRef<DomainError>>

const errorTypes = new Map<ErrorClass, Readonly<{ name: string; ref: ErrorRef }>>()

/** Makes the object type of an error class. Its name is the class's with "Error" behind it. */
export const errorType = <E extends DomainError>(
  errorClass: ErrorClass<E>,
  description: string,
  fields?: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, E>) => FieldMap,
): void => {
  const name = `${errorClass.name}Error`
  const ref = builder.objectRef<E>(name)
  // the builder cannot see that every E is a DomainError, which is what the interface reads
  builder.objectType(ref, { description, interfaces: [UserErrorRef as never], fields: (t) => fields?.(t) ?? {} })
  errorTypes.set(errorClass, { name, ref: ref as unknown as ErrorRef })
}

/** @throws TypeError for a class without a type. */
export const errorRefOf = (errorClass: ErrorClass) => {
  const known = errorTypes.get(errorClass)
  if (known === undefined) throw new TypeError(`${errorClass.name} has no error type`)
  return known
}

const InvalidFieldRef = builder.objectRef<{ path: string; message: string }>('InvalidField')
builder.objectType(InvalidFieldRef, {
  description: 'One input field that is not acceptable.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where it stands, such as `input.email`.' }),
    message: t.exposeString('message', { description: 'What is wrong with it, for people.' }),
  }),
})

errorType(InvalidInput, 'Returned when one or more input fields are not acceptable.', (t) => ({
  fields: t.field({
    type: [InvalidFieldRef],
    description: 'Each unacceptable field, all at once.',
    resolve: (error) => [...error.fields],
  }),
}))

/** What a client sees of an error that is not a result: a refusal with its code, or a fault with a request id and nothing else. */
export const maskError = (error: unknown, requestId: string, log: Log): GraphQLError => {
  const graphqlError = error instanceof GraphQLError ? error : null
  const cause = asRefusal(graphqlError === null ? error : graphqlError.originalError)
  const where = graphqlError === null ? {} : { nodes: graphqlError.nodes ?? [], path: graphqlError.path ?? null }
  if (cause instanceof DomainError)
    return new GraphQLError(cause.message, { ...where, extensions: { ...cause.data, code: cause.code } })
  if (graphqlError !== null && (cause === undefined || cause === null || cause instanceof GraphQLError)) {
    // variables that do not fit: bad input, and by the HTTP rules a 400 only where the media type knows of it
    if (graphqlError.extensions.http !== undefined && graphqlError.extensions.code === undefined)
      Object.assign(graphqlError.extensions, { code: 'INVALID_INPUT', http: { status: 400, spec: true } })
    return graphqlError
  }
  log.error({ error: cause, requestId }, 'a request failed')
  return new GraphQLError('Unexpected error.', { ...where, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })
}
