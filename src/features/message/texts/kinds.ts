/**
 * Every message we send, and what it needs to be written. A new kind is a row here; the compiler then asks for its shape
 * in `mails.ts` and for its words in each catalogue.
 */
import type { SignInMethod } from '../../settings/settings.ts'

/** What was used, in the words of its user agent: "Firefox" on "Windows". Each is null where nothing is known. */
export type DeviceWords = Readonly<{ client: string | null; machine: string | null }>

/** ISO 3166-1 alpha-2; the city where the data has it. */
export type Place = Readonly<{ city: string | null; countryCode: string }>

type Addressed = Readonly<{
  /** What the person calls himself; null: the greeting goes without. */
  name: string | null
}>

/** When, with what and from where something was done. Null: not known, and said so. */
type Occasion = Readonly<{
  at: Date
  /** IANA name; UTC unless the person's own is known. */
  timeZone: string
  device: DeviceWords | null
  place: Place | null
  ip: string | null
}>

/** What each kind of message is made of. Links are ours, whole and absolute; all other text may have been typed by anybody. */
export type MessageData = Readonly<{
  'session-alert': Addressed &
    Occasion &
    Readonly<{ method: SignInMethod; isNewDevice: boolean; wasMeUrl: string; wasNotMeUrl: string }>
  /** Wrong passwords have shut everybody out but known devices. */
  'account-locked': Addressed & Occasion & Readonly<{ minutes: number; recoverUrl: string }>
  /** To an address that is free, with `finishUrl`; to one that has an account already, with `recoverUrl`. */
  'sign-up-pending': Addressed & Readonly<{ finishUrl: string | null; hours: number; recoverUrl: string | null }>
  /** `isChange`: the address is to take the place of the one that the account has. */
  'email-verification': Addressed & Readonly<{ url: string; expiresInHours: number; isChange: boolean }>
  /**
   * For the old address and every other verified one. `newEmailMasked` is null where the address was taken away;
   * `undoUrl` where there is no way back but to ask whoever runs the service.
   */
  'email-changed': Addressed &
    Readonly<{ at: Date; timeZone: string; newEmailMasked: string | null; undoUrl: string | null; undoHours: number }>
  'password-recovery': Addressed & Readonly<{ url: string; minutes: number }>
  /** `recoverUrl` is null where the reader cannot recover by this address. */
  'password-changed': Addressed & Occasion & Readonly<{ recoverUrl: string | null }>
  /** By a person's choice, not the service's: both names are whatever somebody typed. `inviter`: null where it is not to be told. */
  invitation: Addressed & Readonly<{ team: string; inviter: string | null; url: string; days: number }>
  /** To a member whose address was invited by somebody who may not learn that it is his. */
  'already-member': Addressed & Readonly<{ team: string; inviter: string | null }>
}>

export type MessageKind = keyof MessageData

/** A message as it is read. `subject` is one line that holds nothing a person typed. */
export type Mail = Readonly<{ subject: string; text: string; html: string }>
