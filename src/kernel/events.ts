/** Everything that can happen, as data. A type is noun.verb in the past, stable for ever; details hold ids, enums and numbers only. */
export const EVENT_TYPES = {
  'account.created': 'An account was made. details.by: SIGN_UP, INVITATION, OPERATOR, IMPORT or COMMAND_LINE.',
  'account.updated': 'Account fields were changed. details.fields names them; one that was set to what it was is none.',
  'account.locked':
    'Too many attempts failed: for a while all others are refused. details: deviceId (the known device that is shut out; null: every other).',
  'account.unlocked': 'Failed attempts were forgotten. details: by (OPERATOR or RECOVERY).',
  'account.deletion-requested': 'Deletion was asked for. details.deletesAt is the end of the grace period.',
  'account.deletion-cancelled': 'Signing in, or undoing a change of address, cancelled the deletion.',
  'account.deleted': 'The account and all it owned are gone.',
  'account.blocked': 'An operator blocked the account. details: endedSessions.',
  'account.unblocked': 'An operator let the account in again.',
  'session.opened': 'A session was opened. details: sessionId, method, transport, deviceId, alertId (null: no alert).',
  'session.ended': 'A session ended. details: sessionId, reason.',
  'session.extended': 'The absolute lifetime of a session was started again. details: sessionId.',
  'session.token-claimed': 'The browser refused the cookie and the client took the token instead. details: sessionId.',
  'session.reauthenticated': 'The person has proven himself once more; the session has a new token. details: sessionId, factor.',
  'proof.failed': 'A proof that somebody signed in offered was not accepted. details: sessionId, purpose, factor, code.',
  'sign-in.failed':
    'A sign-in was refused. details: method, code. Of those with RATE_LIMITED, which are not looked at, one a minute is recorded.',
  'sign-up.requested': 'A link to finish a sign-up was asked for. REFUSED where the address has an account, which is told.',
  'alert.confirmed': 'The owner said: it was me. details: alertId.',
  'alert.reported': 'The owner said: it was not me. details: alertId, endedSessions.',
  'device.forgotten': 'A device was forgotten. details: deviceId, endedSessions.',
  'password.changed': 'The owner changed the password. details: endedSessions.',
  'password.set': 'The owner of an account without a password set its first one. details: endedSessions (none).',
  'password.recovery-requested': 'A recovery link was asked for. REFUSED where no account could be sent one.',
  'password.recovered':
    'A password was set by a recovery link. details: endedSessions, firstProof (the link proved the address for the first time).',
  'email.verified':
    'An address was proven. details: inOwnSession (in a session of the account, or on the device that signed up; if not, whoever registered it before the proof lost password and sessions), endedSessions.',
  'email.change-requested': 'A new address was asked for. It waits for its proof; the account keeps the one it has.',
  'email.change-withdrawn': 'The change of address that waited was given up by its owner.',
  'email.changed': 'The new address was proven and took the place of the old one. details: inOwnSession, hadAddress.',
  'email.change-undone':
    'The reader of an earlier address took the account back. details: endedSessions, firstProof (the link proved the address for the first time), changed (the account had another address by then).',
  'team.created': 'A team was made.',
  'team.updated': 'Fields of a team were changed. details.fields names them.',
  'team.deleted':
    'A team and its memberships are gone. details: members, invitations (how many), withAccount (its only member was deleted).',
  'membership.invited':
    'Somebody was invited to a team, or invited again. details: membershipId, roles. Whose an address is that was invited, it does not say.',
  'membership.joined': 'Somebody is in a team now. details: membershipId, roles, by (FOUNDING, API_KEY or INVITATION).',
  'membership.invitation-resent': 'An invitation has a new link. details: membershipId.',
  'membership.roles-changed': 'The roles of a membership were changed. details: membershipId, roles.',
  'membership.removed':
    'A membership or an invitation is gone. details: membershipId, reason (LEFT, REMOVED, REVOKED or ACCOUNT_DELETED), and what it was: roles, invitedAt, joinedAt.',
  'settings.updated': 'Security settings were changed. details: version, before, after.',
  'api-key.created': 'An API key was made. details: apiKeyId, scopes.',
  'api-key.revoked': 'An API key was revoked. details: apiKeyId.',
  'clock.moved': 'The development clock was moved. details: seconds.',
} as const

export type EventType = keyof typeof EVENT_TYPES

export type Actor = Readonly<{ kind: 'ACCOUNT' | 'API_KEY' | 'GUEST' | 'SYSTEM'; id: string | null }>

export type EventOutcome = 'SUCCEEDED' | 'REFUSED' | 'FAILED'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What a service hands over to be recorded. `accountId`: whose log it belongs to; `subjectId`: what it happened to. */
export type NewEvent = Readonly<{
  type: EventType
  actor: Actor
  accountId: string | null
  subjectId: string | null
  ip: string | null
  outcome?: EventOutcome
  details: Readonly<Record<string, Json>>
}>

/** Events that somebody waits for: they are told over the bus at the commit, before they have their place in the log. */
export const URGENT_EVENTS: ReadonlySet<EventType> = new Set<EventType>(['session.opened', 'session.ended', 'api-key.revoked'])

/** What travels over the bus: ids and enums, so that whoever hears it loads and masks for itself. */
export type News = Readonly<{
  id: string
  type: EventType
  accountId: string | null
  subjectId: string | null
  reason?: string
}>

/** The news of an event that has been sealed. */
export type Bell = News & Readonly<{ position: string }>
