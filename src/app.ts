/** The only place that wires: ports first, then services; `front.ts` puts the way in before them. */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { BadConfiguration, type Config, publicOrigin } from './config.ts'
import { checked, copiesConfig, limiterConfig, messageDomain, migrationsFolder, openTexts, unusableFolder } from './doors.ts'
import { accountService } from './features/account/account.service.ts'
import { deletionService } from './features/account/deletion.service.ts'
import { operatingService } from './features/account/operating.service.ts'
import { emailVerificationService } from './features/account/verification.service.ts'
import { versionService } from './features/account/version.service.ts'
import { alertService } from './features/alert/alert.service.ts'
import { reviewService } from './features/alert/review.service.ts'
import { apiKeyService } from './features/api-key/api-key.service.ts'
import { attemptService } from './features/attempt/attempt.service.ts'
import { countingService } from './features/attempt/counting.service.ts'
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
import { compose } from './features/message/texts/compose.ts'
import { oneTimeTokenService } from './features/one-time-token/one-time-token.service.ts'
import { operatorService } from './features/operator/operator.service.ts'
import { rehearsalService } from './features/rehearsal/rehearsal.service.ts'
import { activityService } from './features/session/activity.service.ts'
import { endingService } from './features/session/ending.service.ts'
import { openingService } from './features/session/opening.service.ts'
import { sessionService } from './features/session/session.service.ts'
import { settingsChangeService } from './features/settings/change.service.ts'
import { settingsService } from './features/settings/settings.service.ts'
import { pendingService } from './features/sign-in/pending.service.ts'
import { signInService } from './features/sign-in/sign-in.service.ts'
import { openFront } from './front.ts'
import type { Services } from './graphql/context.ts'
import { RECOVERY_PATH, VERIFICATION_PATH } from './http/pages.ts'
import { REVIEW_PATH } from './http/review.ts'
import { idMaker } from './kernel/ids.ts'
import type { Random } from './kernel/secrets.ts'
import type { Clock } from './kernel/time.ts'
import { LIMITS, type Limits } from './policy/limits.ts'
import { openBus } from './ports/bus/index.ts'
import { openCopies } from './ports/copies/index.ts'
import { openDatabase, openEngine } from './ports/db/index.ts'
import { migrate, readMigrations } from './ports/db/migrate.ts'
import { openGeo } from './ports/geo/index.ts'
import { type HashParameters, openHasher } from './ports/hasher/index.ts'
import { openKeyring } from './ports/keyring/index.ts'
import { openLimiter } from './ports/limiter/index.ts'
import { type Log, openLog } from './ports/log.ts'
import { openMailer } from './ports/mailer/index.ts'
import { openUserAgents } from './ports/user-agent/index.ts'
import { startWork } from './work.ts'

/** What a test may put in place of the real thing. */
export type Overrides = Readonly<{
  clock?: Clock
  random?: Random
  log?: Log
  hashing?: HashParameters
  limits?: Limits
  seed?: Blob
}>

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
  const limiter = await openLimiter(limiterConfig(config, name), db, log)
  const copies = await openCopies(copiesConfig(config, name), { current: installation.epoch, next: installation.nextEpoch }, log)

  const events = await eventService({ db, bus, clock, random, makeId, log })
  const settings = settingsService({ db, events })
  const versioning = versionService({ db, log, copies, events, installation })
  const accounts = accountService({ db, clock, makeId, events, versioning })
  const devices = deviceService({ db, clock, makeId })
  const rehearsals = rehearsalService({ db, clock, random })
  const tokens = oneTimeTokenService({ clock, random, makeId, rehearsals })
  const ending = endingService({ db, clock, events, accounts, settings, versioning })
  const activity = activityService({ db, clock, log, settings })
  const sessions = sessionService({ db, clock, random, accounts, settings, events, activity, ending, versioning, copies })
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
  const messages = messageService({
    db,
    clock,
    makeId,
    keyring,
    rehearsals,
    compose: write,
    domain,
    readable,
    ring: dispatcher.ring,
  })
  const parseUserAgent = openUserAgents()
  const [recoveryPage, verificationPage] = [pageAt(RECOVERY_PATH), pageAt(VERIFICATION_PATH)]
  const counting = countingService({ limiter, clock, random, keyring, limits: overrides.limits ?? LIMITS })
  const house = { db, clock, random, accounts, credentials, devices, events, messages, settings, recoveryPage }
  const attempts = attemptService({ ...house, log, locate, parseUserAgent, counting })
  const pending = pendingService({ ...house, attempts, verificationPage })
  const recovery = recoveryService({
    db,
    clock,
    makeId,
    locate,
    parseUserAgent,
    accounts,
    attempts,
    credentials,
    devices,
    events,
    messages,
    tokens,
    ending,
    allowedRedirects: config.allowedRedirects,
    recoveryPage,
  })
  const emailVerification = emailVerificationService({
    db,
    clock,
    accounts,
    attempts,
    credentials,
    devices,
    ending,
    events,
    messages,
    pending,
    sessions,
    tokens,
    versioning,
    allowedRedirects: config.allowedRedirects,
    verificationPage,
  })
  const reviewPage = pageAt(REVIEW_PATH)
  const alerts = alertService({ db, clock, makeId, parseUserAgent, tokens, messages, reviewPage })
  const opening = openingService({ clock, random, makeId, locate, settings, events, devices, alerts, tokens, ending })
  const deletion = deletionService({ db, clock, accounts, events, settings, ending, messages })
  const verification = verificationService({ db, clock, keyring, log })
  const syncClock = (): Promise<void> => clockWork.sync()
  const own = { activity, counting, deletion, dispatcher, ending, events, messages, pending, rehearsals, tokens, verification }
  const work = startWork({ ...own, log, db, clock: syncClock })
  const clockWork = clockService({ db, clock, events, enabled: config.devClock, settle: activity.flush, tick: work.now })
  const apiKeys = apiKeyService({ db, clock, random, makeId, log, events, settings })
  const operators = operatorService({ db, accounts, credentials, tokens, apiKeys })

  const services: Services = {
    accounts,
    alerts,
    apiKeys,
    attempts,
    clock: clockWork,
    credentials,
    deletion,
    devices,
    events,
    messages,
    forgetting: forgettingService({ db, accounts, devices, events, ending }),
    emailVerification,
    recovery,
    operating: operatingService({ db, clock, accounts, events, settings, tokens, ending, versioning }),
    reviews: reviewService({ db, clock, accounts, credentials, devices, events, tokens, sessions, ending }),
    sessions,
    settings,
    settingsChange: settingsChangeService({ db, clock, events, settings, applyToSessions: ending.applyPolicy }),
    signIn: signInService({
      db,
      accounts,
      attempts,
      credentials,
      devices,
      settings,
      events,
      tokens,
      sessions,
      opening,
      pending,
      ending,
    }),
    parseUserAgent,
  }

  const server = openFront({
    config,
    log,
    clock,
    texts,
    services,
    syncClock,
    recoveryPage,
    facts: {
      database: db.ping,
      bus: bus.ping,
      hashing: hasher.load,
      listening: events.listening,
      messages: dispatcher.counts,
    },
  })

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
      await limiter.close()
      await db.close()
    },
  }
}
