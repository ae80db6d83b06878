/** What an engine's errors mean: a conflict that is tried again, a constraint that was broken, or an engine that is not there. */
import { serviceUnavailable } from '../../kernel/errors.ts'
import { Prisma } from './generated/client.ts'

/** Two transactions that waited for each other, or changed the same thing: PostgreSQL rolled one back whole (40P01, 40001). */
export const isConflict = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError
    ? error.code === 'P2034' || /40P01|40001|TransactionWriteConflict/.test(JSON.stringify(error.meta ?? {}))
    : error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001')

/** How both engines say that a connection or a transaction took longer than anybody may wait. */
const STARVED = /^timeout exceeded when trying to connect$|Unable to start a transaction in the given time|expired transaction/

/** How a server that is away, or that goes away in the middle, is told of without a code. */
const GONE =
  /^Connection terminated|Client has encountered a connection error|terminating connection|the database system is (starting up|shutting down)/

/** The same by code: of the system, of PostgreSQL (classes 08 and 57P, too many connections, a lock timeout), of Prisma. */
const CODES =
  /^(ECONN\w+|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|08\w{3}|57P\d\d|53300|55P03|P10(01|02|08|17)|P2037)$/

/** When it is worth asking again, in seconds. */
const RETRY_AFTER_SECONDS = 2

/** @returns SERVICE_UNAVAILABLE for too much to do at once and for an engine that is away, which are no faults; anything else as it is. */
export const asRefusal = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  const isNamed = 'code' in error && CODES.test(String(error.code))
  return isNamed || STARVED.test(error.message) || GONE.test(error.message) ? serviceUnavailable(RETRY_AFTER_SECONDS) : error
}

/** How Prisma hands on what the driver said: the columns, or the name of the index, of the constraint. */
type BrokenConstraint = { driverAdapterError?: { cause?: { constraint?: { fields?: readonly string[]; index?: string } } } }

/** Whether a write broke the unique constraint on that column. Not for primary keys: a server names their index only. */
export const isUniqueViolation = (error: unknown, column: string): boolean => {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') return false
  const { constraint } = (error.meta as BrokenConstraint | undefined)?.driverAdapterError?.cause ?? {} // Prisma leaves it untyped
  return constraint?.fields?.includes(column) ?? constraint?.index?.endsWith(`_${column}_key`) ?? false
}
