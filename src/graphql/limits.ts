/** What one document may ask for: depth, aliases and cost, in one walk; tokens while it is parsed. Holds on every transport. */
import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type ParseOptions,
  parse,
  type SelectionSetNode,
  type Source,
  type ValidationContext,
} from 'graphql'
import { PAGE_SIZE } from '../kernel/page.ts'
import { TRANSPORT_LIMITS } from '../policy/bounds.ts'

/** What a field costs by itself. A list or a page multiplies what is asked of each item. */
const FIELD_COSTS = { leaf: 0, object: 1, mutation: 10, list: 10 } as const

/** For the extensions of a leaf that may be large: a page of them is. */
export const LARGE_LEAF = { cost: 20 } as const

type Measure = { depth: number; aliases: number; cost: number }

const NOTHING: Measure = { depth: 0, aliases: 0, cost: 0 }

/** A document that costs more than this is over every limit; stops the walk from counting on. */
const ENOUGH = 1e9

const intArgument = (field: FieldNode, name: string): number | null => {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value
  if (value === undefined) return null
  return value.kind === Kind.INT ? Number(value.value) : PAGE_SIZE.max // a variable may turn out to be the most
}

const isPage = (type: { name: string } | undefined): boolean => type?.name.endsWith('Connection') === true

/** How many items a field may give. A page is multiplied where it is asked for, so not once more by its edges. */
const itemsOf = (
  field: FieldNode,
  type: unknown,
  owner: { name: string } | undefined,
  named: { name: string } | undefined,
): number => {
  if (isPage(owner)) return 1
  if (isPage(named))
    return Math.min(PAGE_SIZE.max, Math.max(0, intArgument(field, 'first') ?? intArgument(field, 'last') ?? PAGE_SIZE.default))
  const inner = isNonNullType(type) ? type.ofType : type
  return isListType(inner) ? FIELD_COSTS.list : 1
}

const isIntrospection = (field: FieldNode): boolean => field.name.value.startsWith('__')

/** Fragments are measured once each, however often they are spread. */
const measurer = (context: ValidationContext) => {
  const measured = new Map<string, Measure>()

  const ofSelections = (set: SelectionSetNode, parent: unknown, path: ReadonlySet<string>): Measure =>
    set.selections.reduce<Measure>((sum, selection) => {
      const part =
        selection.kind === Kind.FIELD
          ? ofField(selection, parent, path)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? ofSelections(selection.selectionSet, typeNamed(selection.typeCondition?.name.value) ?? parent, path)
            : ofFragment(selection.name.value, path)
      return {
        depth: Math.max(sum.depth, part.depth),
        aliases: Math.min(ENOUGH, sum.aliases + part.aliases),
        cost: Math.min(ENOUGH, sum.cost + part.cost),
      }
    }, NOTHING)

  const typeNamed = (name: string | undefined) => (name === undefined ? undefined : context.getSchema().getType(name))

  const ofFragment = (name: string, path: ReadonlySet<string>): Measure => {
    const known = measured.get(name)
    if (known !== undefined) return known
    const fragment = context.getFragment(name)
    if (fragment == null || path.has(name)) return NOTHING // another rule refuses unknown fragments and circles
    const measure = ofSelections(fragment.selectionSet, typeNamed(fragment.typeCondition.name.value), new Set([...path, name]))
    measured.set(name, measure)
    return measure
  }

  const ofField = (field: FieldNode, parent: unknown, path: ReadonlySet<string>): Measure => {
    const aliases = field.alias === undefined ? 0 : 1
    if (isIntrospection(field)) return { ...NOTHING, depth: 1, aliases } // GraphiQL's own question is deep and harmless
    const owner = parent as GraphQLObjectType | undefined
    const definition = typeof owner?.getFields === 'function' ? owner.getFields()[field.name.value] : undefined
    const named = definition === undefined ? undefined : getNamedType(definition.type)
    const inner = field.selectionSet === undefined ? NOTHING : ofSelections(field.selectionSet, named, path)
    const items = itemsOf(field, definition?.type, owner, named)
    const own =
      owner === context.getSchema().getMutationType()
        ? FIELD_COSTS.mutation
        : isCompositeType(named)
          ? FIELD_COSTS.object
          : Number(definition?.extensions.cost ?? FIELD_COSTS.leaf)
    return { depth: inner.depth + 1, aliases: aliases + inner.aliases, cost: Math.min(ENOUGH, own + items * inner.cost) }
  }

  return ofSelections
}

const LIMITS = [
  { name: 'depth', of: (m: Measure) => m.depth, max: TRANSPORT_LIMITS.depth, text: 'levels deep' },
  { name: 'aliases', of: (m: Measure) => m.aliases, max: TRANSPORT_LIMITS.aliases, text: 'aliases' },
  { name: 'cost', of: (m: Measure) => m.cost, max: TRANSPORT_LIMITS.cost, text: 'cost' },
] as const

/** The validation rule: one error a limit that is broken. */
export const documentLimits = (context: ValidationContext): ASTVisitor => {
  const measure = measurer(context)
  return {
    OperationDefinition(node) {
      const schema = context.getSchema()
      const roots = {
        query: schema.getQueryType(),
        mutation: schema.getMutationType(),
        subscription: schema.getSubscriptionType(),
      }
      const found = measure(node.selectionSet, roots[node.operation] ?? undefined, new Set())
      for (const { name, of, max, text } of LIMITS)
        if (of(found) > max)
          context.reportError(
            new GraphQLError(`The document is too large: ${of(found)} ${text}, at most ${max} are allowed.`, {
              nodes: [node],
              extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: name, max },
            }),
          )
    },
  }
}

/** Parses no further than the limit of tokens. */
export const parseWithin = (source: string | Source, options?: ParseOptions): DocumentNode => {
  try {
    return parse(source, { ...options, maxTokens: TRANSPORT_LIMITS.tokens })
  } catch (error) {
    if (error instanceof GraphQLError) error.extensions.code ??= 'GRAPHQL_PARSE_FAILED' // the same on every transport
    throw error
  }
}
