/** Who is asking. Made once per operation by http/viewer.ts; nobody else makes one. */

/** Why a session ended. The one list: database, schema and events use the same words. */
export const SESSION_END_REASONS = {
  SIGNED_OUT: 'The person signed out.',
  REVOKED_BY_ACCOUNT: 'The owner ended it from another session, or forgot its device.',
  REVOKED_BY_OPERATOR: 'An operator ended it.',
  REPORTED: 'The owner reported its sign-in as not his own, or undid a change of his address.',
  LIMIT_REACHED: 'A newer sign-in took its place, or the limit was lowered.',
  EXPIRED: 'It reached the end of its lifetime.',
  IDLE: 'It was not used for longer than allowed.',
  PASSWORD_CHANGED: 'The password was changed or recovered.',
  ACCOUNT_BLOCKED: 'The account was blocked.',
  ACCOUNT_DELETED: 'The account was deleted, or its deletion was asked for.',
  REPLACED: 'The same browser signed in again to the same account.',
} as const

export type SessionEndReason = keyof typeof SESSION_END_REASONS

export type Viewer =
  /** Nobody. `signedOutReason`: why a presented cookie no longer counts, null if none was presented. */
  | Readonly<{ kind: 'guest'; signedOutReason: SessionEndReason | null }>
  /**
   * A person, by a live session. `rotation`: by which of its tokens. `authenticatedAt`: last proof by the person; null if a
   * server opened the session.
   */
  | Readonly<{
      kind: 'account'
      accountId: string
      sessionId: string
      rotation: number
      labels: readonly string[]
      authenticatedAt: Date | null
      via: 'COOKIE' | 'HEADER'
    }>
  /** A program with an API key. */
  | Readonly<{ kind: 'apiKey'; keyId: string; scopes: readonly string[] }>

export type Person = Extract<Viewer, { kind: 'account' }>

/** Whoever can come by a browser. */
export type Visitor = Exclude<Viewer, { kind: 'apiKey' }>

/** Where a request comes from, as far as it is recorded. */
export type Source = Readonly<{
  ip: string | null
  userAgent: string | null
  requestId: string
  /** Whether whoever asked has hung up, so that work which has not begun need not be done. */
  isGone?: () => boolean
}>

/** Who asks, from where, and what his browser carries. */
export type Caller = Readonly<{ viewer: Viewer; source: Source; deviceCookie: string | null }>
