/** Wires the rooms: each service gets the doors and the other services that it needs, and nothing else. */
import type { Config } from './config.ts'
import type { Doors } from './doors.ts'
import { accountService } from './features/account/account.service.ts'
import { addressService } from './features/account/address.service.ts'
import { blockingService } from './features/account/blocking.service.ts'
import { creatingService } from './features/account/creating.service.ts'
import { deletionService } from './features/account/deletion.service.ts'
import { emailChangeService } from './features/account/email-change.service.ts'
import { noticeService } from './features/account/notice.service.ts'
import { operatingService } from './features/account/operating.service.ts'
import { profileService } from './features/account/profile.service.ts'
import { proofLinkService } from './features/account/proof-link.service.ts'
import { undoService } from './features/account/undo.service.ts'
import { emailVerificationService } from './features/account/verification.service.ts'
import { versionService } from './features/account/version.service.ts'
import { alertService } from './features/alert/alert.service.ts'
import { reviewService } from './features/alert/review.service.ts'
import { apiKeyService } from './features/api-key/api-key.service.ts'
import { keyIssuingService } from './features/api-key/issuing.service.ts'
import { attemptService } from './features/attempt/attempt.service.ts'
import { countingService } from './features/attempt/counting.service.ts'
import { changingService } from './features/credential/changing.service.ts'
import { credentialService } from './features/credential/credential.service.ts'
import { judgingService } from './features/credential/judging.service.ts'
import { recoveryService } from './features/credential/recovery.service.ts'
import { renewalService } from './features/credential/renewal.service.ts'
import { replacingService } from './features/credential/replacing.service.ts'
import { deviceService } from './features/device/device.service.ts'
import { forgettingService } from './features/device/forgetting.service.ts'
import { eventService } from './features/event/event.service.ts'
import { verificationService } from './features/event/verification.service.ts'
import { fileImportService } from './features/import/file.service.ts'
import { importService } from './features/import/import.service.ts'
import { clockService } from './features/installation/clock.service.ts'
import { acceptingService } from './features/membership/accepting.service.ts'
import { followingService } from './features/membership/following.service.ts'
import { hearingService } from './features/membership/hearing.service.ts'
import { invitationService } from './features/membership/invitation.service.ts'
import { invitingService } from './features/membership/inviting.service.ts'
import { joiningService } from './features/membership/joining.service.ts'
import { leavingService } from './features/membership/leaving.service.ts'
import { managingService } from './features/membership/managing.service.ts'
import { membershipService } from './features/membership/membership.service.ts'
import { ownershipService } from './features/membership/ownership.service.ts'
import { dispatcherService } from './features/message/dispatcher.service.ts'
import { messageService } from './features/message/message.service.ts'
import type { Compose } from './features/message/message.ts'
import { compose } from './features/message/texts/compose.ts'
import { oneTimeTokenService } from './features/one-time-token/one-time-token.service.ts'
import { operatorService } from './features/operator/operator.service.ts'
import { rehearsalService } from './features/rehearsal/rehearsal.service.ts'
import { actingService } from './features/session/acting.service.ts'
import { activityService } from './features/session/activity.service.ts'
import { endingService } from './features/session/ending.service.ts'
import { openingService } from './features/session/opening.service.ts'
import { rotatingService } from './features/session/rotating.service.ts'
import { sessionService } from './features/session/session.service.ts'
import { settingsChangeService } from './features/settings/change.service.ts'
import { settingsService } from './features/settings/settings.service.ts'
import { pendingService } from './features/sign-in/pending.service.ts'
import { provingService } from './features/sign-in/proving.service.ts'
import { signInService } from './features/sign-in/sign-in.service.ts'
import { teamRunningService } from './features/team/running.service.ts'
import { teamService } from './features/team/team.service.ts'
import type { Services } from './graphql/context.ts'
import { openHasher } from './ports/hasher/index.ts'
import { startWork } from './work.ts'

/** Where our own pages are; known for good once the server listens. */
export type PageAddresses = Readonly<{
  recoveryPage: () => string
  invitationPage: () => string
  verificationPage: () => string
  reviewPage: () => string
  undoPage: () => string
}>

