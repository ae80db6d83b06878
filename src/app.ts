/** The only place that wires: ports first, then services, then the way in. */
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { BadConfiguration, type Config, publicOrigin } from './config.ts'
import { accountService } from './features/account/account.service.ts'
import { deletionService } from './features/account/deletion.service.ts'
import { operatingService } from './features/account/operating.service.ts'
import { profileService } from './features/account/profile.service.ts'
import { emailVerificationService } from './features/account/verification.service.ts'
import { versionService } from './features/account/version.service.ts'
import { alertService } from './features/alert/alert.service.ts'
import { reviewService } from './features/alert/review.service.ts'
import { apiKeyService } from './features/api-key/api-key.service.ts'
import { keyIssuingService } from './features/api-key/issuing.service.ts'
import { credentialService } from './features/credential/credential.service.ts'
import { recoveryService } from './features/credential/recovery.service.ts'
import { deviceService } from './features/device/device.service.ts'
import { forgettingService } from './features/device/forgetting.service.ts'
import { eventService } from './features/event/event.service.ts'
import { verificationService } from './features/event/verification.service.ts'
import { clockService, movableClock } from './features/installation/clock.service.ts'
import { installationService } from './features/installation/installation.service.ts'
import { dispatcherService } from './features/message/dispatcher.service.ts'
import { messageService } from './features/message/message.service.ts'
import type { Compose } from './features/message/message.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import { checkTexts } from './features/message/texts/check.ts'
import { compose } from './features/message/texts/compose.ts'
import { oneTimeTokenService } from './features/one-time-token/one-time-token.service.ts'
import { operatorService } from './features/operator/operator.service.ts'
import { actingService } from './features/session/acting.service.ts'
import { activityService } from './features/session/activity.service.ts'
import { endingService } from './features/session/ending.service.ts'
import { openingService } from './features/session/opening.service.ts'
import { sessionService } from './features/session/session.service.ts'
import { settingsChangeService } from './features/settings/change.service.ts'
import { settingsService } from './features/settings/settings.service.ts'
import { signInService } from './features/sign-in/sign-in.service.ts'
import type { Services } from './graphql/context.ts'
import { openEndpoint } from './http/endpoint.ts'
import { openEventStreams } from './http/event-streams.ts'
import { openGraphql, resultMask } from './http/graphql.ts'
import { openHealth } from './http/health.ts'
import { openMailbox } from './http/mailbox.ts'
import { openPages, RECOVERY_PATH, VERIFICATION_PATH } from './http/pages.ts'
import { openPlaces } from './http/places.ts'
import { requestReader } from './http/request.ts'
import { openReview, REVIEW_PATH } from './http/review.ts'
import { openServer } from './http/server.ts'
import { openAuthentication } from './http/viewer.ts'
import { openSockets } from './http/ws.ts'
import { operationsOf } from './http/ws-operations.ts'
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
import { startWork } from './work.ts'

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

export type App = Awaited<ReturnType<typeof createApp>>

/**
 * Opens everything but the port to the world; `listen` does that.
 * @throws if the database cannot be reached or migrated, or the data folder belongs to another process.
 */
