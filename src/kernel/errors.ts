/**
 * Everything that can go wrong on purpose, in one table. A `refusal` reaches the client as a top-level error with
 * `extensions.code`; a `result` is a member of a mutation's result union. Codes are never renamed or reused.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: {
    kind: 'refusal',
    meaning: 'Nobody is signed in, or the credential that was presented is not good (any more).',
  },
  FORBIDDEN: { kind: 'refusal', meaning: 'The caller is known and may not do this.' },
  NOT_FOUND: { kind: 'refusal', meaning: 'There is no such thing, or the caller may not see it.' },
  RATE_LIMITED: { kind: 'refusal', meaning: 'Too many attempts. `extensions.retryAfterSeconds` says when to come back.' },
  REAUTHENTICATION_REQUIRED: {
    kind: 'refusal',
    meaning: 'This needs a fresher proof of who is asking than the session carries.',
  },
  METHOD_DISABLED: { kind: 'refusal', meaning: 'This way of signing in is switched off.' },
  SERVICE_UNAVAILABLE: {
    kind: 'refusal',
    meaning: 'Too busy, or a part is away. `extensions.retryAfterSeconds` says when to come back.',
  },
  INTERNAL_SERVER_ERROR: { kind: 'refusal', meaning: 'A fault of the server. `extensions.requestId` finds it in the log.' },
  INVALID_INPUT: { kind: 'result', meaning: 'One or more input fields are not acceptable; each is named.' },
  INVALID_CREDENTIALS: { kind: 'result', meaning: 'The address and the password do not belong together.' },
  INVALID_TOKEN: { kind: 'result', meaning: 'The link, code or ticket is unknown, used, replaced or too old.' },
  EMAIL_TAKEN: { kind: 'result', meaning: 'The e-mail address already belongs to an account.' },
  PHONE_TAKEN: { kind: 'result', meaning: 'The phone number already belongs to an account.' },
  SIGN_UP_CLOSED: { kind: 'result', meaning: 'New accounts are made by the operators only.' },
  WEAK_PASSWORD: { kind: 'result', meaning: 'The password breaks one or more rules; each is named.' },
  SESSION_LIMIT_REACHED: { kind: 'result', meaning: 'The account has as many live sessions as it may have.' },
  ACCOUNT_BLOCKED: { kind: 'result', meaning: 'The account is blocked. Said only after the right proof.' },
  LAST_OWNER: { kind: 'result', meaning: 'A team with members needs an owner who stays.' },
  ALREADY_MEMBER: { kind: 'result', meaning: 'Whoever was invited is in the team already.' },
  WRONG_INVITEE: { kind: 'result', meaning: 'The invitation is for somebody else than whoever is signed in.' },
  PASSWORD_RESET_REQUIRED: { kind: 'result', meaning: 'The account needs a new password. Said only after the right proof.' },
} as const satisfies Record<string, { kind: 'refusal' | 'result'; meaning: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** Expected trouble. `data` may be shown to the client; never put a secret or an internal message there. */
export class DomainError extends Error {
  readonly code: ErrorCode
  readonly data: Readonly<Record<string, unknown>>
  constructor(code: ErrorCode, message: string, data: Record<string, unknown> = {}) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.data = data
  }
}

/** @param reason why a presented session no longer counts; null for a missing or unknown credential. */
export const unauthenticated = (reason: string | null = null): DomainError =>
  new DomainError('UNAUTHENTICATED', reason === null ? 'Sign in first.' : 'This session has ended. Sign in again.', { reason })

/** The answer for what the caller may know of but not do. */
export const forbidden = (message = 'You may not do this.'): DomainError => new DomainError('FORBIDDEN', message)

/** The same for what is missing and for what is hidden: who may not read a thing cannot tell. */
export const notFound = (): DomainError => new DomainError('NOT_FOUND', 'There is no such thing, or you may not see it.')

/** @param maxAgeSeconds how fresh the proof must be. */
export const reauthenticationRequired = (maxAgeSeconds: number): DomainError =>
  new DomainError('REAUTHENTICATION_REQUIRED', 'Prove who you are once more, then try again.', { maxAgeSeconds })

/** @param retryAfterSeconds when it is worth coming back. */
export const serviceUnavailable = (retryAfterSeconds: number): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', 'The server is busy. Try again shortly.', { retryAfterSeconds })

/** @param retryAfterSeconds when the next attempt is looked at. */
export const rateLimited = (retryAfterSeconds: number): DomainError =>
  new DomainError('RATE_LIMITED', 'Too many attempts. Try again later.', { retryAfterSeconds })

export type InvalidField = Readonly<{ path: string; message: string }>

/** Input that the type system let through and the rules do not; all fields at once. */
export class InvalidInput extends DomainError {
  readonly fields: readonly InvalidField[]
  constructor(fields: readonly InvalidField[]) {
    super('INVALID_INPUT', fields.map((field) => `${field.path}: ${field.message}`).join(' '), { fields })
    this.fields = fields
  }
}

/** @throws InvalidInput for one field. */
export const refuseField = (path: string, message: string): never => {
  throw new InvalidInput([{ path, message }])
}
