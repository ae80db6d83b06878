import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config.ts'
import { chainHash } from '../../../src/features/event/event.ts'
import { testApp } from '../../support/app.ts'
import { freshDatabase } from '../../support/engines.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-verify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const app = await testApp({ env: { DATA_DIR: join(folder, 'here') } })
const { db, verification } = app.app

const run = async (...statements: string[]): Promise<void> => {
  for (const statement of statements) await db.read.$executeRawUnsafe(statement)
}

const head = () => db.read.ledger.findUniqueOrThrow({ where: { id: 1 } })

/** Where something is wrong, and what. */
const problems = async (): Promise<string[]> =>
  (await verification.verify()).problems.map(({ position, problem }) => `${position}: ${problem}`)

/** Somebody with the rights of the database's owner: the trigger does not stop him. */
beforeAll(async () => {
  for (let i = 0; i < 4; i++) await app.person()
  await app.app.tick()
  await run('DELETE FROM checkpoints') // the background may have signed earlier
  await verification.checkpoint()
  for (let i = 0; i < 2; i++) await app.person()
  await app.app.tick()
  app.clock.advance(3_600)
  await verification.checkpoint()
  await run('ALTER TABLE events DISABLE TRIGGER ALL')
  for (const table of ['events', 'ledger', 'checkpoints']) await run(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)
})

afterEach(async () => {
  for (const table of ['events', 'ledger', 'checkpoints'])
    await run(`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM kept_${table}`)
})

describe('a log that nobody touched', () => {
  it('has no problem, from the first event to the head, and its checkpoints are signed', async () => {
    const { position } = await head()
    expect(position).toBeGreaterThan(10n)
    const told: bigint[] = []
    expect(await verification.verify((events) => told.push(events))).toEqual({
      events: position,
      checkpoints: 2,
      problems: [],
    })
    expect(told).toEqual([position])
  })

  it('has none either where the personal part of an event was erased', async () => {
    await run('UPDATE events SET ip = NULL, salt = NULL WHERE position IN (1, 3)')
    expect(await problems()).toEqual([])
  })

  it('has none while the server goes on writing', async () => {
    const writing = Promise.all(Array.from({ length: 5 }, () => app.person()))
    const found: string[] = []
    for (let i = 0; i < 10; i++) found.push(...(await problems()))
    await writing
    await app.app.tick()
    expect(found).toEqual([])
  })
})

