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

try {
  const file = join(folder, 'users.ndjson')
  await writeRows(file, ROWS)
  await run('migrate')
  const { seconds, cpuSeconds, megabytes, out } = await run('import', file)
  const figures = [`${seconds.toFixed(1)} s`, `${Math.round(ROWS / seconds)} rows/s`, `${cpuSeconds.toFixed(1)} s of CPU`]
  console.log(`${out}\n${[...figures, `at most ${Math.round(megabytes)} MB resident`].join(', ')}`)
} finally {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
}
