/** Gatehouse as an operator starts it, in production, on a port of its own; and the limit server it is held against. */

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask } from './http.ts'
import { type Cores, freePort, start, type Watched } from './process.ts'

const BIN = fileURLToPath(new URL('../../src/bin.cjs', import.meta.url))
const LIMIT = fileURLToPath(new URL('../limit-server.ts', import.meta.url))

export const REDIS = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

/** As `npm start` has them. */
const NODE_ARGS = ['--max-semi-space-size=4']

/** A first start makes a database, and in a fresh checkout a build, too. */
const PATIENCE_MS = 90_000

export type Server = Watched & Readonly<{ port: number }>

const HEALTH = Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')

/** @throws with what it said, if it does not come up. */
const up = async (watched: Watched, port: number): Promise<Server> => {
  let said = ''
  watched.child.stderr?.on('data', (chunk) => (said = (said + chunk).slice(-4_000)))
  watched.child.stdout?.resume()
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(5)) {
    if (watched.child.exitCode !== null) break
    const answer = await ask(port, HEALTH).catch(() => null)
    if (answer?.status === 200) return { ...watched, port }
  }
  await watched.stop()
  throw new Error(`a server did not come up:\n${said}`)
}

type Wanted = Readonly<{
  /** Null: the embedded database in `folder`. */
  databaseUrl: string | null
  folder?: string
  cores?: Cores
  /** For Node itself, such as --cpu-prof. */
  nodeArgs?: readonly string[]
  /** Further variables. */
  env?: Readonly<Record<string, string>>
}>

export const startGatehouse = async ({
  databaseUrl,
  folder,
  cores = 0,
  nodeArgs = [],
  env: more = {},
}: Wanted): Promise<Server> => {
  const port = await freePort()
  const env = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    MAX_SOCKETS_PER_IP: '100000',
    LOG_LEVEL: 'warn',
    ...more,
    ...(databaseUrl === null
      ? { ALLOW_EMBEDDED: 'true', DATA_DIR: folder ?? '' }
      : { DATABASE_URL: databaseUrl, REDIS_URL: REDIS }),
    ...more,
  }
  return up(start([...NODE_ARGS, ...nodeArgs, BIN, 'start'], env, cores), port)
}

/** @param prefix under which Gatehouse keeps its copies of sessions in Redis. */
export const startLimit = async (prefix: string, cores: Cores = 0): Promise<Server> => {
  const port = await freePort()
  const env = { NODE_ENV: 'production', PORT: String(port), REDIS_URL: REDIS, PREFIX: prefix }
  return up(start(['--import', 'tsx', LIMIT], env, cores), port)
}
