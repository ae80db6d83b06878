/**
 * The one way to define a mutation: verb first, one `input`, a nullable union of payload and errors. The names of input
 * and result follow from the mutation's own. Every mutation may answer InvalidInputError.
 */
import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import { DomainError, InvalidInput } from '../kernel/errors.ts'
import { type ActionName, gate } from '../policy/access.ts'
import { type Access, accessOptions } from './access.ts'
import { builder, type Types } from './builder.ts'
import { type Context, forgetRead } from './context.ts'
import { type ErrorClass, errorRefOf } from './errors.ts'
import { refusalNow } from './standing.ts'

type InputBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>

/** What may come instead of the payload, and is no error: the next thing to do. `is` tells it from the payload. */
type Step<Value extends object> = Readonly<{ ref: ObjectRef<Types, Value>; is: (answer: object) => boolean }>

type Definition<Fields extends InputFieldMap, Payload, Next extends object> = Readonly<{
  access: Access
  /** For a `public` one: what its caller must be allowed unless the input has a `token`, which stands in for it. */
  withoutToken?: ActionName
  description: string
  input: (t: InputBuilder) => Fields
  payload: ObjectRef<Types, Payload>
  steps?: readonly Step<Next>[]
  errors?: readonly ErrorClass[]
  run: (input: InputShapeFromFields<Fields>, context: Context) => Promise<Payload | Next> | Payload | Next
}>

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const TYPE_NAME = Symbol('the name of an error type')

/** An error as a result. A likeness and not the error itself, because the executor throws whatever is an Error. */
const likenessOf = (error: DomainError) => ({
  ...error,
  message: error.message,
  [TYPE_NAME]: errorRefOf(error.constructor as ErrorClass).name,
})

const isLikeness = (value: unknown): value is { [TYPE_NAME]: string } =>
  typeof value === 'object' && value !== null && TYPE_NAME in value

const nameOf = (ref: object): string => ('name' in ref ? String(ref.name) : '')

const hasToken = (input: object): boolean => 'token' in input && input.token != null

export const mutation = <Fields extends InputFieldMap, Payload extends object, Next extends object = never>(
  name: string,
  definition: Definition<Fields, Payload, Next>,
): void => {
  const Name = capitalised(name)
  const errors = [...(definition.errors ?? []), InvalidInput]
  const input = builder.inputType(`${Name}Input`, {
    description: `What \`${name}\` takes.`,
    fields: definition.input,
  })
  const steps = definition.steps ?? []
  const memberOf = (answer: object) => steps.find(({ is }) => is(answer))?.ref ?? definition.payload
  const result = builder.unionType(`${Name}Result`, {
    description: `What \`${name}\` answers: its payload, or the error that stood in the way.`,
    types: [
      definition.payload,
      ...steps.map(({ ref }) => ref),
      ...errors.map((errorClass) => errorRefOf(errorClass).ref),
    ] as never,
    resolveType: (value: unknown) => (isLikeness(value) ? value[TYPE_NAME] : nameOf(memberOf(value as object))), // run gave it
  })
  builder.mutationField(name, (t) =>
    t.field({
      type: result,
      nullable: true,
      description: definition.description,
      ...accessOptions(definition.access),
      args: { input: t.arg({ type: input, required: true, description: 'See the input type.' }) },
      resolve: async (_root: object, args: { input: InputShapeFromFields<Fields> }, context: Context) => {
        // a session that ended since the operation began, by an earlier field of it perhaps, does nothing more
        const action = hasToken(args.input) ? undefined : definition.withoutToken
        const isPublic = definition.access === 'public' && action === undefined
        const refusal =
          (action === undefined ? null : gate(action, context.viewer)) ?? (isPublic ? null : await refusalNow(context))
        if (refusal !== null) throw refusal
        forgetRead(context) // what an earlier field has read, and, below, what was read before this one's change
        try {
          const answer = await definition.run(args.input, context)
          forgetRead(context)
          return answer as never
        } catch (error) {
          if (error instanceof DomainError && errors.some((errorClass) => error.constructor === errorClass))
            return likenessOf(error) as never
          throw error
        }
      },
    } as never),
  )
}
