/** Relay connections over keyset pages: one shape for every list that can grow. */
import type { ArgBuilder, ObjectRef } from '@pothos/core'
import { PAGE_SIZE, type Page, type PageArgs } from '../kernel/page.ts'
import { builder, type Types } from './builder.ts'

const PageInfoRef = builder.objectRef<Page<unknown>>('PageInfo')
builder.objectType(PageInfoRef, {
  description: 'Where a page stands in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether more follow. Ask with `after: endCursor`.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Whether more come before. Ask with `before: startCursor`.',
    }),
    startCursor: t.string({
      nullable: true,
      description: 'Cursor of the first item. Null if the page is empty.',
      resolve: (page) => page.edges[0]?.cursor ?? null,
    }),
    endCursor: t.string({
      nullable: true,
      description: 'Cursor of the last item. Null if the page is empty.',
      resolve: (page) => page.edges.at(-1)?.cursor ?? null,
    }),
  }),
})

/** Makes `<Name>Connection` and `<Name>Edge` over a node type. */
export const connectionOf = <Node extends object>(name: string, node: ObjectRef<Types, Node>): ObjectRef<Types, Page<Node>> => {
  const edge = builder.objectRef<Page<Node>['edges'][number]>(`${name}Edge`)
  builder.objectType(edge, {
    description: `One item of a ${name}Connection.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Opaque; stays good while the list changes.' }),
      node: t.field({ type: node, description: 'The item.', resolve: (item) => item.node as never }),
    }),
  })
  const connection = builder.objectRef<Page<Node>>(`${name}Connection`)
  builder.objectType(connection, {
    description: `A page of ${name} items.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'The items with their cursors.', resolve: (page) => page.edges as never }),
      nodes: t.field({
        type: [node],
        description: 'The items alone.',
        resolve: (page) => page.edges.map((item) => item.node) as never,
      }),
      pageInfo: t.field({ type: PageInfoRef, description: 'Where the page stands in the list.', resolve: (page) => page }),
      totalCount: t.int({ description: 'How many there are in all, over every page.', resolve: (page) => page.totalCount() }),
    }),
  })
  return connection
}

const SIZE = `${PAGE_SIZE.default} if left out, at most ${PAGE_SIZE.max}`

/** The arguments of a connection. */
export const pageArgs = (t: ArgBuilder<Types>) => ({
  first: t.int({ description: `How many, from the front of the list: ${SIZE}.` }),
  after: t.string({ description: 'A cursor: only what comes after it.' }),
  last: t.int({ description: `How many, from the end of the list: at most ${PAGE_SIZE.max}. Not together with \`first\`.` }),
  before: t.string({ description: 'A cursor: only what comes before it.' }),
})

/** The page part of a field's arguments. */
export const pageOfArgs = ({ first, after, last, before }: PageArgs): PageArgs => ({
  first: first ?? null,
  after: after ?? null,
  last: last ?? null,
  before: before ?? null,
})
