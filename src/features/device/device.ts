/** A browser or app that an account has signed in from: recognised by a random key, never by its address. */
export type Device = Readonly<{
  id: string
  accountId: string
  userAgent: string | null
  firstSeenAt: Date
  lastSeenAt: Date
  /** When it became known; null: its next sign-in still counts as new. */
  confirmedAt: Date | null
}>
