#!/usr/bin/env -S node --max-semi-space-size=4
/**
 * Starts the built server. Plain JavaScript, and CommonJS: the size of libuv's pool must be set before anything uses it.
 * In a checkout it builds first what is missing or older than its source; a published package has no source and is built.
 * The young generation is kept small by the first line (in MiB): it would grow by 25 MB for no gain in time.
 */
const { execFileSync } = require('node:child_process')
const { existsSync, readdirSync, statSync } = require('node:fs')
const { availableParallelism } = require('node:os')
const { join } = require('node:path')

const root = join(__dirname, '..')
const built = join(root, 'dist', 'cli.js')

/** Password hashes run on the pool; file reads must find room beside them. */
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4)

/**
 * With a PostgreSQL server the only WebAssembly is Prisma's compiler of queries, which soon has nothing new to compile.
 * Optimising it costs some 20 MB; the embedded database is WebAssembly itself and is worth it.
 */
if (process.env.DATABASE_URL) require('node:v8').setFlagsFromString('--liftoff-only')

const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, 0)

const isStale = () => !existsSync(built) || newest(join(root, 'src')) > statSync(built).mtimeMs

if (existsSync(join(root, 'src', 'cli.ts')) && isStale()) {
  process.stderr.write('Building …\n')
  execFileSync(process.execPath, [join(root, 'src', 'build.mjs')], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}

import(require('node:url').pathToFileURL(built).href)
