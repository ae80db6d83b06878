/**
 * How fast a file of accounts is taken in, and in how much memory, and whether people can sign in then, with every format of hash, and have
 * one of ours afterwards: `npx tsx bench/import.ts [ROWS]`, 100,000 if left out. On the PostgreSQL of DATABASE_URL and the Redis of
 * REDIS_URL, in a database of its own, which is dropped.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeDatabase } from './kit/database.ts'
import { ask } from './kit/http.ts'
import { addressOf, isBad, passwordOf, writeRows } from './kit/import-rows.ts'
import { startGatehouse } from './kit/server.ts'
import { isSignedIn, signInAs } from './kit/sign-in.ts'

const ROWS = Number(process.argv[2] ?? 100_000)
const BIN = fileURLToPath(new URL('../src/bin.cjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-import-'))
const database = await makeDatabase()
const env = { ...process.env, DATABASE_URL: database.url, DATA_DIR: folder, LOG_LEVEL: 'silent' }

type Run = Readonly<{ seconds: number; cpuSeconds: number; megabytes: number; out: string }>

/** Clock ticks a second, as Linux counts CPU. */
const TICKS = 100

/** @returns how long it took, the CPU of the process itself, and the most memory that was resident, in MB. */
const run = async (...words: string[]): Promise<Run> => {
  const began = performance.now()
  const child = spawn(process.execPath, [BIN, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let [out, most, ticks] = ['', 0, 0]
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const watch = setInterval(() => {
    try {
      const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      most = Math.max(most, Number(resident ?? 0) / 1024)
      const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
        .slice(11, 13)
      ticks = Number(user ?? 0) + Number(system ?? 0)
    } catch {
      // it has just ended
    }
  }, 100)
  await once(child, 'close')
  clearInterval(watch)
  const seconds = (performance.now() - began) / 1000
  return { seconds, cpuSeconds: ticks / TICKS, megabytes: most, out: out.trim() }
}

/** The last good row of each format. */
const sampleOf = (rows: number): readonly number[] => {
  const last = new Map<string, number>()
  for (let row = Math.max(0, rows - 5_000); row < rows; row++) if (!isBad(row)) last.set(passwordOf(row).given.format, row)
  return [...last.values()]
}

/** Signs the sample in, and waits until each has a hash as they are made now. @returns how many of them did both. */
const cameIn = async (sample: readonly number[]): Promise<number> => {
  const server = await startGatehouse({ databaseUrl: database.url })
  try {
    let signedIn = 0
    for (const row of sample)
      if (isSignedIn(await ask(server.port, signInAs(addressOf(row), passwordOf(row).password)))) signedIn++
    const addresses = sample.map((row) => `'${addressOf(row)}'`).join(', ')
    const renewed = `SELECT count(*)::int AS count FROM passwords JOIN accounts ON id = account_id
      WHERE email IN (${addresses}) AND hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'`
    for (let second = 0; second < 30; second++, await sleep(1_000))
      if ((await database.query(renewed))[0]?.count === sample.length) return signedIn
    return 0
  } finally {
    await server.stop()
  }
}

try {
  const file = join(folder, 'users.ndjson')
  await writeRows(file, ROWS)
  await run('migrate')
  const { seconds, cpuSeconds, megabytes, out } = await run('import', file)
  const figures = [`${seconds.toFixed(1)} s`, `${Math.round(ROWS / seconds)} rows/s`, `${cpuSeconds.toFixed(1)} s of CPU`]
  console.log(`${out}\n${[...figures, `at most ${Math.round(megabytes)} MB resident`].join(', ')}`)
  const sample = sampleOf(ROWS)
  console.log(`${await cameIn(sample)} of ${sample.length} formats: signed in, and hashed anew`)
} finally {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
}
