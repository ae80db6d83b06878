/** The sessions table. */
import { isIdOf } from '../../kernel/ids.ts'
import { type Page, pageOf, type Window } from '../../kernel/page.ts'
import type { SessionEndReason } from '../../kernel/viewer.ts'
import type { Prisma } from '../../ports/db/generated/client.ts'
import { type BareTx, columns, prepared, rows, sql, type Tx, write } from '../../ports/db/index.ts'
import type { Session, SessionFilter } from './session.ts'

export const fields = {
  id: true,
  accountId: true,
  transport: true,
  method: true,
  provider: true,
  factors: true,
  createdAt: true,
  extendedAt: true,
  authenticatedAt: true,
  lastActiveAt: true,
  expiresAt: true,
  idleExpiresAt: true,
  endedAt: true,
  endReason: true,
  ip: true,
  userAgent: true,
  countryCode: true,
  city: true,
  deviceId: true,
  rotation: true,
} as const satisfies Record<keyof Session, true>

const isLive = (now: Date): Prisma.SessionWhereInput => ({
  endedAt: null,
  expiresAt: { gt: now },
  OR: [{ idleExpiresAt: null }, { idleExpiresAt: { gt: now } }],
})

export type NewSession = Session & Readonly<{ tokenHash: string; handoverHash: string | null; handoverExpiresAt: Date | null }>

/** As Prisma's fields, for prepared statements; the engines do not read lists of an enum alike. */
const COLUMNS = columns(fields).replace('"factors"', '"factors"::text[]')

const FIND = prepared<Session>(`SELECT ${COLUMNS} FROM "sessions" WHERE "id" = $1`)

export const find = async (tx: BareTx, id: string): Promise<Session | null> =>
  isIdOf('Session', id) ? ((await rows(tx, FIND, id))[0] ?? null) : null

/** The same as `isLive`, with the moment as $2. */
const LIVE = '"ended_at" IS NULL AND "expires_at" > $2 AND ("idle_expires_at" IS NULL OR "idle_expires_at" > $2)'

const INSERT = prepared(`
  INSERT INTO "sessions" ("id", "account_id", "transport", "method", "provider", "factors", "created_at", "extended_at",
    "authenticated_at", "last_active_at", "expires_at", "idle_expires_at", "ip", "user_agent", "country_code", "city", "device_id",
    "token_hash", "handover_hash", "handover_expires_at")
  VALUES ($1, $2, $3, $4, $5, $6::text[]::"Factor"[], $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`)

/** @param s a live one. */
export const insert = (tx: BareTx, s: NewSession): Promise<void> => {
  const times = [s.createdAt, s.extendedAt, s.authenticatedAt, s.lastActiveAt, s.expiresAt, s.idleExpiresAt]
  const origin = [s.ip, s.userAgent, s.countryCode, s.city, s.deviceId]
  const secrets = [s.tokenHash, s.handoverHash, s.handoverExpiresAt]
  return write(tx, INSERT, s.id, s.accountId, s.transport, s.method, s.provider, s.factors, ...times, ...origin, ...secrets)
}

const SHOWN = prepared<Session>(`
  SELECT ${COLUMNS} FROM "sessions" WHERE "id" = $1
    AND EXISTS (SELECT 1 FROM "accounts" WHERE "accounts"."id" = "account_id" AND "accounts"."deleted_at" IS NULL)`)

/** Nothing for what is left of a deleted account's. */
export const findShown = async (tx: BareTx, id: string): Promise<Session | null> =>
  isIdOf('Session', id) ? ((await rows(tx, SHOWN, id))[0] ?? null) : null

const FIND_MANY = prepared<Session>(`SELECT ${COLUMNS} FROM "sessions" WHERE "id" = ANY($1::text[])`)

export const findMany = (tx: BareTx, ids: readonly string[]): Promise<readonly Session[]> => rows(tx, FIND_MANY, ids)

const LIVE_OF = prepared<Session>(`
  SELECT ${COLUMNS} FROM "sessions" WHERE "account_id" = $1 AND ${LIVE} ORDER BY "created_at" DESC, "id" DESC`)

/** Newest first. */
export const live = (tx: BareTx, accountId: string, now: Date): Promise<readonly Session[]> => rows(tx, LIVE_OF, accountId, now)

/** Those whose end is not written yet, live or not. */
export const unended = (tx: Tx, accountId: string): Promise<readonly Session[]> =>
  tx.session.findMany({ where: { accountId, endedAt: null }, select: fields })

const ERASE = prepared(`
  UPDATE "sessions" SET "ip" = NULL, "user_agent" = NULL, "country_code" = NULL, "city" = NULL, "device_id" = NULL
  WHERE "account_id" = $1`)

/** Forgets from where and on what an account's sessions were opened. */
export const erase = (tx: BareTx, accountId: string): Promise<void> => write(tx, ERASE, accountId)

