/**
 * One process a data folder. The lock is a listening Unix socket in the folder: the system takes it away with the
 * process, however that dies, so there is no stale lock to clean up and no process number to mistake for another's.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A Unix socket's path has room for 107 bytes. */
const SOCKET_PATH_MAX = 100

/** How long a dead lock's successor waits to see whether he is the only one. */
const TAKEOVER_MS = 100

export class FolderInUse extends Error {
  constructor(folder: string) {
    super(`Another Gatehouse is running on the data folder ${folder}. Stop it first, or set DATA_DIR to another folder.`)
    this.name = 'FolderInUse'
  }
}

const socketPath = (folder: string): string => {
  const real = realpathSync(folder)
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\gatehouse-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`
  const [direct, short] = [join(real, 'lock'), relative(process.cwd(), join(real, 'lock'))]
  const fitting = [direct, short].find((path) => Buffer.byteLength(path) <= SOCKET_PATH_MAX)
  return fitting ?? join(tmpdir(), `gatehouse-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`)
}

const listen = (path: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })

const isAlive = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** @returns how to give the folder back. @throws FolderInUse if a living process has it. */
export const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  const path = socketPath(folder)
  const taken = async (error: NodeJS.ErrnoException): Promise<Server> => {
    if (error.code !== 'EADDRINUSE') throw error
    if (await isAlive(path)) throw new FolderInUse(folder)
    await rm(path, { force: true }) // its process died without saying goodbye
    const server = await listen(path).catch(() => {
      throw new FolderInUse(folder)
    })
    // others may have found the same dead lock and cleared it a moment later: the last one to listen has the folder
    const mine = await stat(path, { bigint: true }).catch(() => null)
    await setTimeout(TAKEOVER_MS)
    const there = await stat(path, { bigint: true }).catch(() => null)
    if (mine === null || mine.ino !== there?.ino || mine.ctimeNs !== there.ctimeNs) throw new FolderInUse(folder)
    return server
  }
  const server = await listen(path).catch(taken)
  return () => new Promise((resolve) => server.close(() => resolve()))
}