describe('somebody who may do everything in the database', () => {
  it.each([
    ['details', `details = '{"reason":"SIGNED_OUT"}'`],
    ['the type', `type = 'session.opened!'`],
    ['the actor', `actor_kind = 'SYSTEM', actor_id = 'key_x'`],
    ['the account', `account_id = 'acc_x'`],
    ['the subject', `subject_id = 'ses_x'`],
    ['the outcome', `outcome = 'FAILED'`],
    ['the time', `occurred_at = occurred_at + interval '1 millisecond'`],
    ['the digest of the personal part', `digest = repeat('0', 64), ip = NULL, salt = NULL`],
  ])('cannot change %s of an event', async (_what, change) => {
    await run(`UPDATE events SET ${change} WHERE position = 3`)
    expect(await problems()).toEqual(['3: it was changed'])
  })

  it.each([
    ['change the address', `ip = '203.0.113.9'`],
    ['put one in where it was erased', `ip = '203.0.113.9', salt = NULL`],
    ['take it away without the salt', 'ip = NULL'],
  ])('cannot %s', async (_what, change) => {
    await run(`UPDATE events SET ${change} WHERE position = 3`)
    expect(await problems()).toEqual(['3: its personal part was changed'])
  })

  it('cannot take an event out of the middle', async () => {
    await run('DELETE FROM events WHERE position = 4')
    expect(await problems()).toEqual(['5: 1 events before it are missing'])
  })

  it('cannot close the gap by moving the rest', async () => {
    await run(
      'DELETE FROM events WHERE position = 4',
      'UPDATE events SET position = -position WHERE position > 4',
      'UPDATE events SET position = -position - 1 WHERE position < 0',
    )
    expect((await problems())[0]).toBe('4: it was changed')
  })

  it('cannot cut the tail: the head knows where it was', async () => {
    const { position } = await head()
    await run(`DELETE FROM events WHERE position > ${position - 2n}`)
    expect(await problems()).toEqual([
      `${position}: the log was cut: its head is further on`,
      `${position}: the log is not what it was at the checkpoint`,
    ])
  })

  it('cannot cut the tail and move the head back: the signed checkpoint knows', async () => {
    const { position } = await head()
    await run(
      `DELETE FROM events WHERE position > ${position - 2n}`,
      `UPDATE ledger SET position = e.position, hash = e.hash FROM events e WHERE e.position = ${position - 2n}`,
    )
    expect(await problems()).toEqual([`${position}: the log is not what it was at the checkpoint`])
    await app.app.tick() // nothing is signed over it
    expect(await problems()).toEqual([`${position}: the log is not what it was at the checkpoint`])
  })

  it('cannot write the whole chain anew: it hangs together, and is not the one that was signed', async () => {
    await run(`UPDATE events SET details = '{}' WHERE position = 2`)
    let previous = '0'.repeat(64)
    for (const row of await db.read.event.findMany({ orderBy: { position: 'asc' } })) {
      const { actorKind: kind, actorId: id, details, hash: _hash, position, ...rest } = row
      const event = { ...rest, actor: { kind, id }, details: details as Record<string, string> } // ids and enums only
      previous = chainHash(previous, position ?? 0n, event)
      await run(`UPDATE events SET hash = '${previous}' WHERE position = ${position}`)
    }
    await run(`UPDATE ledger SET hash = '${previous}'`)
    const signed = await db.read.checkpoint.findMany({ orderBy: { position: 'asc' } })
    expect(await problems()).toEqual(signed.map(({ position }) => `${position}: the log is not what it was at the checkpoint`))
  })

  const copyOf = (position: string): string =>
    `INSERT INTO events SELECT 'evt_forged', ${position}, type, occurred_at, actor_kind, actor_id, account_id, subject_id,
      outcome, details, ip, salt, digest, hash FROM events WHERE position = 2`

  it('cannot put an event behind the head', async () => {
    const next = (await head()).position + 1n
    await run(copyOf(String(next)))
    expect(await problems()).toEqual([`${next}: it was changed`, `${next}: the log goes on behind its head`])
  })

  it('cannot put one between two others', async () => {
    await run(
      'UPDATE events SET position = -position WHERE position > 2',
      'UPDATE events SET position = 1 - position WHERE position < 0',
      copyOf('3'),
      'UPDATE ledger SET position = position + 1',
    )
    expect((await problems())[0]).toBe('3: it was changed')
  })

  it.each(['0', '-7'])('cannot put one before the first, at %s', async (position) => {
    await run(copyOf(position))
    expect(await problems()).toEqual([`${position}: it stands before the first event`])
  })

  it('cannot give the head another hash', async () => {
    const { position } = await head()
    await run(`UPDATE ledger SET hash = repeat('0', 64)`)
    expect(await problems()).toEqual([`${position}: the head belongs to another event`])
  })

  it.each([
    ['a signature of his own', `signature = repeat('A', 43)`],
    ['a key that does not exist', `key_id = 'other'`],
    ['the hash of another chain', `hash = repeat('0', 64)`],
  ])('cannot sign a checkpoint: %s does not count', async (_what, change) => {
    const { position } = await head()
    await run(`UPDATE checkpoints SET ${change} WHERE position = ${position}`)
    expect(await problems()).toEqual([`${position}: the checkpoint is not signed by a key of this installation`])
  })

  it('is stopped by the trigger as long as it is there', async () => {
    await run('ALTER TABLE events ENABLE TRIGGER ALL')
    try {
      for (const act of [`UPDATE events SET details = '{}'`, 'DELETE FROM events', 'TRUNCATE events'])
        await expect(run(act), act).rejects.toThrow('append-only')
    } finally {
      await run('ALTER TABLE events DISABLE TRIGGER ALL')
    }
  })
})

describe('gatehouse verify-events', () => {
  const BIN = fileURLToPath(new URL('../../../src/bin.cjs', import.meta.url))

  it('says 0 problems and exits 0; after a tampering it says where, and exits 1', { timeout: 120_000 }, async () => {
    const database = await freshDatabase()
    const { DATABASE_URL: _database, REDIS_URL: _redis, NODE_ENV: _mode, ...rest } = process.env
    const env = { ...database.env, DATA_DIR: join(folder, 'there'), PORT: '0', LOG_LEVEL: 'silent' }
    const verify = () =>
      new Promise<{ code: number | null; out: string }>((resolve) => {
        const child = spawn(process.execPath, [BIN, 'verify-events'], {
          env: { ...rest, ...env },
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        let out = ''
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString()
        })
        child.once('close', (code) => resolve({ code, out }))
      })
    const withApp = async (work: (server: Awaited<ReturnType<typeof createApp>>) => Promise<unknown>) => {
      const server = await createApp(parseConfig(env))
      await work(server).finally(server.close)
    }
    try {
      await withApp(async (server) => {
        for (const name of ['a', 'b', 'c']) await server.operators.createKey({ name, scopes: ['EVENTS_READ'], expiresAt: null })
      })
      const clean = await verify()
      expect(clean).toEqual({ code: 0, out: '3 events, 1 checkpoints, 0 problems\n' })
      await withApp(async (server) => {
        await server.db.read.$executeRawUnsafe('ALTER TABLE events DISABLE TRIGGER ALL')
        await server.db.read.$executeRawUnsafe(`UPDATE events SET details = '{}' WHERE position = 2`)
      })
      expect(await verify()).toEqual({ code: 1, out: 'event 2: it was changed\n3 events, 1 checkpoints, 1 problems\n' })
    } finally {
      await database.drop()
    }
  })
})
