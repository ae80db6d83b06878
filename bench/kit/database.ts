/** Databases of the bench's own, and people in them by the thousand: signing a million up would take a day of hashing. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { hashSecret, SECRET_PREFIXES } from '../../src/kernel/secrets.ts'
import { HASHING } from '../../src/policy/bounds.ts'
import { referenceArgon2 } from '../../src/ports/hasher/argon2.ts'

const SERVER = process.env.DATABASE_URL ?? 'postgres://root@127.0.0.1:5432/postgres'

export const PASSWORD = 'correct horse battery'

/** The sessions of each person that is made. */
export const SESSIONS_EACH = 5

const on = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

export type BenchDatabase = Readonly<{
  url: string
  query: (sql: string) => Promise<Record<string, unknown>[]>
  drop: () => Promise<void>
}>

export const makeDatabase = async (): Promise<BenchDatabase> => {
  const name = `gatehouse_bench_${randomBytes(5).toString('hex')}`
  await on(SERVER, `CREATE DATABASE ${name}`)
  const url = new URL(SERVER)
  url.pathname = `/${name}`
  return {
    url: url.href,
    query: (sql) => on(url.href, sql),
    drop: () => on(SERVER, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(() => undefined),
  }
}

/** Person n's session k, both from 0; `seed` makes the rows that fit. */
export const tokenOf = (n: number, k = 0): string =>
  `${SECRET_PREFIXES.session}${String(n * SESSIONS_EACH + k + 1).padStart(43, '0')}`
export const sessionIdOf = (n: number, k = 0): string => `ses_${String(n * SESSIONS_EACH + k + 1).padStart(26, '0')}`
export const emailOf = (n: number): string => `person${n + 1}@example.com`
/** An operator's key that may read events and change settings. */
export const KEY = `${SECRET_PREFIXES.apiKey}${'k'.repeat(43)}`

/** Into a database that a server has migrated. All have one password, so it is hashed once. */
export const seed = async ({ query }: BenchDatabase, people: number): Promise<void> => {
  const { hash } = await referenceArgon2()
  const password = await hash(PASSWORD, randomBytes(16), HASHING)
  await query(`INSERT INTO accounts (id, email, name, labels, created_at, first_session_at)
    SELECT 'acc_' || lpad(n::text, 26, '0'), 'person' || n || '@example.com', 'Person ' || n, '{}', now(), now()
    FROM generate_series(1, ${people}) n`)
  await query(`INSERT INTO passwords (account_id, hash, changed_at) SELECT id, '${password}', now() FROM accounts`)
  await query(`INSERT INTO sessions (id, account_id, token_hash, transport, method, factors, created_at, extended_at,
      authenticated_at, last_active_at, expires_at, idle_expires_at, ip)
    SELECT 'ses_' || lpad(s::text, 26, '0'), 'acc_' || lpad(((s - 1) / ${SESSIONS_EACH} + 1)::text, 26, '0'),
      encode(sha256(('${SECRET_PREFIXES.session}' || lpad(s::text, 43, '0'))::bytea), 'hex'), 'COOKIE', 'PASSWORD', '{PASSWORD}',
      now(), now(), now(), now(), now() + interval '30 days', now() + interval '14 days', '127.0.0.1'
    FROM generate_series(1, ${people * SESSIONS_EACH}) s`)
  await query(`INSERT INTO api_keys (id, name, secret_hash, scopes, created_at)
    VALUES ('key_${'0'.repeat(25)}1', 'bench', '${hashSecret(KEY)}', '{EVENTS_READ,SETTINGS_WRITE}', now())`)
  await query('ANALYZE')
}