/** @returns what the schema asks, what runs by itself, and what else the server and the command line need. */
export const wireServices = async (doors: Doors, config: Config, pages: PageAddresses) => {
  const {
    clock,
    random,
    makeId,
    log,
    db,
    bus,
    copies,
    installation,
    keyring,
    locate,
    parseUserAgent,
    carriers,
    domain,
    dictionary,
    breached,
  } = doors
  const { allowedRedirects } = config
  const events = await eventService({ db, bus, clock, random, makeId, log })
  const settings = settingsService({ db, clock, events })
  const parameters = async () => doors.hashing.discount((await settings.current()).passwords.hashing)
  const peppers = config.passwordPeppers
  const hasher = await openHasher({ random, log, parameters, peppers, capacity: doors.hashing.capacity })
  const renewal = renewalService({ db, log, hasher })
  const versioning = versionService({ db, log, copies, events, installation })
  const addresses = addressService({ db, clock })
  const accounts = accountService({ db, clock, makeId, events, versioning, addresses })
  const devices = deviceService({ db, clock, makeId })
  const rehearsals = rehearsalService({ db, clock, random })
  const tokens = oneTimeTokenService({ clock, random, makeId, rehearsals })
  const ending = endingService({ db, clock, events, accounts, settings, versioning })
  const activity = activityService({ db, clock, log, settings })
  const apiKeys = apiKeyService({ db, clock, log })
  const acting = actingService({ db, clock, accounts, activity, apiKeys })
  const sessions = sessionService({ db, clock, random, accounts, acting, settings, events, activity, ending, versioning, copies })
  const judging = judgingService({ db, hasher, accounts, settings, dictionary, breached })
  const credentials = credentialService({ db, clock, hasher, judging, renewal, settings })
  const dispatcher = dispatcherService({ db, clock, random, log, keyring, carriers, forget: config.production })
  const readable = !config.production
  const write: Compose = (kind, locale, data) => compose(kind, locale, data, doors.texts)
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
  const notices = noticeService({ clock, locate, parseUserAgent, messages, tokens, ...pages })
  const links = proofLinkService({ tokens, messages })
  const room = {
    db,
    clock,
    acting,
    accounts,
    credentials,
    settings,
    events,
    tokens,
    ending,
    versioning,
    messages,
    devices,
    notices,
  }
  const counting = countingService({ limiter: doors.limiter, clock, random, keyring, limits: doors.limits })
  const attempts = attemptService({ ...room, log, locate, parseUserAgent, counting, ...pages })
  const pending = pendingService({ ...room, random, attempts, ...pages })
  const rotating = rotatingService({ clock, random, activity, versioning })
  const proving = provingService({ ...room, attempts, sessions, rotating })
  const replacing = replacingService(room)
  const changing = changingService({ ...room, attempts, proving, replacing, rotating })
  const recovery = recoveryService({ ...room, attempts, makeId, replacing, allowedRedirects, ...pages })
  const emailChanges = emailChangeService({ ...room, addresses, attempts, links, ...pages })
  const emailVerification = emailVerificationService({
    ...room,
    attempts,
    pending,
    emailChanges,
    links,
    sessions,
    allowedRedirects,
    ...pages,
  })
  const alerts = alertService({ db, clock, makeId, parseUserAgent, tokens, messages, ...pages })
  const opening = openingService({ clock, random, makeId, locate, settings, events, devices, alerts, tokens, ending })
  const memberships = membershipService({ db, settings })
  const teams = teamService({ db, events, memberships })
  const ownership = ownershipService({ accounts })
  const joining = joiningService({ clock, makeId, events, ownership })
  const leaving = leavingService({ events, teams, ownership })
  const invitations = invitationService({ ...room, random, teams })
  const team = { ...room, makeId, attempts, teams, memberships, invitations, joining, ownership }
  const signIn = signInService({ ...room, attempts, sessions, opening, pending })
  const deletion = deletionService({ db, clock, accounts, acting, events, settings, ending, leaving, messages })
  const verification = verificationService({ db, clock, keyring, log })
  const syncClock = (): Promise<void> => clockWork.sync()
  const own = {
    activity,
    ending,
    deletion,
    addresses,
    tokens,
    events,
    verification,
    messages,
    dispatcher,
    credentials,
    counting,
    pending,
    rehearsals,
  }
  const work = startWork({ ...own, log, db, clock: syncClock })
  const clockWork = clockService({ db, clock, acting, events, enabled: config.devClock, settle: activity.flush, tick: work.now })
  const keyIssuing = keyIssuingService({ db, clock, random, makeId, acting, events, settings })
  const imports = importService({ db, clock, acting, accounts, credentials, settings })
  const fileImports = fileImportService({ db, clock, imports })
  const operators = operatorService({ db, accounts, credentials, tokens, keyIssuing })

  const services: Services = {
    accepting: acceptingService({ ...team, signIn }),
    acting,
    accounts,
    alerts,
    apiKeys,
    attempts,
    blocking: blockingService(room),
    changing,
    clock: clockWork,
    creating: creatingService(room),
    credentials,
    deletion,
    devices,
    events,
    imports,
    invitations,
    inviting: invitingService({ ...team, allowedRedirects, ...pages }),
    keyIssuing,
    managing: managingService(team),
    memberships,
    messages,
    following: followingService({ db, events, teams, memberships, hearing: hearingService({ db, events, log }) }),
    forgetting: forgettingService({ db, acting, devices, events, ending }),
    judging,
    emailChanges,
    emailVerification,
    recovery,
    renewal,
    operating: operatingService({ ...room, emailChanges }),
    profile: profileService({ db, acting, events, versioning }),
    proving,
    reviews: reviewService({ db, clock, accounts, acting, credentials, devices, events, tokens, sessions, ending }),
    sessions,
    settings,
    settingsChange: settingsChangeService({
      db,
      clock,
      acting,
      events,
      settings,
      applyToSessions: ending.applyPolicy,
      trimHistory: credentials.trimHistory,
      can: { breached: breached.isConfigured },
    }),
    signIn,
    teams,
    teamRunning: teamRunningService(team),
    undo: undoService(room),
    parseUserAgent,
  }

  return { services, hasher, dispatcher, activity, fileImports, operators, verification, work, clockWork, syncClock }
}
