/** The accounts table. */
import type { Json } from '../../kernel/events.ts'
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import { normaliseEmail } from '../../policy/text.ts'
import type { Prisma, Account as Row } from '../../ports/db/generated/client.ts'
import { ADVISORY_LOCKS, isUniqueViolation, sql, type Tx } from '../../ports/db/index.ts'
import { type Account, type AccountChange, type AccountFilter, EmailTaken } from './account.ts'
import type { OperatorMarks } from './operating.ts'

const toAccount = (row: Row): Account => ({ ...row, preferences: row.preferences as Record<string, Json> })

export type NewAccount = Pick<Account, 'id' | 'email' | 'name' | 'locale' | 'labels' | 'createdAt'>

/** @throws EmailTaken */
export const insert = async (tx: Tx, account: NewAccount): Promise<Account> => {
  try {
    return toAccount(await tx.account.create({ data: { ...account, labels: [...account.labels] } }))
  } catch (error) {
    if (isUniqueViolation(error, 'email')) throw new EmailTaken()
    throw error
  }
}

export const find = async (tx: Tx, id: string): Promise<Account | null> => {
  const row = isIdOf('Account', id) ? await tx.account.findUnique({ where: { id } }) : null
  return row === null ? null : toAccount(row)
}

export const findMany = async (tx: Tx, ids: readonly string[]): Promise<readonly Account[]> =>
  (await tx.account.findMany({ where: { id: { in: [...ids] } } })).map(toAccount)

export const findByEmail = async (tx: Tx, email: string): Promise<Account | null> => {
  const row = await tx.account.findUnique({ where: { email } })
  return row === null ? null : toAccount(row)
}

/**
 * Locks rows until the transaction ends, after the promise that the policy stays: everything that changes sessions takes
 * its locks in this order, so nobody waits in a circle. The key stays free for foreign keys to look at.
 * @param skipLocked leave out the ones that somebody else has.
 */
export const lockMany = async (tx: Tx, ids: readonly string[], skipLocked = false): Promise<readonly string[]> => {
  const rows = await tx.$queryRaw<{ id: string }[]>(sql`
    WITH "policy" AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${ADVISORY_LOCKS.policy})::text AS "held")
    SELECT "accounts"."id" FROM "policy", "accounts" WHERE "accounts"."id" = ANY(${[...ids]}::text[])
    ORDER BY "accounts"."id" FOR NO KEY UPDATE OF "accounts" ${skipLocked ? sql`SKIP LOCKED` : sql``}`)
  return rows.map((row) => row.id)
}

/** Locks one account: one change at a time to it and its sessions. */
export const lock = async (tx: Tx, id: string): Promise<Account | null> => {
  if (!isIdOf('Account', id)) return null
  await lockMany(tx, [id])
  return find(tx, id) // a statement of its own, so that it sees what the lock waited for
}

/** @returns the versions that the accounts have reached by this change. */
export const raiseVersions = (tx: Tx, ids: readonly string[]): Promise<readonly { id: string; version: number }[]> =>
  tx.account.updateManyAndReturn({
    where: { id: { in: [...ids] } },
    data: { version: { increment: 1 } },
    select: { id: true, version: true },
  })

export const versionOf = async (tx: Tx, id: string): Promise<number | null> =>
  (await tx.account.findUnique({ where: { id }, select: { version: true } }))?.version ?? null

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

/** @throws EmailTaken */
export const mark = async (
  tx: Tx,
  id: string,
  marks: OperatorMarks & Partial<Pick<Account, 'firstSessionAt' | 'deletesAt'>>,
): Promise<Account> => {
  const { labels, ...rest } = marks
  try {
    const data = { ...rest, ...(labels === undefined ? {} : { labels: [...labels] }) }
    return toAccount(await tx.account.update({ where: { id }, data }))
  } catch (error) {
    if (isUniqueViolation(error, 'email')) throw new EmailTaken()
    throw error
  }
}

export const remove = async (tx: Tx, id: string): Promise<void> => {
  await tx.account.deleteMany({ where: { id } })
}

/** Accounts whose grace period is over. */
export const dueForDeletion = async (tx: Tx, now: Date, take: number): Promise<readonly string[]> =>
  (await tx.account.findMany({ where: { deletesAt: { lte: now } }, select: { id: true }, take })).map((row) => row.id)

const contains = (text: string) => ({ contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const })

const where = (filter: AccountFilter): Prisma.AccountWhereInput => ({
  AND: [
    filter.search == null ? {} : { OR: [{ name: contains(filter.search) }, { email: contains(filter.search) }] },
    filter.email == null ? {} : { email: normaliseEmail(filter.email) ?? '' },
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