const COUNT_LIVE = prepared<{ live: number; named: number }>(`
  SELECT count(*)::int AS "live", (count(*) FILTER (WHERE "id" = $3))::int AS "named" FROM "sessions"
  WHERE "account_id" = $1 AND ${LIVE}`)

/** How many live sessions an account has, and whether a certain one is among them. */
export const countLive = async (
  tx: BareTx,
  accountId: string,
  now: Date,
  id: string | null,
): Promise<{ live: number; hasNamed: boolean }> => {
  const [row] = await rows(tx, COUNT_LIVE, accountId, now, id)
  return { live: row?.live ?? 0, hasNamed: row?.named === 1 }
}

export const liveOfDevice = (tx: Tx, deviceId: string, now: Date): Promise<readonly Session[]> =>
  tx.session.findMany({ where: { deviceId, ...isLive(now) }, select: fields })

const END = prepared<Session>(`
  UPDATE "sessions" SET "ended_at" = $2, "end_reason" = $3, "handover_hash" = NULL, "handover_expires_at" = NULL
  WHERE "id" = ANY($1::text[]) AND "ended_at" IS NULL RETURNING ${COLUMNS}`)

export const end = (
  tx: BareTx,
  ids: readonly string[],
  endReason: SessionEndReason,
  endedAt: Date,
): Promise<readonly Session[]> => rows(tx, END, ids, endedAt, endReason)

/** Sessions whose time is over and whose end is not written yet; of some accounts, or of any. */
export const overdue = (tx: Tx, now: Date, take: number, accountIds?: readonly string[]): Promise<readonly Session[]> =>
  tx.session.findMany({
    where: {
      endedAt: null,
      OR: [{ expiresAt: { lte: now } }, { idleExpiresAt: { lte: now } }],
      ...(accountIds === undefined ? {} : { accountId: { in: [...accountIds] } }),
    },
    take,
    select: fields,
  })

export const removeTombstones = async (tx: Tx, endedBefore: Date): Promise<number> =>
  (await tx.session.deleteMany({ where: { endedAt: { lt: endedBefore } } })).count

/** Exact times of use, many at once; a time never moves back and the idle end moves with it. */
export const touch = async (
  tx: Tx,
  uses: readonly Readonly<{ id: string; at: Date }>[],
  idleTimeoutSeconds: number | null,
): Promise<void> => {
  await tx.$executeRaw(sql`
    UPDATE "sessions" SET "last_active_at" = used."at",
      "idle_expires_at" = used."at" + make_interval(secs => ${idleTimeoutSeconds}::double precision)
    FROM unnest(${uses.map((use) => use.id)}::text[], ${uses.map((use) => use.at.toISOString())}::timestamptz[]) AS used("id", "at")
    WHERE "sessions"."id" = used."id" AND "ended_at" IS NULL AND "last_active_at" < used."at"`)
}

/** Brings every live session's ends under a policy. */
export const reschedule = async (tx: Tx, lifetimeSeconds: number, idleTimeoutSeconds: number | null): Promise<void> => {
  await tx.$executeRaw(sql`
    UPDATE "sessions" SET
      "expires_at" = "extended_at" + make_interval(secs => ${lifetimeSeconds}::double precision),
      "idle_expires_at" = "last_active_at" + make_interval(secs => ${idleTimeoutSeconds}::double precision)
    WHERE "ended_at" IS NULL`)
}

/** Accounts with more live sessions than they may have. */
export const accountsOver = async (
  tx: Tx,
  limit: number,
  now: Date,
): Promise<readonly Readonly<{ accountId: string; limit: number }>[]> =>
  tx.$queryRaw<{ accountId: string; limit: number }[]>`
    SELECT s."account_id" AS "accountId", COALESCE(a."session_limit", ${limit}::int) AS "limit"
    FROM "sessions" s JOIN "accounts" a ON a."id" = s."account_id"
    WHERE s."ended_at" IS NULL AND s."expires_at" > ${now} AND (s."idle_expires_at" IS NULL OR s."idle_expires_at" > ${now})
    GROUP BY s."account_id", a."session_limit" HAVING count(*) > COALESCE(a."session_limit", ${limit}::int)
    ORDER BY s."account_id"`

/** The code dies with the first use of the cookie. */
export const dropHandover = async (tx: Tx, id: string): Promise<void> => {
  await tx.session.updateMany({
    where: { id, handoverHash: { not: null } },
    data: { handoverHash: null, handoverExpiresAt: null },
  })
}

/** Whose code this is. */
export const handoverOwner = async (tx: Tx, handoverHash: string): Promise<string | null> =>
  (await tx.session.findUnique({ where: { handoverHash }, select: { accountId: true } }))?.accountId ?? null

