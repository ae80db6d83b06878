/** Opens every door to the outside: the database, the bus, mail, what is read from files. Nothing here decides anything. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Config, copiesConfig, limiterConfig, messageDomain } from './config.ts'
import { movableClock } from './features/installation/clock.service.ts'
import { installationService } from './features/installation/installation.service.ts'
import { idMaker } from './kernel/ids.ts'
import type { Random } from './kernel/secrets.ts'
import type { Clock } from './kernel/time.ts'
import { openOperatorFiles, unusableFolder } from './operator-files.ts'
import { LIMITS, type Limits } from './policy/limits.ts'
import { openBus } from './ports/bus/index.ts'
import { openCopies } from './ports/copies/index.ts'
import { openDatabase, openEngine } from './ports/db/index.ts'
import { migrate, readMigrations } from './ports/db/migrate.ts'
import { readDictionary } from './ports/dictionary/index.ts'
import { hashingCapacity } from './ports/hasher/capacity.ts'
import type { HashParameters } from './ports/hasher/index.ts'
import { openKeyring } from './ports/keyring/index.ts'
import { openLimiter } from './ports/limiter/index.ts'
import { type Log, openLog } from './ports/log.ts'
import { openMailer } from './ports/mailer/index.ts'
import { openUserAgents } from './ports/user-agent/index.ts'

/** Makes of the parameters in force what hashes are made with. */
type Discount = (inForce: HashParameters) => HashParameters

/** What a test may put in place of the real thing. */
export type Overrides = Readonly<{ clock?: Clock; random?: Random; log?: Log; hashing?: Discount; limits?: Limits; seed?: Blob }>

/** Where prisma/migrations is, whether this file runs from src/ or from dist/. */
const migrationsFolder = (): URL => {
  const candidates = ['../prisma/migrations/', '../../prisma/migrations/'].map((path) => new URL(path, import.meta.url))
  return candidates.find((url) => existsSync(url)) ?? candidates[0] ?? new URL(import.meta.url)
}

export type Doors = Awaited<ReturnType<typeof openDoors>>

/** @throws if the database cannot be reached or migrated, or the data folder belongs to another process; BadConfiguration. */
export const openDoors = async (config: Config, overrides: Overrides) => {
  const clock = movableClock(overrides.clock ?? { now: () => new Date() })
  const random = overrides.random ?? randomBytes
  const log = overrides.log ?? openLog(config.logLevel, clock.now)

  if (config.production && config.database.kind === 'embedded')
    log.warn({}, 'the embedded database runs in production, as ALLOW_EMBEDDED says')
  const { locate, texts, breached } = openOperatorFiles(config, log)
  const engine = await openEngine(
    overrides.seed === undefined || config.database.kind === 'postgres'
      ? config.database
      : { ...config.database, seed: overrides.seed },
  ).catch(unusableFolder)
  const db = openDatabase(engine)
  await migrate(engine, db, readMigrations(migrationsFolder()))
  const installation = installationService(db)
  const name = await installation.name()
  const bus = await openBus(config.redisUrl, `gatehouse:${name}:bell`, log)
  const limiter = await openLimiter(limiterConfig(config, name), db, log)
  const copies = await openCopies(copiesConfig(config, name), { current: installation.epoch, next: installation.nextEpoch }, log)
  const keyring = openKeyring(
    config.encryptionKeys,
    config.database.kind === 'embedded' ? config.database.folder : config.dataDir,
    random,
  )
  const mailer = await openMailer(config.mailer)
  if (mailer === null) log.warn({}, 'SMTP_URL is not set: mails wait, and are dead after a day')

  return {
    clock,
    random,
    log,
    makeId: idMaker(clock, random),
    db,
    installation,
    bus,
    /** What hashes may hold together, and what a test makes of their parameters. */
    hashing: { capacity: hashingCapacity(), discount: overrides.hashing ?? ((inForce: HashParameters) => inForce) },
    copies,
    limiter,
    limits: overrides.limits ?? LIMITS,
    keyring,
    locate,
    texts,
    breached,
    dictionary: readDictionary(),
    parseUserAgent: openUserAgents(),
    carriers: { MAIL: mailer, SMS: null },
    /** What stands behind the @ of a Message-ID. */
    domain: messageDomain(config),
  }
}
