/** The accounts table. The empty row of a deleted account is found by nobody: each read here leaves it out. */
import type { Json } from '../../kernel/events.ts'
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import { normalisePhone } from '../../policy/phones.ts'
import { normaliseEmail } from '../../policy/text.ts'
import type { Prisma, Account as Row } from '../../ports/db/generated/client.ts'
import { ADVISORY_LOCKS, type BareTx, columns, isUniqueViolation, prepared, rows, type Tx, write } from '../../ports/db/index.ts'
import { ACCOUNT_FIELDS, type Account, type AccountChange, type AccountFilter, EmailTaken, PhoneTaken } from './account.ts'
import type { OperatorMarks } from './operating.ts'

const toAccount = (row: Row): Account => ({ ...row, preferences: row.preferences as Record<string, Json> })

export type NewAccount = Pick<Account, 'id' | 'email' | 'name' | 'locale' | 'labels' | 'createdAt'> &
  Partial<Pick<Account, 'emailVerifiedAt' | 'phone' | 'phoneVerifiedAt' | 'firstSessionAt'>>

/** What the database says where an address is somebody's. @returns any other error as it is. */
const takenOr = (error: unknown): unknown => {
  if (isUniqueViolation(error, 'email')) return new EmailTaken()
  return isUniqueViolation(error, 'phone') ? new PhoneTaken() : error
}

/** @throws EmailTaken, PhoneTaken */
export const insert = async (tx: Tx, account: NewAccount): Promise<Account> => {
  try {
    return toAccount(await tx.account.create({ data: { ...account, labels: [...account.labels] } }))
  } catch (error) {
    throw takenOr(error)
  }
}

export type ImportedAccount = Pick<
  Account,
  | 'id'
  | 'email'
  | 'emailVerifiedAt'
  | 'phone'
  | 'phoneVerifiedAt'
  | 'name'
  | 'locale'
  | 'preferences'
  | 'labels'
  | 'blockedAt'
  | 'createdAt'
  | 'firstSessionAt'
>

const INSERT_MANY = prepared<Account>(`
  INSERT INTO "accounts" ("id", "email", "email_verified_at", "phone", "phone_verified_at", "name", "locale", "preferences", "labels",
    "blocked_at", "created_at", "first_session_at")
  SELECT "id", "email", "emailVerifiedAt", "phone", "phoneVerifiedAt", "name", "locale", "preferences", "labels", "blockedAt", "createdAt",
    "firstSessionAt"
  FROM jsonb_to_recordset($1::text::jsonb) AS given("id" text, "email" text, "emailVerifiedAt" timestamptz, "phone" text,
    "phoneVerifiedAt" timestamptz, "name" text, "locale" text, "preferences" jsonb, "labels" text[], "blockedAt" timestamptz,
    "createdAt" timestamptz, "firstSessionAt" timestamptz)
  ORDER BY "id" ON CONFLICT DO NOTHING RETURNING ${columns(ACCOUNT_FIELDS)}`)

/** In the order of their ids. @returns those that went in; the others have an address that somebody has. */
export const insertMany = (tx: BareTx, accounts: readonly ImportedAccount[]): Promise<readonly Account[]> =>
  rows(tx, INSERT_MANY, JSON.stringify(accounts))

const TAKE_BACK = prepared('DELETE FROM "accounts" WHERE "id" = ANY($1::text[])')

/** Takes accounts back that were inserted in the same transaction, and that nobody knows of. */
export const takeBack = async (tx: BareTx, ids: readonly string[]): Promise<void> => {
  if (ids.length > 0) await write(tx, TAKE_BACK, ids)
}

type Addresses = Pick<Account, 'email' | 'phone'>

const TAKEN = prepared<Addresses>(`
  SELECT "email", "phone" FROM "accounts" WHERE "email" = ANY($1::text[]) OR "phone" = ANY($2::text[])`)

