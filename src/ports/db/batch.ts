/**
 * Several prepared statements in one packet, by pg's interface for queries of one's own. The first time that a connection
 * sees a statement it is parsed and described; from then on only values travel there, and rows back.
 */
import pg from 'pg'
import type { Asked, Rows, Value } from './prepared.ts'

type Column = Readonly<{ name: string; read: (text: string) => unknown }>

/** The columns of the statements that a connection has prepared, by name. */
const prepared = new WeakMap<pg.Connection, Map<string, readonly Column[]>>()

const preparedOn = (connection: pg.Connection): Map<string, readonly Column[]> => {
  const found = prepared.get(connection) ?? new Map<string, readonly Column[]>()
  prepared.set(connection, found)
  return found
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** A value as PostgreSQL reads it. */
const textOf = (value: Value): string | null => {
  if (value === null) return null
  if (typeof value === 'object') return value instanceof Date ? value.toISOString() : `{${value.map(quoted).join(',')}}`
  return String(value)
}

const rowOf = (columns: readonly Column[], texts: readonly (string | null)[]): Record<string, unknown> => {
  const row: Record<string, unknown> = {}
  for (const [index, { name, read }] of columns.entries()) {
    const text = texts[index] ?? null
    row[name] = text === null ? null : read(text)
  }
  return row
}

/** The messages of pg's connection that its types leave out or describe for another version. */
type Wire = pg.Connection &
  Readonly<{
    parse: (statement: { name: string; text: string }) => void
    close: (statement: { type: 'S'; name: string }) => void
    describe: (statement: { type: 'S'; name: string }) => void
    bind: (values: { statement: string; values: readonly (string | null)[] }) => void
    execute: () => void
  }>

/** @param done told of each statement what became of it; behind one that failed nothing was run. */
const batchOf = (asked: readonly Asked[], done: (answers: readonly PromiseSettledResult<Rows>[]) => void) => {
  const answers: PromiseSettledResult<Rows>[] = []
  let columns: (readonly Column[] | undefined)[] = []
  let wire: Wire
  let rows: Record<string, unknown>[] = []
  return {
    submit: (connection: pg.Connection): void => {
      wire = connection as Wire
      const known = preparedOn(connection)
      columns = asked.map(({ statement }) => known.get(statement.name))
      connection.stream.cork()
      for (const [index, { statement, values }] of asked.entries()) {
        const { name, text } = statement
        if (columns[index] === undefined) {
          wire.close({ type: 'S', name }) // it may be there from a batch that failed
          wire.parse({ name, text })
          wire.describe({ type: 'S', name })
        }
        wire.bind({ statement: name, values: values.map(textOf) })
        wire.execute()
      }
      connection.sync()
      connection.stream.uncork()
    },
    handleRowDescription: ({ fields }: Readonly<{ fields: readonly pg.FieldDef[] }>): void => {
      columns[answers.length] = fields.map(({ name, dataTypeID }) => ({ name, read: pg.types.getTypeParser(dataTypeID) }))
    },
    handleDataRow: ({ fields }: Readonly<{ fields: readonly (string | null)[] }>): void => {
      rows.push(rowOf(columns[answers.length] ?? [], fields))
    },
    handleCommandComplete: (): void => {
      const name = asked[answers.length]?.statement.name
      if (name !== undefined) preparedOn(wire).set(name, columns[answers.length] ?? [])
      answers.push({ status: 'fulfilled', value: rows })
      rows = []
    },
    handleReadyForQuery: (): void => done(answers),
    handleError: (reason: unknown): void => {
      while (answers.length < asked.length) answers.push({ status: 'rejected', reason })
      done(answers)
    },
  }
}

/** Runs statements in one go; without a transaction they are all done or none. */
export const runBatch = (client: pg.ClientBase, asked: readonly Asked[]): Promise<readonly PromiseSettledResult<Rows>[]> =>
  new Promise((resolve) => {
    client.query(batchOf(asked, resolve))
  })
