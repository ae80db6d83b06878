/** GraphQL Yoga, set up once: limits, masking and introspection hold for HTTP, event streams and WebSocket alike. */
import { execute, type GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import { createYoga, isAsyncIterable, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { Config } from '../config.ts'
import { type Context, makeContext, type RequestFacts, type Services } from '../graphql/context.ts'
import { maskError } from '../graphql/errors.ts'
import { documentLimits, parseWithin } from '../graphql/limits.ts'
import { schema } from '../graphql/schema.ts'
import type { DomainError } from '../kernel/errors.ts'
import type { Log } from '../ports/log.ts'

/** What http/ hands to an operation: the facts of its request, or the refusal of its credential. */
export type OperationContext = Readonly<{ facts: RequestFacts | Readonly<{ refusal: DomainError; requestId: string }> }>

export const GRAPHQL_PATH = '/graphql'

/** "Did you mean" tells a stranger what exists. */
const withoutSuggestions = (message: string): string => message.replace(/ Did you mean .*\?$/s, '')

/** A malformed variable is refused by its place and what was expected; the value itself may hold a password. */
const withoutValue = (message: string): string => {
  const head = /^Variable "\$\w+" got invalid value/.exec(message)?.[0]
  if (head === undefined) return message
  const cut = message.lastIndexOf('; ')
  const place = / at "[\w.[\]]+"$/.exec(message.slice(0, cut))?.[0] ?? ''
  return `${head}${place}; ${message.slice(cut + 2)}`
}

const limitsPlugin = (config: Config): Plugin => ({
  onParse: ({ setParseFn }) => setParseFn(parseWithin as never),
  onValidate: ({ addValidationRule }) => {
    addValidationRule(documentLimits)
    if (!config.introspection) addValidationRule(NoSchemaIntrospectionCustomRule)
    if (config.introspection) return
    return ({ valid, result, setResult }) => {
      if (!valid) for (const error of result) error.message = withoutSuggestions(error.message)
      setResult([...result])
    }
  },
})

/** Yoga's own writes the keys of an object as their values become ready; this one keeps their order (GraphQL section 7.2.2), as streams do. */
const executorPlugin: Plugin = { onExecute: ({ setExecuteFn }) => setExecuteFn(execute) }

type Result = Readonly<{ errors?: readonly GraphQLError[] }>

/** Turns what went wrong into what a client may see, with the request's own id. */
export const resultMask =
  (config: Config, log: Log) =>
  <R extends Result>(requestId: string, result: R): R => {
    if (result.errors === undefined) return result
    const errors = result.errors.map((error) => maskError(error, requestId, log))
    // variables are looked at when the operation runs, so their errors come by here, and suggest as well
    for (const error of errors) {
      const message = withoutValue(error.message)
      error.message = config.introspection ? message : withoutSuggestions(message)
    }
    return { ...result, errors }
  }

export type ResultMask = ReturnType<typeof resultMask>

/** Yoga's masking stays behind it as a net. */
const maskingPlugin = (config: Config, log: Log): Plugin<Context> => {
  const mask = resultMask(config, log)
  const masked = (context: Context, result: Result): Result => mask(context.source.requestId, result)
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result, setResult }) => {
        if (!isAsyncIterable(result)) setResult(masked(args.contextValue, result as Result) as typeof result)
      },
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: ({ result, setResult }) => {
        if (!isAsyncIterable(result)) setResult(masked(args.contextValue, result as Result) as typeof result)
      },
    }),
  }
}

type Needs = Readonly<{ config: Config; services: Services; log: Log; newRequestId: () => string }>

export type Graphql = YogaServerInstance<OperationContext, Context>

export const openGraphql = ({ config, services, log, newRequestId }: Needs): Graphql =>
  createYoga<OperationContext, Context>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    graphiql: false, // http/graphiql.ts serves it
    landingPage: false,
    cors: false, // http/server.ts answers, with the one list of origins
    batching: false,
    multipart: false,
    maxRequestBodySize: false, // http/body.ts counts
    logging: false,
    // a syntax error gets its HTTP status on the way out of the parser; one from a cache would come back without it
    parserAndValidationCache: { errorCache: { get: () => undefined, set: () => undefined } },
    context: ({ facts }) => {
      if ('refusal' in facts) throw facts.refusal
      return makeContext(services, facts)
    },
    maskedErrors: { maskError: (error) => maskError(error, newRequestId(), log) },
    plugins: [limitsPlugin(config), executorPlugin, maskingPlugin(config, log)],
  })
