/**
 * What a person or a client typed, made harmless for a message: one line, no control or direction characters, nothing a
 * mail program would make a link of. Only values that went through here reach a message; markup is escaped where it is written.
 */
import ipaddr from 'ipaddr.js'
import { SIZES } from '../../../policy/bounds.ts'

/** A cleaned value. An object, so that a formatter hands it on as it is and never takes it for its own words. */
export type Typed = Readonly<{ typed: string }>

/**
 * Control, private and broken characters, line ends, and what cannot be seen: directions, tags, zero-width spaces. The
 * two joiners stay, which Persian, Indic scripts and emoji are spelled with.
 */
const UNSEEN = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu

const JOINERS = /[\u200c\u200d]/g

/** A scheme, a path, an address, a dot that a domain could follow ("J.R. Tolkien" has none), or a number one could call. */
const LINKABLE = /[:/\\@]|www|[.\u3002][^\s.\u3002]*\p{L}[^\s.\u3002]|(?:\p{Nd}[\s().+-]*){7}/iu

const looksLikeLink = (text: string): boolean => LINKABLE.test(text.replace(JOINERS, '').normalize('NFKC'))

const oneLine = (text: string, max: number): string => {
  const clean = text.normalize('NFC').replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim()
  return [...clean].slice(0, max).join('').trim()
}

/** @returns null for nothing, and for a name that is made to carry a link: the greeting then goes without. */
export const typedName = (name: string | null): Typed | null => {
  const typed = oneLine(name ?? '', SIZES.name)
  return typed === '' || looksLikeLink(typed) ? null : { typed }
}

/** Words of a user agent or a place; what could be a link is taken apart. @returns null for nothing, and for what stays one. */
export const typedWords = (words: string | null): Typed | null => {
  const typed = oneLine(words ?? '', SIZES.name)
  const apart = looksLikeLink(typed) ? oneLine(typed.normalize('NFKC').replace(/[:/\\@.\u3002]/gu, ' '), SIZES.name) : typed
  return apart === '' || looksLikeLink(apart) ? null : { typed: apart }
}

/** An e-mail address, readable but no link: an unseen joiner stands behind each mark that would make it one. */
export const typedAddress = (address: string): Typed => ({
  typed: oneLine(address, SIZES.email).replace(/[:/\\@.\u3002\uff0e\uff61]/gu, '$&\u200c'),
})

/** @returns null for what is no network address. */
export const typedIp = (ip: string | null): Typed | null => (ip !== null && ipaddr.isValid(ip) ? { typed: ip } : null)
