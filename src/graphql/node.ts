/** `node(id)`: the same finders, rights and masks as every other path; null for what is missing and what may not be seen. */
import { type Noun, nounOf } from '../kernel/ids.ts'
import { accessOptions } from './access.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'

export type NodeShape = Readonly<{ id: string }>

export const NodeRef = builder.interfaceRef<NodeShape>('Node')
builder.interfaceType(NodeRef, {
  description: 'Anything with an id of its own.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Opaque. The same for ever.' }) }),
  resolveType: (value) => nounOf(value.id) ?? undefined,
})

type Finder = (id: string, context: Context) => Promise<NodeShape | null>

const finders = new Map<Noun, Finder>()

/** A room says how its noun is found. The finder gives null for what the viewer may not see. */
export const registerNode = (noun: Noun, finder: Finder): void => void finders.set(noun, finder)

export const findNode = async (id: string, context: Context): Promise<NodeShape | null> => {
  const noun = nounOf(id)
  return noun === null ? null : ((await finders.get(noun)?.(id, context)) ?? null)
}

builder.queryField('node', (t) =>
  t.field({
    type: NodeRef,
    nullable: true,
    description:
      'Anything by its id. Null if there is no such thing, or the viewer may not see it: the two cannot be told apart.',
    ...accessOptions('public'),
    args: { id: t.arg.id({ required: true, description: 'The id, as some other field gave it.' }) },
    resolve: (_root, { id }, context) => findNode(id, context),
  }),
)
