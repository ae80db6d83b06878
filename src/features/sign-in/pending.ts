/** A sign-up that waits for the proof of its address, and is no account until then. */

export type PendingSignUp = Readonly<{
  email: string
  /** Null where the address has an account already: then this is a row like any other, and good for nothing. */
  passwordHash: string | null
  name: string | null
  locale: string | null
  /** SHA-256 of the device cookie or key of whoever asked; null if he has neither. */
  keyHash: string | null
}>

/** What is answered, whoever has the address. */
export type Asked = Readonly<{
  sentTo: string
  /** What the device cookie is to hold; null where there is none to set. */
  deviceCookie: string | null
}>
