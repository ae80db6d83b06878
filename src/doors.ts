/** Opens every door to the outside: the database, the bus, mail, what is read from files. Nothing here decides anything. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { BadConfiguration, type Config } from './config.ts'
import { movableClock } from './features/installation/clock.service.ts'
import { installationService } from './features/installation/installation.service.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import { checkTexts } from './features/message/texts/check.ts'
import { idMaker } from './kernel/ids.ts'
import type { Random } from './kernel/secrets.ts'
import type { Clock } from './kernel/time.ts'
import { openBus } from './ports/bus/index.ts'
import { type CopiesConfig, openCopies } from './ports/copies/index.ts'
import { openDatabase, openEngine } from './ports/db/index.ts'
import { migrate, readMigrations } from './ports/db/migrate.ts'
import { openGeo } from './ports/geo/index.ts'
import { type HashParameters, openHasher } from './ports/hasher/index.ts'
import { openKeyring } from './ports/keyring/index.ts'
import { type Log, openLog } from './ports/log.ts'
import { openMailer } from './ports/mailer/index.ts'
import { readTexts } from './ports/texts/index.ts'
import { openUserAgents } from './ports/user-agent/index.ts'

/** What a test may put in place of the real thing. */
export type Overrides = Readonly<{ clock?: Clock; random?: Random; log?: Log; hashing?: HashParameters; seed?: Blob }>

/** Where prisma/migrations is, whether this file runs from src/ or from dist/. */
const migrationsFolder = (): URL => {
  const candidates = ['../prisma/migrations/', '../../prisma/migrations/'].map((path) => new URL(path, import.meta.url))
  return candidates.find((url) => existsSync(url)) ?? candidates[0] ?? new URL(import.meta.url)
}

/** Several nodes may share a database: only Redis, or being alone, makes copies of sessions safe. */
const copiesConfig = (config: Config, name: string): CopiesConfig => {
  if (config.redisUrl !== null) return { kind: 'redis', url: config.redisUrl, prefix: `gatehouse:${name}` }
  return { kind: config.database.kind === 'embedded' ? 'embedded' : 'none' }
}

/** What stands behind the @ of a Message-ID. */
const messageDomain = ({ mailer, publicUrl }: Config): string =>
  mailer.kind === 'smtp'
    ? mailer.from.address.slice(mailer.from.address.lastIndexOf('@') + 1)
    : (publicUrl?.hostname ?? 'localhost')

/** What the system says of a folder that cannot be made or written. */
const FOLDER_ERRORS: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOENT'])

const unusableFolder = (error: NodeJS.ErrnoException): never => {
  throw FOLDER_ERRORS.has(error.code)
    ? new BadConfiguration([{ variable: 'DATA_DIR', problem: 'cannot be made or written' }])
    : error
}

/** Runs what only the machine can tell to be wrong about a variable. @throws BadConfiguration, without the value. */
const checked = <T>(variable: string, problem: string, open: () => T): T => {
  try {
    return open()
  } catch {
    throw new BadConfiguration([{ variable, problem }])
  }
}

/** The operator's own texts. @throws BadConfiguration with everything that is wrong with them. */
const openTexts = (folder: string | null): Texts => {
  if (folder === null) return {}
  const { overrides, problems } = checkTexts(
    checked('MAIL_TEXTS', 'is no folder whose files can be read', () => readTexts(folder)),
  )
  if (problems.length > 0) throw new BadConfiguration(problems.map((problem) => ({ variable: 'MAIL_TEXTS', problem })))
  return overrides
}

export type Doors = Awaited<ReturnType<typeof openDoors>>

/** @throws if the database cannot be reached or migrated, or the data folder belongs to another process; BadConfiguration. */
export const openDoors = async (config: Config, overrides: Overrides) => {
  const clock = movableClock(overrides.clock ?? { now: () => new Date() })
  const random = overrides.random ?? randomBytes
  const log = overrides.log ?? openLog(config.logLevel, clock.now)

  if (config.production && config.database.kind === 'embedded')
    log.warn({}, 'the embedded database runs in production, as ALLOW_EMBEDDED says')
  const locate = checked('GEO_DATABASE', 'cannot be read as a MaxMind database', () => openGeo(config.geoDatabase))
  const texts = openTexts(config.mailTexts)
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
  const hasher = await openHasher(random, Math.max(1, availableParallelism() - 1), overrides.hashing)
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
    hasher,
    copies,
    keyring,
    locate,
    texts,
    parseUserAgent: openUserAgents(),
    carriers: { MAIL: mailer, SMS: null },
    /** What stands behind the @ of a Message-ID. */
    domain: messageDomain(config),
  }
}
