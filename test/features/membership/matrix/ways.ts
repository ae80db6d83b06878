/** Every way the schema has to a type, found by walking it; and everything that can be asked of it there. */
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
} from 'graphql'

/** A page is no place of its own: whoever hands it out is. */
const isPage = (name: string): boolean => /(Connection|Edge)$/.test(name)

/** The object types that a request can come to. */
const reachable = (schema: GraphQLSchema): readonly GraphQLObjectType[] => {
  const found = new Set<GraphQLObjectType>()
  const visit = (type: GraphQLNamedType | null | undefined): void => {
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(visit)
    if (!isObjectType(type) || found.has(type)) return
    found.add(type)
    for (const field of Object.values(type.getFields())) visit(getNamedType(field.type))
  }
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) visit(root)
  return [...found]
}

/** @returns each as "Owner.field", through pages as "Owner.field.edges.node", sorted. */
export const waysTo = (schema: GraphQLSchema, name: string): readonly string[] => {
  const types = reachable(schema)
  const hands = (type: GraphQLNamedType, wanted: string): boolean =>
    type.name === wanted || (isAbstractType(type) && schema.getPossibleTypes(type).some((possible) => possible.name === wanted))
  const to = (wanted: string): readonly string[] =>
    types.flatMap((owner) =>
      Object.values(owner.getFields())
        .filter(({ type }) => hands(getNamedType(type), wanted))
        .flatMap((field) =>
          isPage(owner.name) ? to(owner.name).map((way) => `${way}.${field.name}`) : [`${owner.name}.${field.name}`],
        ),
    )
  return to(name).toSorted()
}

/** The names of a type's fields, sorted. */
export const fieldsOf = (schema: GraphQLSchema, name: string): readonly string[] =>
  Object.keys((schema.getType(name) as GraphQLObjectType).getFields()).toSorted()

/** All that a type can be asked for; of the things it leads to, which they are. */
export const selectionOf = (schema: GraphQLSchema, name: string): string =>
  Object.values((schema.getType(name) as GraphQLObjectType).getFields())
    .map((field) => (isCompositeType(getNamedType(field.type)) ? `${field.name} { id }` : field.name))
    .join(' ')