/** Takes the code and puts a new token in place of the one in the cookie, in one statement. */
export const takeHandover = async (tx: Tx, handoverHash: string, tokenHash: string, now: Date): Promise<Session | null> => {
  const rows = await tx.session.updateManyAndReturn({
    where: { handoverHash, handoverExpiresAt: { gt: now }, ...isLive(now) },
    data: { tokenHash, rotation: { increment: 1 }, transport: 'TOKEN', handoverHash: null, handoverExpiresAt: null },
    select: fields,
  })
  return rows[0] ?? null
}

const ROTATE = prepared<Session>(`
  UPDATE "sessions" SET "replaced_hash" = "token_hash", "token_hash" = $2, "rotation" = "rotation" + 1, "authenticated_at" = $3,
    "factors" = $4::text[]::"Factor"[], "handover_hash" = NULL, "handover_expires_at" = NULL
  WHERE "id" = $1 AND "ended_at" IS NULL RETURNING ${COLUMNS}`)

/** Puts a new token in place of the old one, whose hash is kept apart: it opens nothing. */
export const rotate = async (
  tx: BareTx,
  id: string,
  tokenHash: string,
  { authenticatedAt, factors }: Pick<Session, 'authenticatedAt' | 'factors'>,
): Promise<Session | null> => (await rows(tx, ROTATE, id, tokenHash, authenticatedAt, factors))[0] ?? null

const BY_REPLACED = prepared<Session>(`SELECT ${COLUMNS} FROM "sessions" WHERE "replaced_hash" = $1`)

/** The session that had this token before the one it has now. */
export const findByReplaced = async (tx: BareTx, replacedHash: string): Promise<Session | null> =>
  (await rows(tx, BY_REPLACED, replacedHash))[0] ?? null

export const extend = async (tx: Tx, id: string, ends: Pick<Session, 'extendedAt' | 'expiresAt'>): Promise<Session | null> => {
  const rows = await tx.session.updateManyAndReturn({ where: { id, endedAt: null }, data: ends, select: fields })
  return rows[0] ?? null
}

const COUNTRIES = prepared<{ hasOther: boolean; hasThis: boolean }>(`
  SELECT COALESCE(bool_or("country_code" = $2), false) AS "hasThis", COALESCE(bool_or("country_code" <> $2), false) AS "hasOther"
  FROM "sessions" WHERE "account_id" = $1`)

/** Whether the account has had sessions from known places, and none of them from this country. */
export const isNewCountry = async (tx: BareTx, accountId: string, countryCode: string): Promise<boolean> => {
  const [row] = await rows(tx, COUNTRIES, accountId, countryCode)
  return row?.hasOther === true && !row.hasThis
}

export const lastActiveAt = async (tx: Tx, accountIds: readonly string[]): Promise<ReadonlyMap<string, Date | null>> => {
  const rows = await tx.session.groupBy({
    by: ['accountId'],
    where: { accountId: { in: [...accountIds] } },
    _max: { lastActiveAt: true },
  })
  return new Map(rows.map((row) => [row.accountId, row._max.lastActiveAt]))
}

/** Live sessions unless the filter says otherwise; asking for an end reason asks for ended ones. */
const where = (filter: SessionFilter, now: Date): Prisma.SessionWhereInput => {
  const wantsLive = filter.live ?? (filter.endReason == null ? true : null)
  return {
    AND: [
      wantsLive === null ? {} : wantsLive ? isLive(now) : { NOT: isLive(now) },
      wantsLive === true ? {} : { account: { deletedAt: null } }, // a deleted account has no live ones
      filter.accountId == null ? {} : { accountId: filter.accountId },
      filter.deviceId == null ? {} : { deviceId: filter.deviceId },
      filter.method == null ? {} : { method: { in: [...filter.method] } },
      filter.endReason == null ? {} : { endReason: { in: [...filter.endReason] } },
    ],
  }
}

/** Newest first. */
export const page = async (tx: Tx, window: Window, filter: SessionFilter, now: Date): Promise<Page<Session>> => {
  const matching = where(filter, now)
  const beyond = (key: readonly string[] | null, side: 'lt' | 'gt'): Prisma.SessionWhereInput => {
    if (key === null) return {}
    const [createdAt, id] = [new Date(Number(key[0])), String(key[1])]
    return { OR: [{ createdAt: { [side]: createdAt } }, { createdAt, id: { [side]: id } }] }
  }
  const direction = window.backward ? 'asc' : 'desc'
  const rows: readonly Session[] = await tx.session.findMany({
    where: { AND: [matching, beyond(window.after, 'lt'), beyond(window.before, 'gt')] },
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.size + 1,
    select: fields,
  })
  return pageOf(
    window,
    rows,
    (session) => [String(session.createdAt.getTime()), session.id],
    () => tx.session.count({ where: matching }),
  )
}