export const createApp = async (config: Config, overrides: Overrides = {}) => {
  let port = config.port
  /** Where the page of that path is; known for good once the server listens. */
  const pageAt = (path: string) => (): string => `${publicOrigin(config, port)}${path}`
  const clock = movableClock(overrides.clock ?? { now: () => new Date() })
  const random = overrides.random ?? randomBytes
  const log = overrides.log ?? openLog(config.logLevel, clock.now)
  const makeId = idMaker(clock, random)

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

  const events = await eventService({ db, bus, clock, random, makeId, log })
  const settings = settingsService({ db, events })
  const versioning = versionService({ db, log, copies, events, installation })
  const accounts = accountService({ db, clock, makeId, events, versioning })
  const devices = deviceService({ db, clock, makeId })
  const tokens = oneTimeTokenService({ clock, random, makeId })
  const ending = endingService({ db, clock, events, accounts, settings, versioning })
  const activity = activityService({ db, clock, log, settings })
  const apiKeys = apiKeyService({ db, clock, log })
  const acting = actingService({ db, clock, accounts, activity, apiKeys })
  const sessions = sessionService({ db, clock, random, accounts, acting, settings, events, activity, ending, versioning, copies })
  const credentials = credentialService({ db, clock, hasher })
  const keyring = openKeyring(
    config.encryptionKeys,
    config.database.kind === 'embedded' ? config.database.folder : config.dataDir,
    random,
  )
  const mailer = await openMailer(config.mailer)
  if (mailer === null) log.warn({}, 'SMTP_URL is not set: mails wait, and are dead after a day')
  const carriers = { MAIL: mailer, SMS: null }
  const dispatcher = dispatcherService({ db, clock, random, log, keyring, carriers, forget: config.production })
  const domain = messageDomain(config)
  const readable = !config.production
  const write: Compose = (kind, locale, data) => compose(kind, locale, data, texts)
  const messages = messageService({ db, clock, makeId, keyring, compose: write, domain, readable, ring: dispatcher.ring })
  const parseUserAgent = openUserAgents()
  const recoveryPage = pageAt(RECOVERY_PATH)
  const { allowedRedirects } = config
  const links = { db, clock, accounts, credentials, devices, ending, events, messages, tokens, allowedRedirects }
  const recovery = recoveryService({ ...links, makeId, locate, parseUserAgent, recoveryPage })
  const verificationPage = pageAt(VERIFICATION_PATH)
  const emailVerification = emailVerificationService({ ...links, acting, sessions, versioning, verificationPage })
  const reviewPage = pageAt(REVIEW_PATH)
  const alerts = alertService({ db, clock, makeId, parseUserAgent, tokens, messages, reviewPage })
  const opening = openingService({ clock, random, makeId, locate, settings, events, devices, alerts, tokens, ending })
  const deletion = deletionService({ db, clock, accounts, acting, events, settings, ending, messages })
  const verification = verificationService({ db, clock, keyring, log })
  const syncClock = (): Promise<void> => clockWork.sync()
  const own = { activity, ending, deletion, tokens, events, verification, messages, dispatcher }
  const work = startWork({ ...own, log, db, clock: syncClock })
  const clockWork = clockService({ db, clock, acting, events, enabled: config.devClock, settle: activity.flush, tick: work.now })
  const keyIssuing = keyIssuingService({ db, clock, random, makeId, acting, events, settings })
  const operators = operatorService({ db, accounts, credentials, tokens, keyIssuing })

  const services: Services = {
    acting,
    accounts,
    alerts,
    apiKeys,
    clock: clockWork,
    credentials,
    deletion,
    devices,
    events,
    messages,
    forgetting: forgettingService({ db, acting, devices, events, ending }),
    emailVerification,
    keyIssuing,
    recovery,
    operating: operatingService({ db, clock, acting, events, settings, tokens, ending, versioning }),
    profile: profileService({ db, acting, events, versioning }),
    reviews: reviewService({ db, clock, accounts, acting, credentials, devices, events, tokens, sessions, ending }),
    sessions,
    settings,
    settingsChange: settingsChangeService({ db, clock, acting, events, settings, applyToSessions: ending.applyPolicy }),
    signIn: signInService({ db, accounts, credentials, settings, events, tokens, sessions, opening, ending }),
    parseUserAgent,
  }

  const readRequest = requestReader(config, randomUUID)
  const authenticate = openAuthentication({ sessions, apiKeys })
  const graphql = openGraphql({ config, services, log, newRequestId: randomUUID })
  const places = openPlaces(config.maxSocketsPerIp)
  const mask = resultMask(config, log)
  const sockets = openSockets({
    openOperations: operationsOf({ graphql, services, events, mask, log }),
    events,
    readRequest,
    authenticate,
    syncClock,
    places,
    log,
  })
  const health = openHealth({
    database: db.ping,
    bus: bus.ping,
    hashing: hasher.load,
    sockets: sockets.count,
    listening: events.listening,
    messages: dispatcher.counts,
  })
  const answerAsStream = openEventStreams({ graphql, services, events, mask, log })
  const endpoint = openEndpoint({ config, clock, graphql, answerAsStream, readRequest, authenticate, syncClock, places })
  const pages = openPages({ readRequest, syncClock, authenticate, recovery, recoveryPage, emailVerification })
  const mailbox = config.production ? null : openMailbox(messages)
  const review = openReview({ readRequest, reviews: services.reviews, parseUserAgent, syncClock, log, texts })
  const server = openServer({ config, log, endpoint, health, pages, mailbox, review, sockets })

  return {
    log,
    /** For the command line. */
    operators,
    verification,
    /** For tests that look behind the door, such as two transactions that race. */
    db,
    /** For tests that write a message without the change it would tell of. */
    messages,
    /** Waits until no message is on its way. */
    delivered: dispatcher.idle,
    /** @returns the port it listens on. */
    listen: async (): Promise<number> => {
      await clockWork.sync()
      work.start()
      port = await server.listen().catch((error: NodeJS.ErrnoException) => {
        const unknown = error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL'
        throw unknown ? new BadConfiguration([{ variable: 'HOST', problem: 'is no address of this machine' }]) : error
      })
      return port
    },
    /** How many streams and sockets listen; for tests that must not be faster than their subscription. */
    listening: events.listening,
    /** Does at once what the background does each second; for tests whose clock stands still. */
    tick: work.now,
    /** Lets requests finish, writes what is only remembered, then lets go of everything. */
    close: async (): Promise<void> => {
      await Promise.all([server.close(), dispatcher.close()])
      await work.stop()
      await activity.flush().catch((error: unknown) => log.warn({ error }, 'times of use could not be written'))
      await events.close()
      await bus.close()
      await copies.close()
      await db.close()
    },
  }
}
