/** What goes to PostgreSQL, seen on the wire of this process: statements, and packets of them. For servers only; PGlite has no wire. */
import pg from 'pg'
import { afterAll } from 'vitest'
import { onServices } from './engines.ts'

/** The messages of pg's connection that its types leave out. */
type Wire = {
  parse: (statement: { name?: string; text: string }) => void
  bind: (statement: { statement?: string; values?: readonly unknown[] }) => void
  sync: () => void
  /** Without values: no parsing, a packet of its own. */
  query: (text: string) => void
}

/** A statement as it was asked. */
export type SeenStatement = Readonly<{ text: string; values: readonly unknown[] }>

/** Both only grow. */
export type SeenTraffic = { readonly statements: SeenStatement[]; packets: number }

/**
 * Sees everything that nodes of this process ask from now on, to the end of the file; nothing on the embedded engine.
 * @param except what is not counted, by its text.
 */
export const seeStatements = (except: RegExp): SeenTraffic => {
  const seen: SeenTraffic = { statements: [], packets: 0 }
  if (!onServices()) return seen
  const connection = pg.Connection.prototype as unknown as Wire
  const { parse, bind, sync, query } = connection
  const [texts, waiting] = [new Map<string, string>(), new WeakSet<object>()]
  connection.parse = function (statement) {
    texts.set(statement.name ?? '', statement.text)
    return parse.call(this, statement)
  }
  connection.bind = function (given) {
    const text = texts.get(given.statement ?? '') ?? ''
    if (!except.test(text)) {
      seen.statements.push({ text, values: given.values ?? [] })
      waiting.add(this)
    }
    return bind.call(this, given)
  }
  connection.sync = function () {
    if (waiting.delete(this)) seen.packets++
    return sync.call(this)
  }
  connection.query = function (text) {
    if (!except.test(text)) {
      seen.statements.push({ text, values: [] })
      seen.packets++
    }
    return query.call(this, text)
  }
  afterAll(() => Object.assign(connection, { parse, bind, sync, query }))
  return seen
}
