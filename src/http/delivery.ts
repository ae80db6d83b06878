/** How an item of a stream becomes an answer, the same for sockets and event streams. */
import { type DocumentNode, type ExecutionResult, execute, GraphQLError } from 'graphql'
import { makeContext, type Services } from '../graphql/context.ts'
import { schema } from '../graphql/schema.ts'
import type { Item } from '../graphql/subscription.ts'
import { socketCookies } from './cookie-port.ts'
import type { Question } from './fan-out.ts'
import type { ResultMask } from './graphql.ts'

/** Yoga notes an HTTP status on what it refuses; in a stream there is none. The error may be in a cache and stays as it is. */
export const withoutStatus = (error: GraphQLError): GraphQLError => {
  const { http: _http, ...extensions } = error.extensions
  const { message, nodes = null, source = null, positions = null, path = null } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}

/** A result as JSON. */
export const textOf = (result: ExecutionResult): string =>
  JSON.stringify(result.errors === undefined ? result : { ...result, errors: result.errors.map(withoutStatus) })

/** @returns what makes the answer to a question about one item. */
export const answering =
  (services: Services, mask: ResultMask) =>
  async ({ document, operationName, variables, viewer, reading }: Question<DocumentNode>, item: Item): Promise<string> => {
    // a context for each: what the one before has loaded may have changed since
    const facts = { viewer, source: reading.source, cookies: socketCookies(reading), signedOutReason: null, own: null }
    const result = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      rootValue: item,
      contextValue: makeContext(services, facts),
    })
    return textOf(mask(reading.source.requestId, result))
  }
