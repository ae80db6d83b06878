/**
 * Prepared statements past Prisma, for what happens all the time: a tenth of the work. What is asked in one turn of the
 * event loop travels together, in the order in which it was asked, and costs one round trip.
 */
import { createHash } from 'node:crypto'

export type Value = string | number | boolean | Date | null | readonly string[]

/** Rows as the engine gives them; whoever wrote the statement knows their shape. */
export type Rows = readonly unknown[]

/** SQL with $1, $2 … No column of 64 bits in its answer: the engines read those differently. */
export type Statement<Row> = Readonly<{ name: string; text: string; row?: Row }>

/** @param text a constant: every different one stays prepared on every connection. */
export const prepared = <Row = never>(text: string): Statement<Row> => ({
  name: `gatehouse_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`,
  text,
})

/**
 * The columns behind fields, each named by its field: `"account_id" AS "accountId"`, as Prisma's schema maps them.
 * @param table where more than one is read; then its name stands before each field: `"accounts.id"`.
 */
export const columns = (fields: Readonly<Record<string, true>>, table: string | null = null): string => {
  const [from, as] = table === null ? ['', ''] : [`"${table}".`, `${table}.`]
  return Object.keys(fields)
    .map((field) => `${from}"${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}" AS "${as}${field}"`)
    .join(', ')
}

export type Asked = Readonly<{ statement: Statement<unknown>; values: readonly Value[] }>

/** Runs statements one after the other in one go, and says of each what became of it. */
export type Send = (asked: readonly Asked[]) => Promise<readonly PromiseSettledResult<Rows>[]>

/** A transaction without Prisma, from the engine. One of the two ends has to be called, once. */
export type Begun = Readonly<{
  send: Send
  /** Runs what is left and commits. */
  commit: (rest: readonly Asked[]) => Promise<readonly PromiseSettledResult<Rows>[]>
  rollback: () => Promise<void>
}>

/** What `rows` and `write` of the port come down to. */
export type Line = Readonly<{
  rows: (asked: Asked) => Promise<Rows>
  write: (asked: Asked) => Promise<void>
}>

type Waiting = Asked & Readonly<{ resolve: (rows: Rows) => void; reject: (reason: unknown) => void }>

const nobody = { resolve: () => undefined, reject: () => undefined }

/** Sends together what is asked in one turn. What is only to be done waits for the next question, or is handed over by `rest`. */
const bundled = (send: Send) => {
  let waiting: Waiting[] = []
  let scheduled = false
  const rest = (): readonly Waiting[] => {
    const left = waiting
    ;[waiting, scheduled] = [[], false]
    return left
  }
  const flush = async (): Promise<void> => {
    const sent = rest()
    try {
      const answers = await send(sent)
      for (const [index, answer] of answers.entries())
        if (answer.status === 'fulfilled') sent[index]?.resolve(answer.value)
        else sent[index]?.reject(answer.reason)
    } catch (error) {
      for (const { reject } of sent) reject(error)
    }
  }
  return {
    ask: ({ statement, values }: Asked): Promise<Rows> =>
      new Promise((resolve, reject) => {
        waiting.push({ statement, values, resolve, reject })
        if (!scheduled) process.nextTick(flush)
        scheduled = true
      }),
    leave: ({ statement, values }: Asked): void => void waiting.push({ statement, values, ...nobody }),
    rest,
  }
}

/** Outside a transaction: each statement stands for itself. */
export const apart = (send: Send): Line => {
  const { ask } = bundled(send)
  return { rows: ask, write: async (asked) => void (await ask(asked)) }
}

/**
 * Inside a transaction: writes wait for the next question or for the commit, and whatever fails first is what the
 * transaction fails with, since behind it the engine only says that all is over.
 */
export const inTransaction = ({ send, commit }: Begun): Readonly<{ line: Line; commit: () => Promise<void> }> => {
  let cause: PromiseRejectedResult | null = null
  const judged = (answers: readonly PromiseSettledResult<Rows>[]) =>
    answers.map((answer) => {
      if (answer.status === 'rejected') cause ??= answer
      return cause ?? answer
    })
  const { ask, leave, rest } = bundled(async (asked) => judged(await send(asked)))
  return {
    line: { rows: ask, write: async (asked) => leave(asked) },
    commit: async () => {
      if (cause === null) judged(await commit(rest()))
      if (cause !== null) throw cause.reason
    },
  }
}