/** Who has any of these addresses. */
export const taken = (tx: BareTx, accounts: readonly Addresses[]): Promise<readonly Addresses[]> => {
  const all = (name: keyof Addresses): readonly string[] => accounts.flatMap((account) => account[name] ?? [])
  return rows(tx, TAKEN, all('email'), all('phone'))
}

export const find = async (tx: Tx, id: string): Promise<Account | null> => {
  const row = isIdOf('Account', id) ? await tx.account.findUnique({ where: { id, deletedAt: null } }) : null
  return row === null ? null : toAccount(row)
}

export const findMany = async (tx: Tx, ids: readonly string[]): Promise<readonly Account[]> =>
  (await tx.account.findMany({ where: { id: { in: [...ids] }, deletedAt: null } })).map(toAccount)

const BY_EMAIL = prepared<Account>(
  `SELECT ${columns(ACCOUNT_FIELDS)} FROM "accounts" WHERE "email" = $1 AND "deleted_at" IS NULL`,
)

export const findByEmail = async (tx: BareTx, email: string): Promise<Account | null> =>
  (await rows(tx, BY_EMAIL, email))[0] ?? null

const POLICY = `"policy" AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${ADVISORY_LOCKS.policy})::text AS "held")`

const LOCK_ONE = prepared<Account>(`
  WITH ${POLICY} SELECT ${columns(ACCOUNT_FIELDS)} FROM "policy", "accounts" WHERE "id" = $1 AND "deleted_at" IS NULL
  FOR NO KEY UPDATE OF "accounts"`)

const LOCK_MANY = `
  WITH ${POLICY} SELECT "id" FROM "policy", "accounts" WHERE "id" = ANY($1::text[]) AND "deleted_at" IS NULL
  ORDER BY "id" FOR NO KEY UPDATE OF "accounts"`
const LOCK_ALL = prepared<{ id: string }>(LOCK_MANY)
const LOCK_FREE = prepared<{ id: string }>(`${LOCK_MANY} SKIP LOCKED`)

/**
 * Locks rows until the transaction ends, after the promise that the policy stays: everything that changes sessions takes
 * its locks in this order, so nobody waits in a circle. The key stays free for foreign keys to look at.
 * @param skipLocked leave out the ones that somebody else has.
 */
export const lockMany = async (tx: BareTx, ids: readonly string[], skipLocked = false): Promise<readonly string[]> =>
  (await rows(tx, skipLocked ? LOCK_FREE : LOCK_ALL, ids)).map((row) => row.id)

/** Locks one account: one change at a time to it and its sessions. @returns the row as it is once nobody else has it. */
export const lock = async (tx: BareTx, id: string): Promise<Account | null> =>
  isIdOf('Account', id) ? ((await rows(tx, LOCK_ONE, id))[0] ?? null) : null

const RAISE = prepared<{ id: string; version: number }>(`
  UPDATE "accounts" SET "version" = "version" + 1 WHERE "id" = ANY($1::text[]) RETURNING "id", "version"`)

/** @returns the versions that the accounts have reached by this change. */
export const raiseVersions = (tx: BareTx, ids: readonly string[]): Promise<readonly { id: string; version: number }[]> =>
  rows(tx, RAISE, ids)

const SIGNED_IN = prepared(`
  UPDATE "accounts" SET "first_session_at" = COALESCE("first_session_at", $2), "deletes_at" = NULL WHERE "id" = $1`)

/** Keeps the time of the first session ever, and takes back a deletion that was asked for. */
export const signedIn = (tx: BareTx, id: string, at: Date): Promise<void> => write(tx, SIGNED_IN, id, at)

export const versionOf = async (tx: Tx, id: string): Promise<number | null> =>
  (await tx.account.findUnique({ where: { id, deletedAt: null }, select: { version: true } }))?.version ?? null

export const update = async (tx: Tx, id: string, { preferences, ...change }: AccountChange): Promise<Account> =>
  toAccount(
    await tx.account.update({
      where: { id },
      data: {
        ...(change as Prisma.AccountUpdateInput),
        ...(preferences == null ? {} : { preferences: preferences as Prisma.InputJsonObject }),
      },
    }),
  )

