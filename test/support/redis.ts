/** A Redis of the test's own, on a port and in a folder of its own, to be paused, emptied, killed and set back in time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, vi } from 'vitest'

const DUMP = 'dump.rdb'

const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** Starts it; it is killed by itself after the file's tests, and after whatever is started later. */
export const ownRedis = async () => {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'gatehouse-redis-'))]
  const admin = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null })
  admin.on('error', () => undefined) // it is meant to be away at times
  let child: ChildProcess | null = null

  const start = async (): Promise<void> => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--dbfilename', DUMP, '--save', '']
    child = spawn(PROGRAM, options, { stdio: 'ignore' })
    await vi.waitUntil(() => admin.status === 'ready', { timeout: 20_000, interval: 10 })
    await admin.ping()
  }

  /** As a power cut does: nothing is saved, nobody is told. */
  const kill = async (): Promise<void> => {
    if (child === null) return
    const gone = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    child = null
    await vi.waitUntil(() => admin.status !== 'ready', { timeout: 20_000, interval: 5 })
  }

  await start()
  process.once('exit', () => child?.kill('SIGKILL')) // also when the run is broken off
  afterAll(async () => {
    admin.disconnect()
    await kill()
    await rm(folder, { recursive: true, force: true })
  })

  return {
    url: `redis://127.0.0.1:${port}`,
    admin,
    start,
    kill,
    pause: (): void => void child?.kill('SIGSTOP'),
    resume: (): void => void child?.kill('SIGCONT'),
    /** Keeps a picture of now. @returns how to begin again from it: what came later is forgotten. */
    picture: async (): Promise<() => Promise<void>> => {
      await admin.save()
      const kept = join(folder, 'kept.rdb')
      await copyFile(join(folder, DUMP), kept)
      return async () => {
        await kill()
        await copyFile(kept, join(folder, DUMP))
        await start()
      }
    },
    /** Cuts the connections that call themselves so. @returns how many. */
    cut: async (name: string): Promise<number> => {
      const lines = String(await admin.client('LIST')).split('\n')
      const ids = lines.filter((line) => line.includes(` name=${name} `)).map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '')
      for (const id of ids) await admin.client('KILL', 'ID', id)
      return ids.length
    },
  }
}
