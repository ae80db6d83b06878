/** A real server in a process of its own: the built one, on a free port, with an empty database in a temporary folder. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../src/bin.cjs', import.meta.url))

/** A first start makes a database, and in a fresh checkout a build, too. */
const PATIENCE_MS = 60_000

export type RealServer = Readonly<{
  url: string
  /** Sends SIGTERM. @returns the exit code, once the process and its folder are gone. */
  stop: () => Promise<number | null>
}>

/** @throws with what the server said, if it does not come up. */
export const startServer = async (): Promise<RealServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'))
  const child = spawn(process.execPath, [BIN, 'start'], {
    // nothing of the caller's own configuration: the story is told on the embedded default
    env: { PATH: process.env.PATH, PORT: '0', HOST: '127.0.0.1', DATA_DIR: folder, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM')
    const code = await gone
    await rm(folder, { recursive: true, force: true })
    return code
  }
  let said = ''
  const up = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not come up:\n${said}`)), PATIENCE_MS)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const port = /http:\/\/localhost:(\d+)\/graphql/.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(`http://127.0.0.1:${port}`)
    })
    gone.then((code) => {
      clearTimeout(timer)
      reject(new Error(`the server stopped with ${code}:\n${said}`))
    })
  })
  try {
    return { url: await up, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