type Marks = OperatorMarks & Partial<Pick<Account, 'deletesAt' | 'blockedAt' | 'blockReason' | 'pendingEmail'>>

/** @throws EmailTaken, PhoneTaken */
export const mark = async (tx: Tx, id: string, marks: Marks): Promise<Account> => {
  const { labels, ...rest } = marks
  try {
    const data = { ...rest, ...(labels === undefined ? {} : { labels: [...labels] }) }
    return toAccount(await tx.account.update({ where: { id }, data }))
  } catch (error) {
    throw takenOr(error)
  }
}

const REPLACE = prepared(`
  WITH "gone" AS (DELETE FROM "accounts" WHERE "id" = $1 AND "deleted_at" IS NULL RETURNING "id", "version", "created_at")
  INSERT INTO "accounts" ("id", "version", "created_at", "deleted_at", "labels") SELECT "id", "version", "created_at", $2, '{}' FROM "gone"`)

/**
 * Puts an empty row in the account's place, in one statement. Everything it owned goes by cascade; its sessions, whose key
 * looks only when the statement is over, stay. So nobody has to remember what to clear: a new column or table goes by itself.
 */
export const remove = (tx: BareTx, id: string, deletedAt: Date): Promise<void> => write(tx, REPLACE, id, deletedAt)

/** Removes the empty rows of accounts that were deleted before that, once nothing is left of their sessions. */
export const removeTombstones = async (tx: Tx, deletedBefore: Date): Promise<void> => {
  await tx.account.deleteMany({ where: { deletedAt: { lt: deletedBefore }, sessions: { none: {} } } })
}

const STAYING = prepared<{ id: string }>(`
  SELECT "id" FROM "accounts" WHERE "id" = ANY($1::text[]) AND "deletes_at" IS NULL AND "deleted_at" IS NULL
    AND "blocked_at" IS NULL`)

/** Those that are there, may come in and have not asked to be deleted. */
export const staying = async (tx: BareTx, ids: readonly string[]): Promise<readonly string[]> =>
  (await rows(tx, STAYING, ids)).map(({ id }) => id)

/** Accounts whose grace period is over. */
export const dueForDeletion = async (tx: Tx, now: Date, take: number): Promise<readonly string[]> =>
  (await tx.account.findMany({ where: { deletesAt: { lte: now } }, select: { id: true }, take })).map((row) => row.id)

const contains = (text: string) => ({ contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const })

const where = (filter: AccountFilter): Prisma.AccountWhereInput => ({
  deletedAt: null,
  AND: [
    filter.search == null ? {} : { OR: [{ name: contains(filter.search) }, { email: contains(filter.search) }] },
    filter.email == null ? {} : { email: normaliseEmail(filter.email) ?? '' },
    filter.phone == null ? {} : { phone: normalisePhone(filter.phone) ?? '' },
    filter.status == null ? {} : { blockedAt: filter.status === 'BLOCKED' ? { not: null } : null },
    filter.label == null ? {} : { labels: { has: filter.label } },
  ],
})

/** Newest first. */
export const page = async (tx: Tx, window: Window, filter: AccountFilter): Promise<Page<Account>> => {
  const matching = where(filter)
  const beyond = (key: readonly string[] | null, side: 'lt' | 'gt'): Prisma.AccountWhereInput => {
    if (key === null) return {}
    const [createdAt, id] = [new Date(Number(key[0])), String(key[1])]
    return { OR: [{ createdAt: { [side]: createdAt } }, { createdAt, id: { [side]: id } }] }
  }
  const direction = window.backward ? 'asc' : 'desc'
  const rows = await tx.account.findMany({
    where: { AND: [matching, beyond(window.after, 'lt'), beyond(window.before, 'gt')] },
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.size + 1,
  })
  return pageOf(
    window,
    rows.map(toAccount),
    (account) => [String(account.createdAt.getTime()), account.id],
    () => tx.account.count({ where: matching }),
  )
}
