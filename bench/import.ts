/**
 * How fast a file of accounts is taken in, and in how much memory: `npx tsx bench/import.ts [ROWS]`, 100,000 if left out. On the
 * PostgreSQL of DATABASE_URL, in a database of its own, which is dropped.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeDatabase } from './kit/database.ts'
import { writeRows } from './kit/import-rows.ts'

const ROWS = Number(process.argv[2] ?? 100_000)
const BIN = fileURLToPath(new URL('../src/bin.cjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-import-'))
const database = await makeDatabase()
const env = { ...process.env, DATABASE_URL: database.url, DATA_DIR: folder, LOG_LEVEL: 'silent' }

/** @returns seconds, and the most memory that was resident, in MB. */
const run = async (...words: string[]): Promise<{ seconds: number; megabytes: number; out: string }> => {
  const began = performance.now()
  const child = spawn(process.execPath, [BIN, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let [out, most] = ['', 0]
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const watch = setInterval(() => {
    try {
      const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      most = Math.max(most, Number(resident ?? 0) / 1024)
    } catch {
      // it has just ended
    }
  }, 100)
  await once(child, 'close')
  clearInterval(watch)
  return { seconds: (performance.now() - began) / 1000, megabytes: most, out: out.trim() }
}

try {
  const file = join(folder, 'users.ndjson')
  await writeRows(file, ROWS)
  await run('migrate')
  const { seconds, megabytes, out } = await run('import', file)
  console.log(
    `${out}\n${seconds.toFixed(1)} s, ${Math.round(ROWS / seconds)} rows/s, at most ${Math.round(megabytes)} MB resident`,
  )
} finally {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
}
