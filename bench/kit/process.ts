/** A process on its cores: started, watched through /proc, stopped by its own handle only. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'

export type Watched = Readonly<{
  child: ChildProcess
  /** User and system time of all its threads so far, in microseconds. */
  cpu: () => number
  /** Resident bytes. */
  resident: () => number
  /** SIGTERM. @returns once it is gone. */
  stop: () => Promise<void>
}>

/** Linux counts the time of processes in these; user programs see 100 a second on every architecture. */
const TICK_MICROSECONDS = 10_000

const canPin = (() => {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' })
    return availableParallelism() > 1
  } catch {
    return false
  }
})()

export type Cores = number | 'all'

/** @param cores the one core it may use, where the machine has taskset and more than one. */
export const start = (args: readonly string[], env: Readonly<Record<string, string>>, cores: Cores): Watched => {
  const pinned = canPin && cores !== 'all'
  const [command, rest] = pinned ? ['taskset', ['-c', String(cores), process.execPath, ...args]] : [process.execPath, [...args]]
  const child = spawn(command, rest, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const read = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
  return {
    child,
    cpu: () => {
      const stat = read('stat')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // a name may hold anything, so count from behind it
      return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS
    },
    resident: () => Number(/^VmRSS:\s+(\d+)/m.exec(read('status'))?.[1]) * 1024,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await gone
    },
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
