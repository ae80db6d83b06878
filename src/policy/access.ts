/**
 * Who may do what: one row an action, read by the services (which know the thing), by the schema's coarse gate and by
 * the directives of the printed schema.
 */
import { type DomainError, forbidden, notFound, reauthenticationRequired, unauthenticated } from '../kernel/errors.ts'
import type { Person, Viewer } from '../kernel/viewer.ts'
import { hasScope, type Scope } from './permissions.ts'

export type Action = Readonly<{
  /** The scope that allows it on anybody's behalf; null: no operator may. */
  needs: Scope | null
  /** Whether the owner may without a scope. */
  owner: boolean
  /** Who must have proven himself freshly. Keys have no person and are never asked. */
  fresh: 'NOBODY' | 'OPERATORS' | 'EVERYBODY'
  /** What somebody without the right gets. */
  else: 'NOT_FOUND' | 'FORBIDDEN'
  /** `people`: never by a key. `notOperators`: by a key, but not on an operator's account. */
  keys: 'allowed' | 'notOperators' | 'never'
}>

// biome-ignore format: a table is read down its columns
export const ACTIONS = {
  'account.read':    { needs: 'ACCOUNTS_READ',  owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'account.list':    { needs: 'ACCOUNTS_READ',  owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'account.update':  { needs: null,             owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'never' },
  'email.change':    { needs: null,             owner: true,  fresh: 'EVERYBODY', else: 'NOT_FOUND', keys: 'never' },
  'account.delete':  { needs: 'ACCOUNTS_WRITE', owner: true,  fresh: 'EVERYBODY', else: 'NOT_FOUND', keys: 'notOperators' },
  'account.operate': { needs: 'ACCOUNTS_WRITE', owner: false, fresh: 'OPERATORS', else: 'FORBIDDEN', keys: 'notOperators' },
  'password.change': { needs: null,             owner: true,  fresh: 'EVERYBODY', else: 'NOT_FOUND', keys: 'never' },
  'session.read':    { needs: 'SESSIONS_READ',  owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'session.list':    { needs: 'SESSIONS_READ',  owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'session.revoke':  { needs: 'SESSIONS_WRITE', owner: true,  fresh: 'OPERATORS', else: 'NOT_FOUND', keys: 'notOperators' },
  'session.extend':  { needs: null,             owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'never' },
  'device.read':     { needs: 'SESSIONS_READ',  owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'device.forget':   { needs: null,             owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'never' },
  'alert.read':      { needs: 'SESSIONS_READ',  owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'alert.review':    { needs: null,             owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'never' },
  'team.create':     { needs: 'TEAMS_WRITE',    owner: true,  fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'team.read':       { needs: 'TEAMS_READ',     owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'team.list':       { needs: 'TEAMS_READ',     owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'team.manage':     { needs: 'TEAMS_WRITE',    owner: true,  fresh: 'OPERATORS', else: 'FORBIDDEN', keys: 'allowed' },
  'membership.read': { needs: 'MEMBERSHIPS_READ', owner: true, fresh: 'NOBODY',   else: 'NOT_FOUND', keys: 'allowed' },
  'settings.update': { needs: 'SETTINGS_WRITE', owner: false, fresh: 'OPERATORS', else: 'FORBIDDEN', keys: 'allowed' },
  'apiKey.list':     { needs: 'KEYS_READ',      owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'apiKey.create':   { needs: 'KEYS_WRITE',     owner: false, fresh: 'OPERATORS', else: 'FORBIDDEN', keys: 'never' },
  'apiKey.revoke':   { needs: 'KEYS_WRITE',     owner: false, fresh: 'OPERATORS', else: 'FORBIDDEN', keys: 'allowed' },
  'event.read':      { needs: 'EVENTS_READ',    owner: true,  fresh: 'NOBODY',    else: 'NOT_FOUND', keys: 'allowed' },
  'event.list':      { needs: 'EVENTS_READ',    owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'message.list':    { needs: 'MESSAGES_READ',  owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
  'clock.move':      { needs: 'SETTINGS_WRITE', owner: false, fresh: 'NOBODY',    else: 'FORBIDDEN', keys: 'allowed' },
} as const satisfies Record<string, Action>

export type ActionName = keyof typeof ACTIONS

/** What the decision looks at: whose thing it is, and whether that is an operator. Null: nobody's. */
export type Resource = Readonly<{ ownerId: string | null; ownerIsAdmin?: boolean }>

export type Freshness = Readonly<{ now: Date; maxAgeSeconds: number }>

const isFresh = (viewer: Person, { now, maxAgeSeconds }: Freshness): boolean =>
  viewer.authenticatedAt !== null && now.getTime() - viewer.authenticatedAt.getTime() <= maxAgeSeconds * 1000

/** @returns null when it is allowed, else the refusal to throw. */
export const decide = (name: ActionName, viewer: Viewer, resource: Resource, freshness: Freshness): DomainError | null => {
  const action: Action = ACTIONS[name]
  if (viewer.kind === 'guest') return unauthenticated(viewer.signedOutReason)
  const owns = action.owner && viewer.kind === 'account' && resource.ownerId === viewer.accountId
  const operates = action.needs !== null && hasScope(viewer, action.needs)
  if (!owns && !operates) return action.else === 'NOT_FOUND' ? notFound() : forbidden()
  if (viewer.kind === 'apiKey') {
    if (action.keys === 'never') return forbidden('An API key may not do this.')
    return action.keys === 'notOperators' && resource.ownerIsAdmin === true
      ? forbidden('An API key may not do this to an operator.')
      : null
  }
  const needsFresh = action.fresh === 'EVERYBODY' || (action.fresh === 'OPERATORS' && !owns)
  return needsFresh && !isFresh(viewer, freshness) ? reauthenticationRequired(freshness.maxAgeSeconds) : null
}

/**
 * The coarse question, before any thing is looked at: might this viewer ever do it?
 * @returns null if so, else the refusal, which then depends on no id.
 */
export const gate = (name: ActionName, viewer: Viewer): DomainError | null => {
  const action: Action = ACTIONS[name]
  if (viewer.kind === 'guest') return unauthenticated(viewer.signedOutReason)
  if (viewer.kind === 'apiKey' && action.keys === 'never') return forbidden('An API key may not do this.')
  const mayOwn = action.owner && viewer.kind === 'account'
  return mayOwn || (action.needs !== null && hasScope(viewer, action.needs)) ? null : forbidden()
}

/** @throws DomainError unless `decide` allows it. */
export const permit = (name: ActionName, viewer: Viewer, resource: Resource, freshness: Freshness): void => {
  const refusal = decide(name, viewer, resource, freshness)
  if (refusal !== null) throw refusal
}

/** @throws UNAUTHENTICATED for a guest and for a key: neither is a person. */
export const personOf = (viewer: Viewer): Person => {
  if (viewer.kind !== 'account') throw unauthenticated(viewer.kind === 'guest' ? viewer.signedOutReason : null)
  return viewer
}

/** For reads and other actions without fresh proof: no clock, no setting. */
export const NO_FRESHNESS: Freshness = { now: new Date(0), maxAgeSeconds: 0 }
