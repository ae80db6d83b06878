/** What every resolver gets: who asks, from where, the services, the loaders, and a way to set cookies. Made once per operation. */

import type { AccountService } from '../features/account/account.service.ts'
import type { Account } from '../features/account/account.ts'
import type { BlockingService } from '../features/account/blocking.service.ts'
import type { CreatingService } from '../features/account/creating.service.ts'
import type { DeletionService } from '../features/account/deletion.service.ts'
import type { EmailChangeService } from '../features/account/email-change.service.ts'
import type { OperatingService } from '../features/account/operating.service.ts'
import type { ProfileService } from '../features/account/profile.service.ts'
import type { UndoService } from '../features/account/undo.service.ts'
import type { EmailVerificationService } from '../features/account/verification.service.ts'
import type { AlertService } from '../features/alert/alert.service.ts'
import type { ReviewService } from '../features/alert/review.service.ts'
import type { ApiKeyService } from '../features/api-key/api-key.service.ts'
import type { KeyIssuingService } from '../features/api-key/issuing.service.ts'
import type { AttemptService } from '../features/attempt/attempt.service.ts'
import type { ChangingService } from '../features/credential/changing.service.ts'
import type { CredentialService } from '../features/credential/credential.service.ts'
import type { JudgingService } from '../features/credential/judging.service.ts'
import type { RecoveryService } from '../features/credential/recovery.service.ts'
import type { RenewalService } from '../features/credential/renewal.service.ts'
import type { DeviceService } from '../features/device/device.service.ts'
import type { ForgettingService } from '../features/device/forgetting.service.ts'
import type { EventService } from '../features/event/event.service.ts'
import type { ImportService } from '../features/import/import.service.ts'
import type { ClockService } from '../features/installation/clock.service.ts'
import type { AcceptingService } from '../features/membership/accepting.service.ts'
import type { FollowingService } from '../features/membership/following.service.ts'
import type { InvitationService } from '../features/membership/invitation.service.ts'
import type { InvitingService } from '../features/membership/inviting.service.ts'
import type { ManagingService } from '../features/membership/managing.service.ts'
import type { MembershipService } from '../features/membership/membership.service.ts'
import type { MessageService } from '../features/message/message.service.ts'
import type { ActingService } from '../features/session/acting.service.ts'
import type { Opened } from '../features/session/opening.service.ts'
import type { SessionService } from '../features/session/session.service.ts'
import type { Session } from '../features/session/session.ts'
import type { SettingsChangeService } from '../features/settings/change.service.ts'
import type { SettingsService } from '../features/settings/settings.service.ts'
import type { ProvingService } from '../features/sign-in/proving.service.ts'
import type { SignInService } from '../features/sign-in/sign-in.service.ts'
import type { TeamRunningService } from '../features/team/running.service.ts'
import type { TeamService } from '../features/team/team.service.ts'
import type { Caller, SessionEndReason, Source, Viewer } from '../kernel/viewer.ts'
import type { ParseUserAgent } from '../ports/user-agent/index.ts'
import { type Loaders, makeLoaders } from './loaders.ts'

/** Built once at start; services.ts wires them. */
export type Services = Readonly<{
  accepting: AcceptingService
  acting: ActingService
  accounts: AccountService
  alerts: AlertService
  apiKeys: ApiKeyService
  blocking: BlockingService
  changing: ChangingService
  attempts: AttemptService
  clock: ClockService
  creating: CreatingService
  credentials: CredentialService
  deletion: DeletionService
  devices: DeviceService
  emailChanges: EmailChangeService
  emailVerification: EmailVerificationService
  events: EventService
  forgetting: ForgettingService
  invitations: InvitationService
  inviting: InvitingService
  judging: JudgingService
  imports: ImportService
  managing: ManagingService
  following: FollowingService
  memberships: MembershipService
  messages: MessageService
  operating: OperatingService
  keyIssuing: KeyIssuingService
  profile: ProfileService
  proving: ProvingService
  recovery: RecoveryService
  renewal: RenewalService
  reviews: ReviewService
  sessions: SessionService
  settings: SettingsService
  settingsChange: SettingsChangeService
  signIn: SignInService
  teams: TeamService
  teamRunning: TeamRunningService
  undo: UndoService
  parseUserAgent: ParseUserAgent
}>

/** How a resolver reaches the browser's cookies without knowing HTTP. Over a socket every method refuses. */
export type Cookies = Readonly<{
  /** Whether this request may set cookies at all. */
  writable: boolean
  /** What the device cookie holds; null if there is none or it may not be read. */
  device: string | null
  setSession: (token: string, expiresAt: Date) => void
  /** Gives the session cookie that was presented a new end. */
  renewSession: (expiresAt: Date) => void
  clearSession: () => void
  setDevice: (key: string) => void
}>

/** Hands a new session over to a browser, and what its device is known by. Nothing to whoever took a token. */
export const handOver = ({ session, token, deviceCookie }: Opened, cookies: Pick<Cookies, 'setSession' | 'setDevice'>): void => {
  if (session.transport !== 'COOKIE') return
  cookies.setSession(token, session.expiresAt)
  if (deviceCookie !== null) cookies.setDevice(deviceCookie)
}

/** What authenticating has read of the viewer himself. */
export type OwnFacts = Readonly<{ session: Session; account: Account }>

/** What http/ knows of an operation before GraphQL begins. */
export type RequestFacts = Readonly<{
  viewer: Viewer
  source: Source
  cookies: Cookies
  /** Why a presented cookie no longer counts; null if none was presented, or it is live. */
  signedOutReason: SessionEndReason | null
  /** Null for guests and keys. */
  own: OwnFacts | null
}>

export type Context = Omit<RequestFacts, 'viewer' | 'own'> & {
  readonly services: Services
  /** Changes within an operation in one place only: a sign-in makes its caller the one who signed in. */
  viewer: Viewer
  load: Loaders
}

export const makeContext = (services: Services, facts: RequestFacts): Context => ({
  viewer: facts.viewer,
  source: facts.source,
  cookies: facts.cookies,
  signedOutReason: facts.signedOutReason,
  services,
  load: makeLoaders(services, facts.viewer, facts.own),
})

/** @returns who asks at this moment of the operation. */
export const callerOf = ({ viewer, source, cookies }: Context): Caller => ({ viewer, source, deviceCookie: cookies.device })

/** Something was changed: whatever was read before is read again where it is asked for. */
export const forgetRead = (context: Context): void => {
  context.load = makeLoaders(context.services, context.viewer, null)
}

/** What follows in the operation is asked by the new viewer: the payload of a sign-in shows him what is his. */
export const becomeViewer = (context: Context, viewer: Viewer): void => {
  context.viewer = viewer
  forgetRead(context)
}
