/**
 * Copies in Redis. Any doubt (a lost connection, an answer that is late, an emptied or replaced store) makes this node
 * ask PostgreSQL, and begin a new epoch before it believes a copy again.
 */
import { Redis } from 'ioredis'
import { inTime as waitFor } from '../in-time.ts'
import type { Log } from '../log.ts'
import { type Copies, type Epochs, KEPT_SECONDS, PATIENCE_MS } from './index.ts'
import { ACCOUNT_ID_LENGTH, ADOPT, RAISE, READ, WRITE } from './scripts.ts'

/** The scripts, as commands of the client. */
type Commands = Readonly<{
  readCopies: (count: number, ...keysAndVersions: string[]) => Promise<(string | null)[]>
  writeCopy: (copy: string, version: string, epochKey: string, ...args: (string | number)[]) => Promise<string>
  raiseVersions: (count: number, ...keysAndArgs: (string | number)[]) => Promise<null>
  adoptEpoch: (epochKey: string, epoch: number, origin: 'begun' | 'heard') => Promise<string>
}>

/** How often a node that is in doubt tries again, in milliseconds. */
const RETRY_MS = 200

const connect = (url: string): Redis & Commands => {
  const redis = new Redis(url, {
    connectionName: 'gatehouse-copies',
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: false, // an answer from before an outage is worth nothing after it
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000),
  })
  redis.defineCommand('readCopies', { lua: READ })
  redis.defineCommand('writeCopy', { numberOfKeys: 3, lua: WRITE })
  redis.defineCommand('raiseVersions', { lua: RAISE })
  redis.defineCommand('adoptEpoch', { numberOfKeys: 1, lua: ADOPT })
  return redis as Redis & Commands // the four lines above made it so
}

const inTime = <T>(answer: Promise<T>): Promise<T> => waitFor(answer, PATIENCE_MS)

type Answer = Readonly<{ copy: string; version: string | null }> | null

type Question = Readonly<{ key: string; resolve: (answer: Answer) => void; reject: (error: unknown) => void }>

/**
 * What is asked in one turn of the event loop travels together: one command, one system call, one timer for all requests
 * that came in with it.
 */
const readerOf = (redis: Redis & Commands, versions: string) => {
  let waiting: Question[] = []
  const send = (): void => {
    const asked = waiting
    waiting = []
    inTime(redis.readCopies(asked.length, ...asked.map(({ key }) => key), versions)).then(
      (found) => {
        for (const [i, { resolve }] of asked.entries()) {
          const copy = found[2 * i]
          resolve(copy == null ? null : { copy, version: found[2 * i + 1] ?? null })
        }
      },
      (error: unknown) => {
        for (const { reject } of asked) reject(error)
      },
    )
  }
  return (key: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (waiting.push({ key, resolve, reject }) === 1) setImmediate(send)
    })
}

/** Takes `<account id>|<epoch>|<version>|<text>` apart. */
const partsOf = (copy: string): Readonly<{ epoch: number; version: string; text: string }> => {
  const second = copy.indexOf('|', ACCOUNT_ID_LENGTH + 1)
  const third = copy.indexOf('|', second + 1)
  return {
    epoch: Number(copy.slice(ACCOUNT_ID_LENGTH + 1, second)),
    version: copy.slice(second + 1, third),
    text: copy.slice(third + 1),
  }
}

/** @param prefix names the installation. */
export const redisCopies = async (url: string, prefix: string, epochs: Epochs, log: Log): Promise<Copies> => {
  const redis = connect(url)
  const [epochKey, versions] = [`${prefix}:epoch`, `${prefix}:v:`]
  const readCopy = readerOf(redis, versions)
  const copyKey = (tokenHash: string): string => `${prefix}:s:${tokenHash}`
  let epoch = 0
  let trusted = false
  let closed = false
  let renewing: Promise<void> | null = null

  /** Begins an epoch that no earlier copy belongs to; tries until the store answers. */
  const renewNow = async (): Promise<void> => {
    while (!closed && !trusted) {
      try {
        const next = await epochs.next()
        await inTime(redis.adoptEpoch(epochKey, next, 'begun'))
        epoch = Math.max(epoch, next) // a later one may have been heard of meanwhile
        trusted = true
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
  }

  const renew = (): Promise<void> => {
    renewing ??= renewNow().finally(() => {
      renewing = null
      if (!closed && !trusted) void renew() // in doubt again before this one was over
    })
    return renewing
  }

  const doubt = (why: string): void => {
    if (closed) return
    if (trusted) log.warn({ why }, 'copies of sessions are not believed; PostgreSQL is asked until they are renewed')
    trusted = false
    void renew()
  }

  /** Another node has begun an epoch: take it over if PostgreSQL agrees, else what Redis says is from another time. */
  const follow = async (told: string): Promise<void> => {
    const reached = await epochs.current()
    if (Number(told) === reached) epoch = Math.max(epoch, reached)
    else doubt('the store is from another time')
  }

  redis.on('error', () => undefined) // `close` follows, and says what there is to say
  redis.on('close', () => doubt('the connection was lost'))
  await Promise.race([renew(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS * 10).unref())])

  return {
    read: async (tokenHash) => {
      const asked = epoch
      const none = { text: null, epoch: asked }
      if (!trusted) return none
      try {
        const found = await readCopy(copyKey(tokenHash))
        if (found === null || !trusted || epoch !== asked) return none
        const copy = partsOf(found.copy)
        return copy.epoch === asked && copy.version === found.version ? { text: copy.text, epoch } : none
      } catch {
        doubt('no answer in time')
        return none
      }
    },
    write: (tokenHash, { accountId, version, text }, asked) => {
      if (!trusted || epoch !== asked) return
      const value = `${accountId}|${epoch}|${version}|${text}`
      inTime(
        redis.writeCopy(
          copyKey(tokenHash),
          versions + accountId,
          epochKey,
          epoch,
          version,
          value,
          KEPT_SECONDS.copy,
          KEPT_SECONDS.version,
        ),
      )
        .then((answer) => {
          if (answer === '') doubt('the store was emptied')
          else if (answer !== 'kept' && answer !== 'passed') return follow(answer)
        })
        .catch(() => doubt('no answer in time'))
    },
    raise: async (accounts) => {
      if (accounts.length === 0 || redis.status !== 'ready') return
      const keys = accounts.map(({ accountId }) => versions + accountId)
      try {
        await inTime(redis.raiseVersions(keys.length, ...keys, KEPT_SECONDS.version, ...accounts.map(({ version }) => version)))
      } catch {
        doubt('no answer in time')
      }
    },
    adopt: async (reached) => {
      if (reached <= epoch) return
      epoch = reached
      try {
        if ((await inTime(redis.adoptEpoch(epochKey, reached, 'heard'))) === '') doubt('the store was emptied')
      } catch {
        doubt('no answer in time')
      }
    },
    distrust: doubt,
    trusted: () => trusted,
    close: async () => {
      closed = true
      trusted = false
      redis.disconnect()
    },
  }
}
