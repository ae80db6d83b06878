/** The api_keys table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { Scope } from '../../policy/permissions.ts'
import { ADVISORY_LOCKS, type BareTx, columns, prepared, rows, type Tx } from '../../ports/db/index.ts'
import type { ApiKey } from './api-key.ts'

const fields = {
  id: true,
  name: true,
  scopes: true,
  createdAt: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const

/** Scopes are written by this code base from the one list. */
const toKey = <Row extends Readonly<{ scopes: readonly string[] }>>(
  row: Row,
): Omit<Row, 'scopes'> & { scopes: readonly Scope[] } => ({
  ...row,
  scopes: row.scopes as readonly Scope[],
})

export const insert = async (tx: Tx, key: ApiKey & Readonly<{ secretHash: string }>): Promise<ApiKey> =>
  toKey(await tx.apiKey.create({ data: { ...key, scopes: [...key.scopes] }, select: fields }))

export const find = async (tx: Tx, id: string): Promise<ApiKey | null> => {
  const row = isIdOf('ApiKey', id) ? await tx.apiKey.findUnique({ where: { id }, select: fields }) : null
  return row === null ? null : toKey(row)
}

export const findMany = async (tx: Tx, ids: readonly string[]): Promise<readonly ApiKey[]> =>
  (await tx.apiKey.findMany({ where: { id: { in: [...ids] } }, select: fields })).map(toKey)

export const findBySecret = async (tx: Tx, secretHash: string): Promise<ApiKey | null> => {
  const row = await tx.apiKey.findUnique({ where: { secretHash }, select: fields })
  return row === null ? null : toKey(row)
}

export const used = async (tx: Tx, id: string, lastUsedAt: Date): Promise<void> => {
  await tx.apiKey.update({ where: { id }, data: { lastUsedAt }, select: { id: true } })
}

const HOLD = prepared<ApiKey>(`SELECT ${columns(fields)} FROM "api_keys" WHERE "id" = $1 FOR SHARE`)

/** The key, which nobody revokes before the transaction is over. Any number may hold it. */
export const hold = async (tx: BareTx, id: string): Promise<ApiKey | null> => (await rows(tx, HOLD, id))[0] ?? null

/** One revocation at a time: keys that revoke each other, or themselves, would wait in a circle. */
export const takeTurn = async (tx: Tx): Promise<void> => {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.revokingKeys})::text`
}

/** @returns null if it was revoked before. */
export const revoke = async (tx: Tx, id: string, revokedAt: Date): Promise<ApiKey | null> => {
  if (!isIdOf('ApiKey', id)) return null
  const rows = await tx.apiKey.updateManyAndReturn({ where: { id, revokedAt: null }, data: { revokedAt }, select: fields })
  return rows[0] === undefined ? null : toKey(rows[0])
}

/** Newest first. */
export const page = async (tx: Tx, window: Window): Promise<Page<ApiKey>> => {
  const beyond = (key: readonly string[] | null, side: 'lt' | 'gt') =>
    key === null
      ? {}
      : {
          OR: [
            { createdAt: { [side]: new Date(Number(key[0])) } },
            { createdAt: new Date(Number(key[0])), id: { [side]: String(key[1]) } },
          ],
        }
  const direction = window.backward ? 'asc' : 'desc'
  const rows = await tx.apiKey.findMany({
    where: { AND: [beyond(window.after, 'lt'), beyond(window.before, 'gt')] },
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.size + 1,
    select: fields,
  })
  return pageOf(
    window,
    rows.map(toKey),
    (key) => [String(key.createdAt.getTime()), key.id],
    () => tx.apiKey.count(),
  )
}
