/**
 * The short way through Yoga's pipeline, for the request that nearly every request is: a POST of JSON with a document that
 * is known to be good. It runs the same parse, validate, context and execute with every plugin on them. Whatever is
 * unusual (another shape, a bad document, a subscription, a refusal before execution) takes the long way, which answers
 * for all the corners of the protocol; a test proves that both ways answer alike.
 */
import { type DocumentNode, getOperationAST } from 'graphql'
import type { Context, RequestFacts } from '../graphql/context.ts'
import type { Graphql } from './graphql.ts'
import { paramsOfBody } from './params.ts'

export type ShortAnswer = Readonly<{ contentType: string; text: string }>

const ANSWERS: ReadonlySet<string> = new Set(['application/json', 'application/graphql-response+json'])

/** One wish of an Accept header, at most with a quality, which Yoga does not weigh: the first that can be had counts. */
const WISH = /^\s*([^\s;]+)\s*(;\s*q=[\d.]+\s*)?$/i

/** The media type that the long way would answer in; null where the header says more than the short way understands. */
const answerType = (accept = 'application/json'): string | null => {
  if (ANSWERS.has(accept)) return accept
  if (accept === '*/*') return 'application/json'
  const wishes = accept.split(',').filter((wish) => wish.includes('json'))
  const types = wishes.map((wish) => WISH.exec(wish)?.[1])
  return types.includes(undefined) ? null : (types.find((type) => type !== undefined && ANSWERS.has(type)) ?? null)
}

/** Asks once for each document that the parser's cache gives again; what has passed is forgotten with it. */
const rememberValid = () => {
  const valid = new WeakSet<DocumentNode>()
  return (document: DocumentNode, validate: () => readonly unknown[]): boolean => {
    if (valid.has(document)) return true
    if (validate().length > 0) return false
    valid.add(document)
    return true
  }
}

/** @returns the answer, or null if this request has to take the long way; nothing has been executed then. */
export const shortWay = (graphql: Graphql) => {
  const isValid = rememberValid()
  return async (accept: string | undefined, body: string, facts: RequestFacts): Promise<ShortAnswer | null> => {
    const type = answerType(accept)
    const params = type === null ? null : paramsOfBody(body)
    if (type === null || params === null) return null
    const enveloped = graphql.getEnveloped({ facts, params } as never) // Yoga's own additions to the context are for its long way
    try {
      const document = enveloped.parse(params.query)
      if (!isValid(document, () => enveloped.validate(enveloped.schema, document))) return null
      const operation = getOperationAST(document, params.operationName)?.operation
      if (operation === undefined || operation === 'subscription') return null
      const contextValue = (await enveloped.contextFactory()) as Context
      const result = await enveloped.execute({
        schema: enveloped.schema,
        document,
        contextValue,
        variableValues: params.variables,
        operationName: params.operationName,
      })
      return result.data === undefined ? null : { contentType: `${type}; charset=utf-8`, text: JSON.stringify(result) }
    } catch {
      return null // parse errors and refusals of the context: the long way meets them again and says what they are
    }
  }
}
